"""Distributions over tags made better by others: of other models, of other places of a name."""

from pathlib import Path

import numpy as np
import pandas as pd

from clner.errors import ClnerError
from clner.tagging.decoding import TINY, entities
from clner.tagging.predictions import Predictions
from clner.text.spans import ScoredSpan
from clner.text.tags import OUTSIDE


def average(told: dict[Path, Predictions]) -> list[np.ndarray]:
    """The mean of several models' distributions: a (N, T) float32 array a sentence.

    Raises ClnerError where the files, which are named in the message, are not of the same
    sentences and tags.
    """
    (first, one), *others = told.items()
    for path, other in others:
        if (other.ids, other.tokens, other.tag_names) != (one.ids, one.tokens, one.tag_names):
            raise ClnerError(
                f"{path}: not of the same sentences and tags as {first}; predict both again"
            )
    rows = zip(*(predictions.probabilities for predictions in told.values()), strict=True)
    return [np.mean(row, axis=0, dtype=np.float32) for row in rows]


def pool_names(
    tokens: list[list[str]], probabilities: list[np.ndarray], tag_names: list[str], weight: float
) -> list[np.ndarray]:
    """Distributions in which a name leans to what it is in all its contexts, if an entity at all.

    A name is what the best tags take for an entity somewhere; it occurs there and wherever else it
    is written so, outside of entities. The chances of each type in a place and their mean over all
    contexts of the name, in any case of its letters: of the two the second counts `weight` (0..1).
    A context is the word to either side: a phrase that is repeated, as in datelines, counts once.
    Returns (N, T) float32 arrays like those of `probabilities`.
    """
    spans = _occurrences(tokens, entities(probabilities, tag_names))
    if not spans:
        return probabilities
    flat, ends = np.concatenate(probabilities), np.cumsum([len(rows) for rows in probabilities])
    places, owners = _tokens_of(spans, ends)
    begins = [n for n, tag in enumerate(tag_names) if tag.startswith("B-")]
    continues = [tag_names.index(f"I-{tag_names[n][2:]}") for n in begins]
    first = np.diff(owners, prepend=-1) > 0
    own = np.where(first[:, None], flat[places][:, begins], flat[places][:, continues])
    chances = _chances(own, np.flatnonzero(first))
    chances = (1 - weight) * chances + weight * _by_name(chances, _names(tokens, spans))
    flat[places] = 0
    flat[places, tag_names.index(OUTSIDE)] = 1 - chances[owners].sum(1)
    for columns, chosen in ((begins, first), (continues, ~first)):
        flat[np.ix_(places[chosen], columns)] = chances[owners[chosen]]
    return np.split(flat, ends[:-1])


def _occurrences(
    tokens: list[list[str]], found: list[list[ScoredSpan]]
) -> list[tuple[int, int, int]]:
    """All places, as sentence, start and end, of the names that are found anywhere.

    Those found come first in a sentence; in what they leave, left to right, the longest that fits.
    """
    names: dict[str, set[tuple[str, ...]]] = {}
    for words, own in zip(tokens, found, strict=True):
        for span in own:
            names.setdefault(words[span.start], set()).add(tuple(words[span.start : span.end]))
    lengths = {word: sorted({len(name) for name in own})[::-1] for word, own in names.items()}
    places = []
    for number, (words, own) in enumerate(zip(tokens, found, strict=True)):
        places += [(number, span.start, span.end) for span in own]
        limits = [span.start for span in own] + [len(words)]
        ends = [0, *(span.end for span in own)]
        for position, limit in zip(ends, limits, strict=True):
            while position < limit:
                word = words[position]
                fitting = (
                    position + length
                    for length in lengths.get(word, [])
                    if position + length <= limit
                    and tuple(words[position : position + length]) in names[word]
                )
                end = next(fitting, None)
                places += [(number, position, end)] if end else []
                position = end or position + 1
    return places


def _tokens_of(
    spans: list[tuple[int, int, int]], ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The tokens of all spans, counted through all sentences, and the span that each is of."""
    firsts = np.concatenate([[0], ends])
    ranges = [np.arange(firsts[n] + start, firsts[n] + end) for n, start, end in spans]
    return np.concatenate(ranges), np.repeat(np.arange(len(spans)), [len(own) for own in ranges])


def _chances(own: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """(E, K): how likely each place holds an entity of each type, in sum at most 1.

    `own` (M, K) holds the probabilities of beginning, for a place's first token at `starts`, or of
    continuing one. That there is an entity is as likely as at the least likely token.
    """
    sums = own.sum(1, dtype=np.float64)
    types = np.add.reduceat(own / np.maximum(sums, TINY)[:, None], starts)
    types /= np.maximum(types.sum(1, keepdims=True), TINY)
    return types * np.minimum.reduceat(sums, starts)[:, None]


def _names(
    tokens: list[list[str]], spans: list[tuple[int, int, int]]
) -> list[tuple[str, str, str]]:
    """The name in each span and the words before and after it, in small letters."""
    lowered = [["", *map(str.lower, words), ""] for words in tokens]
    return [
        (" ".join(lowered[n][start + 1 : end + 1]), lowered[n][start], lowered[n][end + 1])
        for n, start, end in spans
    ]


def _by_name(chances: np.ndarray, names: list[tuple[str, str, str]]) -> np.ndarray:
    """(E, K): for each place the mean of its name's chances over contexts, each counted once."""
    columns = [list(column) for column in zip(*names, strict=True)]
    by_context = pd.DataFrame(chances).groupby(columns, sort=False).mean()
    by_name = by_context.groupby(level=0, sort=False).mean()
    return by_name.loc[columns[0]].to_numpy()
