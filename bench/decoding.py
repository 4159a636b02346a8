"""Grid decoding beside a loop over the cells of each sentence."""

from collections.abc import Iterator
from functools import cache, partial
from typing import NamedTuple

import torch
from torch import Tensor

from bench.measure import Case, Run
from bench.sentences import TYPES, labelled, origin
from clner.relations.decoding import decode_relations
from clner.relations.grid import gold_grid
from clner.relations.inventory import FIRST_TYPE, NNW
from clner.text.tags import IGNORED, tag_set

SENTENCES = 10_000
BATCH = 64
WRONG = 0.005
"""Share of the cells with a relation drawn at random, so that some make no sense."""


class Batch(NamedTuple):
    """Grids of sentences of like lengths."""

    best: Tensor
    """(R, N, N) int64: each cell's likeliest relation."""
    scores: Tensor
    """(R, N, N) float32: its probability."""
    lengths: Tensor
    """(R,) int64."""


Entity = tuple[int, int, int, float]
"""First word, last word, type, confidence."""


def vectorised(batches: list[Batch]) -> list[list[Entity]]:
    """The entities of each sentence, as the project finds them."""
    types = [str(number) for number in range(len(TYPES))]
    found = []
    for batch in batches:
        spans = decode_relations(batch.best, batch.scores, batch.lengths)
        found += spans.by_row(types, len(batch.lengths))
    return found


def looped(batches: list[Batch]) -> list[list[Entity]]:
    """The same, one cell at a time."""
    found = []
    for batch in batches:
        columns = (values.tolist() for values in batch)
        found += [_entities(*own) for own in zip(*columns, strict=True)]
    return found


def _entities(best: list[list[int]], scores: list[list[float]], length: int) -> list[Entity]:
    links, ends = {}, []
    for i in range(length):
        for j in range(length):
            relation = best[i][j]
            if relation == NNW and j == i + 1:
                links[i] = scores[i][j]
            elif relation >= FIRST_TYPE and j <= i:
                ends.append((j, i, relation - FIRST_TYPE, scores[i][j]))
    entities = []
    for head, tail, kind, score in ends:
        if all(word in links for word in range(head, tail)):
            confidence = min([score, *(links[word] for word in range(head, tail))])
            entities.append((head, tail, kind, confidence))
    return sorted(entities)


@cache
def batches_of(count: int, device: str) -> list[Batch]:
    """Grids of `count` sentences, as a fair tagger would fill them."""
    torch.manual_seed(0)
    names = {name: number for number, name in enumerate(tag_set(list(TYPES)))}
    tags = [torch.tensor([names[tag] for tag in own]) for own in labelled(count)]
    tags.sort(key=len)
    batches = []
    for start in range(0, count, BATCH):
        own = torch.nn.utils.rnn.pad_sequence(tags[start : start + BATCH], True, IGNORED)
        grid = gold_grid(own).clamp_min(0)
        drawn = torch.randint(FIRST_TYPE + len(TYPES), grid.shape)
        best = torch.where(torch.rand(grid.shape) < WRONG, drawn, grid)
        batch = (best, torch.rand(grid.shape), (own != IGNORED).sum(1))
        batches.append(Batch(*(values.to(device) for values in batch)))
    return batches


def run_of(decode, count: int, device: str) -> Run:
    return partial(decode, batches_of(count, device))


def check() -> None:
    """Both find the same entities."""
    batches = batches_of(1_000, "cpu")
    ours = [
        [(span.start, span.end - 1, int(span.type), span.confidence) for span in own]
        for own in vectorised(batches)
    ]
    assert ours == looped(batches)


def cases(device: str, quick: bool) -> Iterator[Case]:
    count = 500 if quick else SENTENCES
    ours, other = (partial(run_of, decode, count, device) for decode in (vectorised, looped))
    size = f"{count:,} sentences of {origin()}"
    yield Case("grid decoding", size, ours, {"loop over cells": other}, ("seconds",))
