"""How likely the words of mixed sentences are under a mixture of both languages."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clner.codeswitching.spelling import SpellingModel


def likelihood_ratios(
    source: list[list[str]], mixed: list[list[str]], target: SpellingModel
) -> np.ndarray:
    """(M,) float64 above 0: how likely the words of each mixed sentence are, to its source's.

    exp((log P(mixed) - log P(source)) / characters of the source), each word's end counted as a
    character, and P the product over words of ½ p_source + ½ p_target: a word may be of either
    language, so a switch costs nothing by itself; what costs is a word that is rare, or none, in
    both. The difference of sums, not of means: a sentence and its translation carry about the same
    information, at unlike lengths. No sentence is scored by a model made from it: those at even
    places by one of the odd, and the other way round. [ours]
    """
    texts = [*source, *mixed]
    numbers, words = pd.factorize(np.array([w for tokens in texts for w in tokens], dtype=object))
    scores = _scores(list(words), source, target)
    owners = np.repeat(np.arange(len(texts)), [len(tokens) for tokens in texts])
    other = 1 - owners % len(source) % 2
    sums = np.bincount(owners, scores[other, numbers], minlength=len(texts))
    before, after = np.split(sums, 2)
    characters = np.array([len(tokens) + sum(map(len, tokens)) for tokens in source])
    return np.exp((after - before) / np.maximum(characters, 1))


def _scores(words: list[str], source: list[list[str]], target: SpellingModel) -> np.ndarray:
    """(2, W): log probabilities of words, by source models of the even places and of the odd."""
    halves = [SpellingModel.of_text(source[first::2], target.order) for first in (0, 1)]
    own = np.stack([half.log_probabilities(words) for half in halves])
    return np.logaddexp(own, target.log_probabilities(words)) - np.log(2)
