"""A training step of mCL-NER beside one of plain token classification on the same rows."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor
from transformers import BertConfig, BertForTokenClassification

from bench.measure import Case, Run
from bench.sentences import TYPES, labelled, origin
from clner.objectives.registry import TeacherObjectives
from clner.objectives.views import VIEWS
from clner.relations.settings import TokenPairSettings
from clner.relations.tagger import TokenPairTagger
from clner.tagging.learner import Learner
from clner.text.tags import IGNORED, tag_set

SENTENCES = 8
LONG = 256
"""Words of a long sentence."""
SHOWN = ("source", "translation", "codeswitch")
TAGS = tag_set(list(TYPES))
BASE = {"vocab_size": 30_000, "num_labels": len(TAGS)}
TINY = BASE | {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
LONGEST_WORD = 2
"""Subwords a word: 1 to so many, at random."""

OBJECTIVES = {
    "cross_entropy": {"weight": 1.0},
    "semantic_contrast": {"weight": 0.1},
    "relation_contrast": {"weight": 0.1},
}


def real(count: int) -> list[list[str]]:
    """Tags of `count` sentences of real lengths."""
    return labelled(count)


def long(count: int) -> list[list[str]]:
    """Tags of `count` sentences of LONG words, each made of several real ones."""
    tags = [tag for sentence in labelled(count * LONG) for tag in sentence]
    return [tags[number * LONG :][:LONG] for number in range(count)]


def batch_of(view: list[list[str]]) -> dict[str, Tensor]:
    """What a Learner reads: random subwords with the tags of a view's sentences, in all views."""
    sentences = len(view)
    rows = view * len(SHOWN)
    pieces = [torch.randint(1, LONGEST_WORD + 1, (len(row),)) for row in rows]
    count = max(len(row) for row in rows)
    words = _padded([torch.arange(len(own)).repeat_interleave(own) for own in pieces], count)
    words = torch.nn.functional.pad(words, (1, 1), value=count)
    tags = _padded([torch.tensor([TAGS.index(tag) for tag in row]) for row in rows], IGNORED)
    attention = (words < count).long()
    attention[:, 0] = 1
    return {
        "input_ids": torch.randint(5, BASE["vocab_size"], words.shape) * attention,
        "attention_mask": attention,
        "words": words,
        "firsts": _padded([1 + own.cumsum(0) - own for own in pieces], 0),
        "mask": tags != IGNORED,
        "tags": tags,
        "meaning": torch.arange(sentences).repeat(len(SHOWN)),
        "view": torch.tensor([VIEWS.index(view) for view in SHOWN]).repeat_interleave(sentences),
        "soft": torch.zeros(*tags.shape, len(TAGS)),
        "trusted": torch.zeros(tags.shape, dtype=torch.bool),
        "pseudo": torch.full(tags.shape, IGNORED),
    }


def _padded(rows: list[Tensor], value: int) -> Tensor:
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)


def mclner(geometry: dict, batch: dict[str, Tensor]) -> tuple[torch.nn.Module, Run]:
    encoder = BertForTokenClassification(BertConfig(**geometry)).bert
    tagger = TokenPairTagger(encoder, TokenPairSettings())
    learner = Learner(tagger, TeacherObjectives.model_validate(OBJECTIVES))
    return learner, lambda: learner(**batch)["loss"]


def plain(geometry: dict, batch: dict[str, Tensor]) -> tuple[torch.nn.Module, Run]:
    tagger = BertForTokenClassification(BertConfig(**geometry))
    labels = torch.full_like(batch["input_ids"], IGNORED)
    rows, words = batch["mask"].nonzero(as_tuple=True)
    labels[rows, batch["firsts"][rows, words]] = batch["tags"][rows, words]
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
    return tagger, lambda: tagger(**inputs, labels=labels).loss


def run_of(method, geometry: dict, sentences, count: int, device: str) -> Run:
    """A step: forward, backward, and the update by AdamW."""
    torch.manual_seed(0)
    batch = {name: values.to(device) for name, values in batch_of(sentences(count)).items()}
    model, loss = method(geometry, batch)
    model.to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)

    def run() -> None:
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            value = loss()
        value.backward()
        optimizer.step()
        optimizer.zero_grad()

    return run


def check() -> None:
    """Every objective has something to compare."""
    learner, _ = mclner(TINY, batch := batch_of(real(SENTENCES)))
    terms = learner(**batch)
    assert all(terms[name] > 0 for name in OBJECTIVES)


def cases(device: str, quick: bool) -> Iterator[Case]:
    geometry = TINY if quick else BASE
    kinds = {real: (SENTENCES, f"sentences of {origin()}"), long: (2, f"sentences of {LONG} words")}
    for sentences, (count, said) in kinds.items():
        ours, other = (
            partial(run_of, method, geometry, sentences, count, device)
            for method in (mclner, plain)
        )
        size = f"{count}×{len(SHOWN)} {said}"
        yield Case("training step", size, ours, {"token classification": other})
