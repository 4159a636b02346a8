"""From distributions over tags to the best valid BIO2 sequence."""

from dataclasses import replace

import numpy as np

from clner.tagging.predictions import Predictions
from clner.text.spans import ScoredSpan, flat_tags
from clner.text.tags import spans_of

TINY = 1e-12
FORBIDDEN = -1e9


def decode(probabilities: list[np.ndarray], tag_names: list[str]) -> list[list[str]]:
    """The most probable valid BIO2 sequence of each sentence, tokens taken as independent.

    `probabilities` holds a (N, T) float array for each sentence, in the order of `tag_names`.
    Valid: an I- continues a B- or I- of its type. Viterbi over positions, for all sentences of
    a length range at once.
    """
    return [[tag_names[tag] for tag in path] for path in _best_paths(probabilities, tag_names)]


def entities(probabilities: list[np.ndarray], tag_names: list[str]) -> list[list[ScoredSpan]]:
    """The entities of each sentence's best tags; confidence: the least probability of theirs."""
    found = []
    for rows, path in zip(probabilities, _best_paths(probabilities, tag_names), strict=True):
        tags, chosen = [tag_names[tag] for tag in path], rows[np.arange(len(path)), path]
        spans = [
            ScoredSpan(*span, float(chosen[span.start : span.end].min())) for span in spans_of(tags)
        ]
        found.append(spans)
    return found


def retold(predictions: Predictions, probabilities: list[np.ndarray]) -> Predictions:
    """Predictions of the same text by other distributions, (N, T) float32 arrays, decoded anew."""
    spans = entities(probabilities, predictions.tag_names)
    tags = [flat_tags(own, len(rows)) for own, rows in zip(spans, probabilities, strict=True)]
    return replace(predictions, probabilities=probabilities, spans=spans, tags=tags, agreement=[])


def _best_paths(probabilities: list[np.ndarray], tag_names: list[str]) -> list[np.ndarray]:
    """The tags of each sentence by number, (N,) int64."""
    paths = [np.empty(0, dtype=np.int64)] * len(probabilities)
    order = np.argsort([len(p) for p in probabilities], kind="stable")
    for chunk in np.array_split(order, len(order) // 256 + 1) if probabilities else []:
        best = _viterbi([probabilities[i] for i in chunk], tag_names)
        for i, path in zip(chunk, best, strict=True):
            paths[i] = path[: len(probabilities[i])]
    return paths


def _viterbi(probabilities: list[np.ndarray], tag_names: list[str]) -> np.ndarray:
    """Best paths (R, N) int64 of R sentences padded to N; meaningless past a sentence's end."""
    length = max(len(p) for p in probabilities)
    scores = np.zeros((len(probabilities), length, len(tag_names)))
    for row, p in enumerate(probabilities):
        scores[row, : len(p)] = np.log(np.maximum(p, TINY))
    allowed = transitions(tag_names)
    best = scores[:, 0] + allowed[tag_names.index("O")]
    back = np.zeros(scores.shape, dtype=np.int64)
    for position in range(1, length):
        candidates = best[:, :, None] + allowed
        back[:, position] = candidates.argmax(1)
        best = candidates.max(1) + scores[:, position]
    paths = np.zeros(scores.shape[:2], dtype=np.int64)
    paths[:, -1] = best.argmax(1)
    rows = np.arange(len(paths))
    for position in range(length - 1, 0, -1):
        paths[:, position - 1] = back[rows, position, paths[:, position]]
    return paths


def transitions(tag_names: list[str]) -> np.ndarray:
    """(T, T) float: 0 where the column's tag may follow the row's, FORBIDDEN where not."""
    allowed = np.zeros((len(tag_names), len(tag_names)))
    for column, tag in enumerate(tag_names):
        if tag.startswith("I-"):
            may_precede = {tag, f"B-{tag[2:]}"}
            rows = [row for row, name in enumerate(tag_names) if name not in may_precede]
            allowed[rows, column] = FORBIDDEN
    return allowed
