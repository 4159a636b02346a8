"""Translation by a converted model beside EasyNMT's own engine with the same checkpoint."""

import json
import os
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

import sentencepiece
import torch
from transformers import MarianConfig, MarianMTModel, MarianTokenizer

from bench.measure import Case, Run
from bench.sentences import labelled, origin
from clner.corpora import demo
from clner.translation.engines.converted import converted_engine
from clner.translation.engines.engine import Engine
from clner.translation.engines.models import model_engine

LENGTH = 32
"""Tokens of every translation: the end is suppressed until then, so that both do as much."""
BATCH = 64
"""Texts per call of EasyNMT's engine, the default of the translate stage."""


BASE = (60_000, 512, 6)
TINY = (2_000, 64, 1)
"""Pieces, width, and layers on either side; the first is Marian's usual geometry."""


def geometry(pieces: int, width: int, layers: int) -> dict[str, int]:
    values = {"vocab_size": pieces, "d_model": width}
    for side in ("encoder", "decoder"):
        values[f"{side}_layers"] = layers
        values[f"{side}_ffn_dim"] = 4 * width
        values[f"{side}_attention_heads"] = width // 64
    return values


@cache
def checkpoint(size: tuple[int, int, int]) -> TemporaryDirectory:
    """A Marian model with random weights."""
    folder = TemporaryDirectory()
    tokenizer = _tokenizer(Path(folder.name), size[0])
    torch.manual_seed(0)
    pad = tokenizer.pad_token_id
    ends = {"eos_token_id": 0, "forced_eos_token_id": None}
    config = MarianConfig(
        **geometry(*size), **ends, pad_token_id=pad, decoder_start_token_id=pad, init_std=0.1
    )
    model = MarianMTModel(config)
    model.generation_config.update(
        bad_words_ids=[[pad]], min_length=LENGTH + 1, max_length=LENGTH + 1
    )
    model.save_pretrained(folder.name)
    tokenizer.save_pretrained(folder.name)
    return folder


def _tokenizer(folder: Path, size: int) -> MarianTokenizer:
    """Pieces of the demo's English, and as many that never occur as make up `size`."""
    prefix = folder / "pieces"
    lines = (" ".join(tokens) for tokens, _ in demo.sentences("en", "train"))
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=lines,
        model_prefix=str(prefix),
        vocab_size=1_000,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    model = f"{prefix}.model"
    processor = sentencepiece.SentencePieceProcessor(model_file=model)
    own = [processor.id_to_piece(number) for number in range(len(processor))]
    names = ["</s>", "<unk>", *(name for name in own if name not in ("<s>", "</s>", "<unk>"))]
    names += [f"never{number}" for number in range(size - len(names) - 1)] + ["<pad>"]
    vocabulary = folder / "vocabulary.json"
    vocabulary.write_text(json.dumps({name: number for number, name in enumerate(names)}))
    return MarianTokenizer(model, model, str(vocabulary))


def texts_of(count: int) -> list[str]:
    """Words of the demo in sentences of real lengths, longest first."""
    words = [word for tokens, _ in demo.sentences("en", "train") for word in tokens]
    rng = Random(0)
    texts = [" ".join(rng.choices(words, k=len(tags))) for tags in labelled(count)]
    return sorted(texts, key=len, reverse=True)


def converted(size: tuple[int, int, int], beams: int) -> Engine:
    """Ours, loaded: its conversion is not kept longer than the checkpoint."""
    folder = checkpoint(size).name
    with patch.dict(os.environ, CLNER_CACHE=folder):
        engine = converted_engine(folder, "en", "es", beams, {}, BATCH)
        engine.translate(["one"])
    return engine


def easynmt(size: tuple[int, int, int], beams: int) -> Engine:
    return model_engine(checkpoint(size).name, "en", "es", beams, {})


def run_of(engine, size: tuple[int, int, int], beams: int, count: int) -> Run:
    texts, own = texts_of(count), engine(size, beams)
    step = own.texts_per_call or BATCH

    def run() -> list[str]:
        parts = (texts[start : start + step] for start in range(0, count, step))
        return [translation for part in parts for translation in own.translate(part)]

    return run


def check() -> None:
    """Both give the same translations where ours computes in float32 as well."""
    exact = ("cpu", "float32")
    with patch("clner.translation.engines.converted.fastest", return_value=exact):
        for beams in (1, 5):
            ours, other = (run_of(engine, TINY, beams, 8)() for engine in (converted, easynmt))
            assert ours == other


def cases(device: str, quick: bool) -> Iterator[Case]:
    if device != "cpu":
        return
    for beams, count in ((1, 16), (5, 8)) if quick else ((1, 128), (5, 64)):
        ours, other = (
            partial(run_of, engine, TINY if quick else BASE, beams, count)
            for engine in (converted, easynmt)
        )
        search = "greedy" if beams == 1 else f"{beams} beams"
        size = f"{count} of {origin()}, {search}"
        yield Case("translation", size, ours, {"EasyNMT's engine": other}, ("seconds",))
