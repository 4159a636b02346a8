"""How likely words are by their spelling."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

BEGIN, END = "\x02", "\x03"
"""The bounds of a word: characters that no token holds."""


class SpellingModel:
    """Words of a text as characters: an n-gram model, interpolated after Witten and Bell (1991).

    A word is its characters, in lower case, and its end; what stands before the word is not seen.
    With h the `order` - 1 characters before c, h' one less of them, N(h) their count and T(h) the
    number of different characters seen after them,

        p(c | h) = (N(hc) + T(h) p(c | h')) / (N(h) + T(h)),

    down to a uniform distribution over the text's characters and one that stands for all others.
    """

    def __init__(self, words: Counter[str], order: int) -> None:
        """`words` and how often they occur; `order` is at least 1."""
        self.order = order
        characters, owners = _spelled(list(words), order)
        self._alphabet = np.unique(characters)
        self._size = len(self._alphabet) + 1
        real = characters != ord(BEGIN)
        self._uniform = 1 / (len(np.unique(characters[real])) + 1)
        weights = np.where(real, np.array(list(words.values()), dtype=float)[owners], 0.0)
        self._levels: list[_Level] = []
        last = np.zeros(len(characters), dtype=np.int64)
        contexts = 1
        for _ in range(order):
            keys = last * self._size + self._numbers(characters)
            numbers, distinct = pd.factorize(keys)
            self._levels.append(_Level(numbers, distinct, weights, self._size, contexts))
            contexts = len(distinct)
            last = _shifted(numbers)

    @classmethod
    def of_text(cls, sentences: Iterable[list[str]], order: int) -> SpellingModel:
        """The model of the words of token lists."""
        return cls(Counter(word for tokens in sentences for word in tokens), order)

    def log_probabilities(self, words: list[str]) -> np.ndarray:
        """(W,) float64: the natural logarithm of the probability of each of W words."""
        characters, owners = _spelled(words, self.order)
        numbers = self._numbers(characters)
        chances = np.full(len(numbers), self._uniform)
        last = np.zeros(len(numbers), dtype=np.int64)
        for level in self._levels:
            keys = np.where(last >= 0, last * self._size + numbers, -1)
            chances, found = level.interpolate(chances, last, keys)
            last = _shifted(found)
        real = characters != ord(BEGIN)
        return np.bincount(owners[real], np.log(chances[real]), minlength=len(words))

    def _numbers(self, characters: np.ndarray) -> np.ndarray:
        """The place of each character in the alphabet; behind its end for those not in it."""
        places = np.searchsorted(self._alphabet, characters)
        known = np.append(self._alphabet, 0)[places] == characters
        return np.where(known, places, len(self._alphabet))


class _Level:
    """The n-grams of one length: their counts, and those of what they begin with."""

    def __init__(
        self,
        numbers: np.ndarray,
        keys: np.ndarray,
        weights: np.ndarray,
        size: int,
        contexts: int,
    ) -> None:
        self._index = pd.Index(keys)
        # Behind the last of each stands a zero, for what is not known: place -1.
        self._counts = np.append(np.bincount(numbers, weights, minlength=len(keys)), 0.0)
        counts, owners = self._counts[:-1], keys // size
        self._totals = np.append(np.bincount(owners, counts, minlength=contexts), 0.0)
        self._types = np.append(np.bincount(owners, counts > 0, minlength=contexts), 0.0)

    def interpolate(
        self, chances: np.ndarray, contexts: np.ndarray, keys: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The chances at this length from those of one less, and the n-grams' numbers or -1."""
        found = self._index.get_indexer(keys)
        types = self._types[contexts]
        mass = self._totals[contexts] + types
        longer = (self._counts[found] + types * chances) / np.maximum(mass, 1)
        return np.where(mass > 0, longer, chances), found


def _spelled(words: list[str], order: int) -> tuple[np.ndarray, np.ndarray]:
    """Code points (C,) of all words, bounds included, and the word (C,) that each belongs to."""
    words = [word.lower() for word in words]
    before = BEGIN * (order - 1)
    text = "".join(f"{before}{word}{END}" for word in words)
    lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words)) + order
    characters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return characters.astype(np.int64), np.repeat(np.arange(len(words)), lengths)


def _shifted(numbers: np.ndarray) -> np.ndarray:
    """What stands before each character: the number of the one before it."""
    return np.concatenate([np.zeros(min(1, len(numbers)), dtype=np.int64), numbers[:-1]])
