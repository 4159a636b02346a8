"""Distributions over tags made better by others: of other models, of other places of a name."""

from pathlib import Path

import numpy as np
import pandas as pd

from clner.errors import ClnerError
from clner.tagging.decoding import entities
from clner.tagging.predictions import Predictions


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
    """Distributions in which a name's types lean to those that it has elsewhere.

    A name is what the best tags take for an entity, in any case of its letters. Of its own types
    in a place and their mean over all its contexts the second counts `weight` (0..1). A context
    is the word to either side: a phrase that is repeated, as in datelines, counts once. How
    likely a token begins, continues or is outside of an entity stays as it is. Returns (N, T)
    float32 arrays like those of `probabilities`.
    """
    found = entities(probabilities, tag_names)
    spans = [(n, span.start, span.end) for n, own in enumerate(found) for span in own]
    if not spans:
        return probabilities
    flat, ends = np.concatenate(probabilities), np.cumsum([len(rows) for rows in probabilities])
    places, owners = _tokens_of(spans, ends)
    begins = [n for n, tag in enumerate(tag_names) if tag.startswith("B-")]
    continues = [tag_names.index(f"I-{tag_names[n][2:]}") for n in begins]
    types = _types(flat[places][:, begins] + flat[places][:, continues], owners)
    types = (1 - weight) * types + weight * _by_name(types, _names(tokens, spans))
    for columns in (begins, continues):
        mass = flat[places][:, columns].sum(1, keepdims=True)
        flat[np.ix_(places, columns)] = mass * types[owners]
    return np.split(flat, ends[:-1])


def _tokens_of(
    spans: list[tuple[int, int, int]], ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The tokens of all spans, counted through all sentences, and the span that each is of."""
    firsts = np.concatenate([[0], ends])
    ranges = [np.arange(firsts[n] + start, firsts[n] + end) for n, start, end in spans]
    return np.concatenate(ranges), np.repeat(np.arange(len(spans)), [len(own) for own in ranges])


def _types(mass: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """(E, K): how likely each entity is of each type, from the (M, K) masses of its tokens."""
    types = np.zeros((owners[-1] + 1, mass.shape[1]))
    np.add.at(types, owners, mass)
    return types / types.sum(1, keepdims=True)


def _names(
    tokens: list[list[str]], spans: list[tuple[int, int, int]]
) -> list[tuple[str, str, str]]:
    """The name in each span and the words before and after it, in small letters."""
    lowered = [["", *map(str.lower, words), ""] for words in tokens]
    return [
        (" ".join(lowered[n][start + 1 : end + 1]), lowered[n][start], lowered[n][end + 1])
        for n, start, end in spans
    ]


def _by_name(types: np.ndarray, names: list[tuple[str, str, str]]) -> np.ndarray:
    """(E, K): for each entity the mean of its name's types over contexts, each counted once."""
    columns = [list(column) for column in zip(*names, strict=True)]
    by_context = pd.DataFrame(types).groupby(columns, sort=False).mean()
    by_name = by_context.groupby(level=0, sort=False).mean()
    return by_name.loc[columns[0]].to_numpy()
