"""What a threshold on the confidence would keep of the predictions on unlabelled text.

As the filter would with this criterion alone and `rejected: tokens`, without running it again.
"""

from __future__ import annotations

import numpy as np

from clner.diagnostics.pseudo_labels import Gold
from clner.filter import Candidate
from clner.text.tags import spans_of

THRESHOLDS = np.round(np.linspace(0, 1, 51), 2)


def curves(candidates: list[Candidate], gold: Gold) -> dict:
    """Kept share, precision and recall at each of `THRESHOLDS`, by what has the confidence.

    `entity`: entities of at least that confidence; `sentence`: all entities of the sentences of
    at least that confidence. `share` is of all predicted entities; `precision` and `recall`
    (0 to 1) are strict and on the sentences that have gold, recall of all their gold entities;
    lists that hold None where nothing is to be divided by, or gold is missing.
    """
    own = np.concatenate([np.asarray(c.entity_confidence, float) for c in candidates])
    counts = [len(candidate.spans) for candidate in candidates]
    of_sentence = np.repeat([candidate.sentence_confidence for candidate in candidates], counts)
    known, right, total = _judged(candidates, gold)
    return {
        "sentences": len(candidates),
        "entities": len(own),
        "gold": total,
        "thresholds": THRESHOLDS.tolist(),
        "entity": _curve(own, known, right, total),
        "sentence": _curve(of_sentence, known, right, total),
    }


def _judged(candidates: list[Candidate], gold: Gold) -> tuple[np.ndarray, np.ndarray, int]:
    """Of each predicted entity whether its sentence has gold, and whether it is right."""
    known, right, total = [], [], 0
    for candidate in candidates:
        tags = gold.tags.get(candidate.sentence.id)
        true = set() if tags is None else set(spans_of(tags))
        total += len(true)
        known += [tags is not None] * len(candidate.spans)
        right += [span in true for span in candidate.spans]
    return np.array(known, bool), np.array(right, bool), total


def _curve(confidence: np.ndarray, known: np.ndarray, right: np.ndarray, total: int) -> dict:
    kept, judged, hits = (
        _at_least(values) for values in (confidence, confidence[known], confidence[right])
    )
    return {
        "share": _ratios(kept, np.full_like(kept, len(confidence))),
        "precision": _ratios(hits, judged),
        "recall": _ratios(hits, np.full_like(hits, total)),
    }


def _at_least(confidence: np.ndarray) -> np.ndarray:
    """(51,) int: how many values there are at or above each threshold."""
    below = np.searchsorted(np.sort(confidence), THRESHOLDS, side="left")
    return len(confidence) - below


def _ratios(parts: np.ndarray, wholes: np.ndarray) -> list[float | None]:
    return [
        round(part / whole, 6) if whole else None
        for part, whole in zip(parts.tolist(), wholes.tolist(), strict=True)
    ]
