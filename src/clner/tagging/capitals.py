"""Entities that the writing rules out: those in small letters, where names have capitals."""

from dataclasses import replace

import numpy as np

from clner.tagging.predictions import Predictions
from clner.text.casing import Truecaser, first_word, in_small_letters
from clner.text.spans import ScoredSpan, flat_tags
from clner.text.tags import OUTSIDE


def without_small_letters(predictions: Predictions, usual: Truecaser) -> Predictions:
    """Predictions of the same text without entities in small letters, whose tokens are certainly O.

    The capital of a sentence's first word counts for nothing where `usual` has that word in small
    letters. Tokens that another entity has as well (of a grid's nested ones) keep their
    distributions.
    """
    outside = np.array([name == OUTSIDE for name in predictions.tag_names], np.float32)
    spans, probabilities = [], []
    texts = zip(predictions.tokens, predictions.spans, predictions.probabilities, strict=True)
    for tokens, own, rows in texts:
        written = _without_first_capital(tokens, usual)
        kept = [span for span in own if not in_small_letters(written[span.start : span.end])]
        dropped = _covered(own, len(rows)) & ~_covered(kept, len(rows))
        spans.append(kept)
        probabilities.append(np.where(dropped[:, None], outside, rows))
    tags = [flat_tags(own, len(rows)) for own, rows in zip(spans, probabilities, strict=True)]
    return replace(predictions, probabilities=probabilities, spans=spans, tags=tags, agreement=[])


def _without_first_capital(tokens: list[str], usual: Truecaser) -> list[str]:
    """The tokens, the first word in small letters if it is written so within sentences."""
    first = first_word(tokens)
    small = "".join(tokens[first : first + 1]).lower()
    return (
        [*tokens[:first], small, *tokens[first + 1 :]] if usual.settled(small) == small else tokens
    )


def _covered(spans: list[ScoredSpan], count: int) -> np.ndarray:
    """(count,) bool: the tokens that some entity has."""
    covered = np.zeros(count, bool)
    for span in spans:
        covered[span.start : span.end] = True
    return covered
