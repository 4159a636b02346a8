"""Word alignment by embeddings beside SimAlign: the same encoder, layer and links."""

import os
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import torch
from transformers import BertConfig, BertModel

from bench.measure import Case, Run
from bench.sentences import origin
from clner.alignment.embeddings import align_by_embeddings
from clner.alignment.settings import EmbeddingSettings
from clner.corpora import demo
from clner.encoders.vocabulary import train_tokenizer

PAIRS = 100
LAYER = 8
BASE = {"vocab_size": 30_000}
TINY = BASE | {"hidden_size": 48, "num_attention_heads": 2, "intermediate_size": 96}
PIECES = 8_000
METHODS = {"mutual": ("a", "inter"), "iterated": ("i", "itermax")}
"""Of ours: the letter by which SimAlign takes the same method, and the name it gives the links."""
MEASURED = "iterated"
"""The costlier one; either costs next to nothing beside the encoder."""

Pair = tuple[list[str], list[str]]
Links = list[tuple[int, int]]


def batched(folder: Path, method: str, pairs: list[Pair], precision: str = "auto") -> list[Links]:
    """The links of each pair, as the project finds them; loads the encoder."""
    settings = EmbeddingSettings(method=method, layer=LAYER, precision=precision)
    found = align_by_embeddings(pairs, folder, settings)
    return [[tuple(link) for link in aligned.links.tolist()] for aligned in found]


def simalign(folder: Path, method: str, pairs: list[Pair], device: str = "cpu") -> list[Links]:
    """The same by SimAlign, one pair at a time; loads the encoder."""
    from simalign import SentenceAligner

    letter, name = METHODS[method]
    aligner = SentenceAligner(str(folder), "word", 0.0, letter, device, LAYER)
    return [aligner.get_word_aligns(*pair)[name] for pair in pairs]


def pairs_of(count: int) -> list[Pair]:
    """`count` pairs of sentences, always the same ones: Spanish and English news, or the demo's.

    News are sentences and translations, beside the folder that $CLNER_DATA names. The demo's
    are no translations: of as many of either language, the shortest stand together.
    """
    folder = os.environ.get("CLNER_DATA")
    if folder:
        path = Path(folder).parents[1] / "parallel" / "news.es-en.tsv"
        lines = path.read_text(encoding="utf-8").splitlines()
        both = (line.split("\t")[:2] for line in Random(0).sample(lines, count))
        return [(source.split(), target.split()) for source, target in both]
    sides = [
        sorted([tokens for tokens, _ in demo.sentences(language, "train")[:count]], key=len)
        for language in ("en", "es")
    ]
    return list(zip(*sides, strict=True))


def save_encoder(folder: Path, geometry: dict) -> None:
    """Write an untrained encoder, and a tokenizer made of the sentences that are aligned."""
    torch.manual_seed(0)
    sentences = [words for pair in pairs_of(PAIRS) for words in pair]
    train_tokenizer(sentences, PIECES, least=2).save_pretrained(folder)
    BertModel(BertConfig(**geometry)).save_pretrained(folder)


def run_of(align, folder: Path, method: str, count: int, *options: str) -> Run:
    return partial(align, folder, method, pairs_of(count), *options)


def check() -> None:
    """Both find the same links."""
    if not find_spec("simalign"):
        return
    with TemporaryDirectory() as folder:
        save_encoder(Path(folder), TINY)
        for method in METHODS:
            pairs = pairs_of(PAIRS)
            found = batched(Path(folder), method, pairs, "fp32")
            assert found == simalign(Path(folder), method, pairs)


def cases(device: str, quick: bool) -> Iterator[Case]:
    count = 20 if quick else PAIRS
    environment = {"CUDA_VISIBLE_DEVICES": ""} if device == "cpu" else {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        save_encoder(folder, TINY if quick else BASE)
        ours = partial(run_of, batched, folder, MEASURED, count)
        others = {}
        if find_spec("simalign"):
            others["SimAlign"] = partial(run_of, simalign, folder, MEASURED, count, device)
        size = f"{count} pairs of {origin()}"
        yield Case("word alignment", size, ours, others, environment=environment)
