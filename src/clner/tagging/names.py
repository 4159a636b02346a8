"""Names: what one is in some places tells what it is in others."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from clner.tagging.decoding import TINY, entities
from clner.text.spans import ScoredSpan


def lean_names(
    tokens: list[list[str]], probabilities: list[np.ndarray], tag_names: list[str], weight: float
) -> list[np.ndarray]:
    """Distributions in which a name leans to the types that it has elsewhere, and is not missed.

    A name is what the best tags take for an entity somewhere; it occurs there and wherever else it
    is written so, outside of entities. Its types in a place, and how likely it is an entity at
    all, lean by `weight` (0..1) to the mean of all its contexts, in any case of its letters; the
    likelihood only upwards. A context is the word to either side: a phrase that is repeated, as in
    datelines, counts once. Returns (N, T) float32 arrays like those of `probabilities`.
    """
    spans = _occurrences(tokens, entities(probabilities, tag_names))
    if not spans:
        return probabilities
    flat, ends = np.concatenate(probabilities), np.cumsum([len(rows) for rows in probabilities])
    places, owners = _tokens_of(spans, ends)
    begins = [n for n, tag in enumerate(tag_names) if tag.startswith("B-")]
    continues = [tag_names.index(f"I-{tag_names[n][2:]}") for n in begins]
    first = np.diff(owners, prepend=-1) > 0
    columns = np.where(first[:, None], begins, continues)
    rows = flat[places].astype(np.float64)
    own = np.take_along_axis(rows, columns, axis=1)
    chances = _chances(own, np.flatnonzero(first))
    present, types = _leaning(*chances, _names(tokens, spans), weight)
    flat[places] = _holding(rows, columns, present[owners], types[owners])
    return np.split(flat, ends[:-1])


def _occurrences(
    tokens: list[list[str]], found: list[list[ScoredSpan]]
) -> list[tuple[int, int, int]]:
    """All places, as sentence, start and end, of the names that are found anywhere."""
    names: dict[str, set[tuple[str, ...]]] = {}
    for words, own in zip(tokens, found, strict=True):
        for span in own:
            names.setdefault(words[span.start], set()).add(tuple(words[span.start : span.end]))
    longest_first = {word: sorted(own, key=len, reverse=True) for word, own in names.items()}
    places = []
    for number, (words, own) in enumerate(zip(tokens, found, strict=True)):
        places += [(number, span.start, span.end) for span in own]
        starts, ends = [span.start for span in own], [span.end for span in own]
        for gap in zip([0, *ends], [*starts, len(words)], strict=True):
            places += [(number, *match) for match in _matches(words, *gap, longest_first)]
    return places


def _matches(
    words: list[str], position: int, limit: int, names: dict[str, list[tuple[str, ...]]]
) -> Iterator[tuple[int, int]]:
    """Start and end of names between two positions, left to right, at each the longest.

    `names` are by their first word, the longest first.
    """
    while position < limit:
        fitting = (
            position + len(name)
            for name in names.get(words[position], [])
            if tuple(words[position : min(position + len(name), limit)]) == name
        )
        end = next(fitting, None)
        if end is not None:
            yield position, end
        position = position + 1 if end is None else end


def _tokens_of(
    spans: list[tuple[int, int, int]], ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The tokens of all spans, counted through all sentences, and the span that each is of."""
    firsts = np.concatenate([[0], ends])
    ranges = [np.arange(firsts[n] + start, firsts[n] + end) for n, start, end in spans]
    return np.concatenate(ranges), np.repeat(np.arange(len(spans)), [len(own) for own in ranges])


def _chances(own: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How likely each place holds an entity at all, (E,), and of which type if so, (E, K).

    `own` (M, K) float64 holds the probabilities of beginning an entity, for a place's first token
    at `starts`, or of continuing one. The first result is that of the least likely token.
    """
    sums = own.sum(1)
    types = np.add.reduceat(own / np.maximum(sums, TINY)[:, None], starts)
    types /= np.maximum(types.sum(1, keepdims=True), TINY)
    return np.minimum.reduceat(sums, starts), types


def _leaning(
    present: np.ndarray, types: np.ndarray, names: list[tuple[str, str, str]], weight: float
) -> tuple[np.ndarray, np.ndarray]:
    """What `_chances` gives, leaning by `weight` to its mean over the contexts of each name."""
    elsewhere = _by_name(present[:, None] * types, names)
    overall = elsewhere.sum(1)
    types = (1 - weight) * types + weight * elsewhere / np.maximum(overall, TINY)[:, None]
    return present + weight * np.maximum(overall - present, 0), types


def _holding(
    rows: np.ndarray, columns: np.ndarray, present: np.ndarray, types: np.ndarray
) -> np.ndarray:
    """Distributions (M, T) made of `rows`, whose `columns` (M, K) hold at least `present` (M,).

    They share that by `types` (M, K); the others share the rest as before.
    """
    mass = np.maximum(np.take_along_axis(rows, columns, axis=1).sum(1), present)
    np.put_along_axis(rows, columns, 0, axis=1)
    rows *= (np.maximum(1 - mass, 0) / np.maximum(rows.sum(1), TINY))[:, None]
    np.put_along_axis(rows, columns, mass[:, None] * types, axis=1)
    return rows


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
