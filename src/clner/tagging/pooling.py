"""Distributions over tags made better by others: of other models, of other places of a name."""

from collections.abc import Iterator
from itertools import chain
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
    own = entities(probabilities, tag_names)
    spans = [(n, span.start, span.end) for n, found in enumerate(own) for span in found]
    if not spans:
        return probabilities
    ends = np.cumsum([len(rows) for rows in probabilities])
    flat = np.concatenate(probabilities)
    begins = [n for n, tag in enumerate(tag_names) if tag.startswith("B-")]
    inside = [tag_names.index(f"I-{tag_names[n][2:]}") for n in begins]
    starts = ends - [len(rows) for rows in probabilities]
    places = np.fromiter(_places(spans, starts), np.int64)
    owners = np.repeat(np.arange(len(spans)), [end - start for _, start, end in spans])
    types = np.zeros((len(spans), len(begins)))
    np.add.at(types, owners, flat[places][:, begins] + flat[places][:, inside])
    types /= types.sum(1, keepdims=True)
    leaning = (1 - weight) * types + weight * _by_name(types, [_name(tokens, s) for s in spans])
    for columns in (begins, inside):
        mass = flat[places][:, columns].sum(1, keepdims=True)
        flat[np.ix_(places, columns)] = mass * leaning[owners]
    return np.split(flat, ends[:-1])


def _places(spans: list[tuple[int, int, int]], starts: np.ndarray) -> Iterator[int]:
    """The tokens of all spans, counted through all sentences."""
    return chain.from_iterable(range(starts[n] + a, starts[n] + b) for n, a, b in spans)


def _name(tokens: list[list[str]], span: tuple[int, int, int]) -> tuple[str, str, str]:
    """The name in a span and the words before and after it, in small letters."""
    number, start, end = span
    words = ["", *(token.lower() for token in tokens[number]), ""]
    return " ".join(words[start + 1 : end + 1]), words[start], words[end + 1]


def _by_name(types: np.ndarray, names: list[tuple[str, str, str]]) -> np.ndarray:
    """(E, K): for each entity the mean of its name's types over contexts, each counted once."""
    columns = [list(column) for column in zip(*names, strict=True)]
    by_context = pd.DataFrame(types).groupby(columns, sort=False).mean()
    by_name = by_context.groupby(level=0, sort=False).mean()
    return by_name.loc[columns[0]].to_numpy()
