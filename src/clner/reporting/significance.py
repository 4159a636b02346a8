"""Whether one tagger is better than another on a test set: the paired bootstrap over sentences.

Koehn (2004), "Statistical Significance Tests for Machine Translation Evaluation"; the p-value is
that of Berg-Kirkpatrick et al. (2012), "An Empirical Investigation of Statistical Significance in
NLP", here of both sides. Sentences are drawn, not seeds: a p-value says nothing of another
training run.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

BLOCK = 4_000_000
"""Drawn sentences that are held at once."""


class Comparison(NamedTuple):
    """A difference of F1 (-1 to 1), the bounds of its interval, and its p-value (0 to 1)."""

    difference: float
    low: float
    high: float
    p: float


def f1(counts: np.ndarray) -> np.ndarray:
    """(...) float in 0..1 of `counts` (..., 2): entities right, and predicted plus gold ones.

    Micro F1; 0 where there are no entities at all, as seqeval has it.
    """
    right, others = np.moveaxis(counts, -1, 0)
    return 2 * right / np.maximum(others, 1)


def resampled_f1(counts: np.ndarray, resamples: int, seed: int | tuple[int, ...]) -> np.ndarray:
    """(B, R) float: the F1 of R runs on each of B samples of the sentences, drawn with replacement.

    `counts` (R, N, 2) are those of `f1` for each of N sentences. All runs see the same samples,
    which is what makes the comparison a paired one; so do calls with the same seed and N.
    """
    runs, sentences, _ = counts.shape
    flat = counts.transpose(1, 0, 2).reshape(sentences, 2 * runs).astype(np.float64)
    random = np.random.default_rng(seed)
    parts = []
    for size in _blocks(resamples, max(1, BLOCK // sentences)):
        drawn = random.integers(sentences, size=(size, sentences))
        drawn += sentences * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * sentences).reshape(size, sentences)
        parts.append(f1((times @ flat).reshape(size, runs, 2)))
    return np.concatenate(parts)


def _blocks(total: int, most: int) -> list[int]:
    return [min(most, total - start) for start in range(0, total, most)]


def compare(difference: float, resampled: np.ndarray, level: float) -> Comparison:
    """What B `resampled` differences (B,) say of the one that was measured.

    The interval holds the middle `level` (0 to 1) of them. The p-value is the share that lies as
    far from the measured difference as that lies from 0, on either side; the measured one counts
    among them, so that it is never 0.
    """
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    # What rounding moves by a hair is as far away.
    far = np.abs(resampled - difference) >= abs(difference) - 1e-12
    p = (1 + np.count_nonzero(far)) / (1 + len(resampled))
    return Comparison(difference, float(low), float(high), p)
