"""Spans with a confidence, which may nest or overlap, and those of them that BIO2 can hold."""

from typing import NamedTuple

from clner.text.tags import Span, tags_of


class ScoredSpan(NamedTuple):
    """An entity: tokens `start` to `end` (exclusive) of a type, found with a confidence in 0..1."""

    start: int
    end: int
    type: str
    confidence: float


def flat(spans: list[ScoredSpan]) -> list[ScoredSpan]:
    """The spans of a sentence without those that overlap a better one, left to right.

    Spans are taken by falling confidence, of equal ones the longer first, then the earlier; one
    that shares a token with a span already taken is dropped.
    """
    kept: list[ScoredSpan] = []
    for span in sorted(spans, key=lambda s: (-s.confidence, s.start - s.end, s.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept)


def flat_tags(spans: list[ScoredSpan], length: int) -> list[str]:
    """BIO2 tags over `length` tokens of the spans that `flat` keeps."""
    return tags_of([Span(span.start, span.end, span.type) for span in flat(spans)], length)
