"""Tags and spans: BIO2 is the one scheme inside the project."""

from typing import NamedTuple

OUTSIDE = "O"
IGNORED = -100
"""Index of what has no tag: padding, and tokens of unlabelled text. What torch ignores."""


class Span(NamedTuple):
    """An entity: tokens `start` to `end` (exclusive) of a type such as PER."""

    start: int
    end: int
    type: str


def spans_of(tags: list[str]) -> list[Span]:
    """The entities of a BIO2 tag sequence, left to right.

    Strict: an I- that does not continue an entity of its type belongs to no entity, as in
    seqeval's mode="strict", scheme=IOB2.
    """
    spans: list[Span] = []
    start: int | None = None
    current = ""
    for position, tag in enumerate([*tags, OUTSIDE]):
        if start is not None and tag != f"I-{current}":
            spans.append(Span(start, position, current))
            start = None
        if tag.startswith("B-"):
            start, current = position, tag[2:]
    return spans


def tags_of(spans: list[Span], length: int) -> list[str]:
    """BIO2 tags of non-overlapping spans over `length` tokens.

    Raises ValueError where spans overlap, are empty, or leave the sentence.
    """
    tags = [OUTSIDE] * length
    for start, end, kind in spans:
        if not 0 <= start < end <= length:
            raise ValueError(f"span {start}-{end} does not fit {length} tokens")
        if any(tag != OUTSIDE for tag in tags[start:end]):
            raise ValueError(f"span {start}-{end} overlaps another")
        tags[start] = f"B-{kind}"
        tags[start + 1 : end] = [f"I-{kind}"] * (end - start - 1)
    return tags


def tag_set(types: list[str]) -> list[str]:
    """O, then B- and I- of each type: the order of a tagger's outputs."""
    return [OUTSIDE, *(f"{prefix}-{kind}" for kind in types for prefix in "BI")]
