"""Entities that the writing rules out: those in small letters, where names have capitals."""

from dataclasses import replace

import numpy as np

from clner.tagging.predictions import Predictions
from clner.text.casing import Truecaser, capitalised, first_word, in_small_letters
from clner.text.spans import ScoredSpan, flat_tags
from clner.text.tags import OUTSIDE


def without_small_letters(predictions: Predictions, sizes: list[int]) -> Predictions:
    """Predictions of the same texts without entities in small letters: their tokens are surely O.

    `sizes` has the number of sentences of each text. The capital letter of a sentence's first word
    counts for nothing where its text writes that word small elsewhere. Tokens that another entity
    has as well (of a grid's nested ones) keep their distributions.
    """
    outside = np.array([name == OUTSIDE for name in predictions.tag_names], np.float32)
    written = _without_first_capitals(predictions.tokens, sizes)
    spans, probabilities = [], []
    texts = zip(written, predictions.spans, predictions.probabilities, strict=True)
    for tokens, own, rows in texts:
        kept = [span for span in own if not in_small_letters(tokens[span.start : span.end])]
        dropped = _covered(own, len(rows)) & ~_covered(kept, len(rows))
        spans.append(kept)
        probabilities.append(np.where(dropped[:, None], outside, rows))
    tags = [flat_tags(own, len(rows)) for own, rows in zip(spans, probabilities, strict=True)]
    return replace(predictions, probabilities=probabilities, spans=spans, tags=tags, agreement=[])


def _without_first_capitals(sentences: list[list[str]], sizes: list[int]) -> list[list[str]]:
    """The sentences, each with its first word in small letters if its text settles on these."""
    written, start = [], 0
    for size in sizes:
        text = sentences[start : start + size]
        usual = Truecaser.from_sentences(text)
        written += [_without_first_capital(tokens, usual) for tokens in text]
        start += size
    return written


def _without_first_capital(tokens: list[str], usual: Truecaser) -> list[str]:
    first = first_word(tokens)
    small = tokens[first].lower()
    # An acronym has its capitals everywhere.
    if tokens[first] != capitalised(small) or usual.settled(small) != small:
        return tokens
    return [*tokens[:first], small, *tokens[first + 1 :]]


def _covered(spans: list[ScoredSpan], count: int) -> np.ndarray:
    """(count,) bool: the tokens that some entity has."""
    covered = np.zeros(count, bool)
    for span in spans:
        covered[span.start : span.end] = True
    return covered
