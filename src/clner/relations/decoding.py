"""From grids of relations to entities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from clner.relations.inventory import FIRST_TYPE, NNW
from clner.text.spans import ScoredSpan


@dataclass(slots=True)
class Spans:
    """Entities of R sentences, arrays over entities sorted by row, start and end; they may nest.

    `row`, `start`, `end` (exclusive) and `type` are int64, `confidence` is float32. The counts
    say where the grids did not make sense: chains of NNW without an entity in them, and THW
    between words that NNW does not link.
    """

    row: np.ndarray
    start: np.ndarray
    end: np.ndarray
    type: np.ndarray
    confidence: np.ndarray
    open_chains: int
    unlinked: int

    def by_row(self, types: list[str], rows: int) -> list[list[ScoredSpan]]:
        """The entities of each of `rows` sentences, in order."""
        result: list[list[ScoredSpan]] = [[] for _ in range(rows)]
        columns = (self.row, self.start, self.end, self.type, self.confidence)
        for row, start, end, kind, score in zip(*(c.tolist() for c in columns), strict=True):
            result[row].append(ScoredSpan(start, end, types[kind], score))
        return result


def decode_grid(probabilities: Tensor, lengths: Tensor, recall: bool = False) -> Spans:
    """The entities in (R, N, N, C) distributions over relations of sentences of (R,) `lengths`.

    Each cell has its likeliest relation, so that of several types of one span the likeliest is
    it. A THW at (tail, head) is an entity if NNW links its words one to the next; its confidence
    is the smallest probability among its cells. With `recall`, a maximal chain of NNW without an
    entity in it becomes one of the likeliest type of its (last, first) cell.
    """
    scores, best = probabilities.max(-1)
    return decode_relations(best, scores, lengths, probabilities if recall else None)


def decode_relations(
    best: Tensor, scores: Tensor, lengths: Tensor, recall: Tensor | None = None
) -> Spans:
    """`decode_grid` from each cell's likeliest relation and its probability, (R, N, N) each.

    `recall`: the (R, N, N, C) distributions that open chains take their types from.
    """
    chains = _Chains.read(best, scores, lengths)
    row, tail, head = (best >= FIRST_TYPE).tril().nonzero(as_tuple=True)
    kind, score = best[row, tail, head] - FIRST_TYPE, scores[row, tail, head]
    cells = [_array(values) for values in (row, head, tail, kind, score)]
    real = cells[2] < chains.lengths[cells[0]]
    row, head, tail, kind, score = (values[real] for values in cells)
    linked = chains.first[row, tail] <= head
    row, head, tail, kind, score = (v[linked] for v in (row, head, tail, kind, score))
    open_row, open_head, open_tail = chains.without(row, head)
    unlinked = len(linked) - int(linked.sum())
    open_chains = len(open_row)
    if recall is not None:
        places = [torch.from_numpy(v).to(recall.device) for v in (open_row, open_tail, open_head)]
        likeliest = recall[..., FIRST_TYPE:][tuple(places)].max(-1)
        row, head, tail = (
            np.concatenate(pair) for pair in ((row, open_row), (head, open_head), (tail, open_tail))
        )
        kind = np.concatenate([kind, _array(likeliest.indices)])
        score = np.concatenate([score, _array(likeliest.values)])
    score = np.minimum(score, chains.weakest(row, head, tail)).astype(np.float32)
    order = np.lexsort((tail, head, row))
    columns = (values[order] for values in (row, head, tail + 1, kind, score))
    return Spans(*columns, open_chains=open_chains, unlinked=unlinked)


@dataclass(slots=True)
class _Chains:
    """Which words NNW links to the one before: (R, N) arrays `linked`, its probability `score`,
    and `first`, where the chain that a word belongs to begins; `lengths` (R,)."""

    linked: np.ndarray
    score: np.ndarray
    first: np.ndarray
    lengths: np.ndarray

    @classmethod
    def read(cls, best: Tensor, scores: Tensor, lengths: Tensor) -> _Chains:
        places = np.arange(best.shape[1])
        sizes = _array(lengths)
        linked = np.zeros(best.shape[:2], dtype=bool)
        linked[:, 1:] = _array(best.diagonal(1, 1, 2)) == NNW
        linked &= places < sizes[:, None]
        score = np.ones(best.shape[:2], dtype=np.float32)
        score[:, 1:] = _array(scores.diagonal(1, 1, 2))
        first = np.maximum.accumulate(np.where(linked, 0, places), axis=1)
        return cls(linked, score, first, sizes)

    def without(self, row: np.ndarray, head: np.ndarray) -> tuple[np.ndarray, ...]:
        """Rows, first and last words of the chains in which no entity of (row, head) begins."""
        last = self.linked.copy()
        last[:, :-1] &= ~self.linked[:, 1:]
        taken = np.zeros_like(last)
        taken[row, self.first[row, head]] = True
        rows, tails = last.nonzero()
        firsts = self.first[rows, tails]
        free = ~taken[rows, firsts]
        return rows[free], firsts[free], tails[free]

    def weakest(self, row: np.ndarray, head: np.ndarray, tail: np.ndarray) -> np.ndarray:
        """(K,): the smallest probability of a link between words head..tail; 1 without a link."""
        several = tail > head
        result = np.ones(len(row), dtype=np.float32)
        if several.any():
            begins = row * self.score.shape[1] + head + 1
            bounds = np.stack([begins, begins + tail - head], axis=1)[several].ravel()
            # A bound behind the last word of all needs something there.
            flat = np.append(self.score.ravel(), np.float32(1))
            result[several] = np.minimum.reduceat(flat, bounds)[::2]
        return result


def _array(values: Tensor) -> np.ndarray:
    return values.detach().cpu().numpy()
