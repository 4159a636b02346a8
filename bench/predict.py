"""Entities of raw text beside transformers' pipeline: the same model, text and entities."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast, pipeline

from bench.measure import Case, Run
from bench.sentences import TYPES, labelled_words, origin
from clner.encoders.vocabulary import train_tokenizer
from clner.prediction.tagger import Tagger
from clner.tagging.model import read
from clner.tagging.pieces import Pieces
from clner.tagging.scores import MICRO, strict_scores
from clner.tagging.windows import collate_windows, longest_first
from clner.text.segmentation import segment
from clner.text.tags import tag_set

TAGS = tag_set(list(TYPES))
NAMES = dict(enumerate(TAGS))
BASE = {"vocab_size": 30_000, "id2label": NAMES, "label2id": {n: k for k, n in NAMES.items()}}
TINY = BASE | {"hidden_size": 256, "num_hidden_layers": 1, "num_attention_heads": 2}
PIECES = 8_000
BATCHES = (1, 4, 8, 16, 32)
"""Of the pipeline, of which the best counts."""
RIDGE = 1e-3
SCALE = 20.0
"""Of the logits, whose differences are about 1 in the fit."""
FITTED = 400
"""Sentences that the head is fitted on; others are tagged."""
SENTENCES = 300

Labelled = tuple[list[str], list[str]]
Entity = tuple[int, int, str]
"""First character, the one behind the last, type."""


def sentences(tokenizer: PreTrainedTokenizerFast, count: int) -> list[Labelled]:
    """Sentences of real lengths that both ways cut into the same words.

    Each word of an entity is one by itself: so the likeliest tags are always BIO2. Where they are
    not, the pipeline takes an I- for a beginning, and we the best sequence that is BIO2.
    """
    split = tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str

    def is_cut_alike(words: list[str]) -> bool:
        text = " ".join(words)
        ours = [[token.text for token in own] for own in segment(text, ["en"])]
        return ours == [words] == [[word for word, _ in split(text)]]

    known = [own for own in labelled_words(4 * count) if is_cut_alike(own[0])][:count]
    return [(words, [tag.replace("I-", "B-") for tag in tags]) for words, tags in known]


def save_tagger(folder: Path, geometry: dict, count: int) -> list[Labelled]:
    """Write a tagger to a folder; sentences that it was not fitted on, to be tagged.

    The encoder is random; its head gives the tags of FITTED sentences as far as a ridge regression
    can.
    """
    torch.manual_seed(0)
    tokenizer = train_tokenizer((words for words, _ in labelled_words(2_000)), PIECES, least=2)
    model = BertForTokenClassification(BertConfig(**geometry)).eval()
    known = sentences(tokenizer, FITTED + count)
    _fit(model, Pieces(tokenizer, 256), known[:FITTED])
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return known[FITTED:]


@torch.inference_mode()
def _fit(model: BertForTokenClassification, pieces: Pieces, known: list[Labelled]) -> None:
    """Give the model's head the weights that are nearest to the tags of known sentences."""
    windows = [own for [own] in pieces.windows([words for words, _ in known])]
    vectors, wanted = [], []
    for chosen in longest_first([len(window.ids) for window in windows], 1024):
        batch = collate_windows([windows[i] for i in chosen], pieces.padding)
        vectors.append(read(model, batch).tokens[batch["mask"]])
        wanted += [TAGS.index(tag) for i in chosen for tag in known[i][1]]
    inputs = torch.nn.functional.pad(torch.cat(vectors), (0, 1), value=1.0).double()
    outputs = torch.nn.functional.one_hot(torch.tensor(wanted), len(TAGS)).double()
    # All tags count the same, and no weight is so large that it blows up rounding errors.
    shares = 1 / outputs.sum(0).clamp_min(1)[torch.tensor(wanted)].unsqueeze(1)
    ridge = RIDGE * torch.eye(inputs.shape[1], dtype=torch.float64)
    squares, products = inputs.T @ (shares * inputs), inputs.T @ (shares * outputs)
    weights = torch.linalg.solve(squares + ridge, products).float()
    model.classifier.weight.copy_(SCALE * weights[:-1].T)
    model.classifier.bias.copy_(SCALE * weights[-1])


def found_by_us(folder: Path, texts: list[str], int8: bool = False) -> list[set[Entity]]:
    tagger = Tagger.from_pretrained(folder, int8)
    return [{entity[:3] for entity in own} for own in tagger.tag(texts, "en")]


def found_by_pipeline(folder: Path, texts: list[str]) -> list[set[Entity]]:
    said = _pipeline(folder, "cpu")(texts)
    return [{(e["start"], e["end"], e["entity_group"]) for e in own} for own in said]


def _pipeline(folder: Path, device: str):
    options = {"aggregation_strategy": "first", "device": device}
    return pipeline("token-classification", str(folder), **options)


def run_ours(folder: Path, texts: list[str], int8: bool) -> Run:
    tagger = Tagger.from_pretrained(folder, int8)
    return lambda: tagger.tag(texts, "en")


def run_pipeline(folder: Path, texts: list[str], batch: int, device: str) -> Run:
    tagger = _pipeline(folder, device)
    return lambda: tagger(texts, batch_size=batch)


def overlap(one: list[set[Entity]], other: list[set[Entity]]) -> tuple[int, int]:
    """How many entities of some texts two ways both found, and how many at least one of them."""
    pairs = list(zip(one, other, strict=True))
    return sum(len(a & b) for a, b in pairs), sum(len(a | b) for a, b in pairs)


def f1(folder: Path, known: list[Labelled], int8: bool) -> float:
    """F1 against the sentences' own tags, in percent."""
    tagger = Tagger.from_pretrained(folder, int8)
    said = tagger.tag_tokens([words for words, _ in known])
    gold = [tags for _, tags in known]
    return 100 * strict_scores(gold, [own.tags for own in said])[MICRO].f1


def check() -> None:
    """Both find the same entities, and 8 bits nearly so."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        texts = texts_of(save_tagger(folder, TINY, 100))
        exact = found_by_us(folder, texts)
        same, all_found = overlap(exact, found_by_pipeline(folder, texts))
        assert same == all_found > 0
        same, all_found = overlap(exact, found_by_us(folder, texts, int8=True))
        assert same > 0.9 * all_found


def texts_of(known: list[Labelled]) -> list[str]:
    return [" ".join(words) for words, _ in known]


def cases(device: str, quick: bool) -> Iterator[Case]:
    count = 30 if quick else SENTENCES
    with TemporaryDirectory() as name:
        folder = Path(name)
        known = save_tagger(folder, TINY if quick else BASE, count)
        texts = texts_of(known)
        others = {
            f"pipeline, batches of {batch}": partial(run_pipeline, folder, texts, batch, device)
            for batch in BATCHES[: 1 if quick else None]
        }
        environment = {"CUDA_VISIBLE_DEVICES": ""} if device == "cpu" else {}
        measured = partial(Case, others=others, measures=("seconds",), environment=environment)
        exact = found_by_us(folder, texts)
        same, found = overlap(exact, found_by_pipeline(folder, texts))
        size = f"{count} of {origin()}, {same} of {found} entities"
        yield measured("prediction", size, partial(run_ours, folder, texts, False))
        if device == "cpu":
            same, found = overlap(exact, found_by_us(folder, texts, int8=True))
            losses = [f1(folder, known, int8) for int8 in (False, True)]
            size = f"{same} of {found} entities, F1 {losses[0]:.1f} to {losses[1]:.1f}"
            yield measured("prediction in 8 bits", size, partial(run_ours, folder, texts, True))
