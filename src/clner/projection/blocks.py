"""Projection by the engine's own alignment: an entity goes where its blocks go."""

from clner.projection.arrival import Arrival, Loss, Outcome
from clner.text.tags import Span
from clner.translation.record import Block


def by_blocks(spans: list[Span], alignment: list[Block]) -> list[Outcome]:
    """Where each entity went, score 1, or why it is lost.

    The blocks that touch an entity must lie inside it, and their target tokens together, with
    none of another block between them.
    """
    return [_outcome(span, alignment) for span in spans]


def _outcome(span: Span, alignment: list[Block]) -> Outcome:
    inside, outside = [], []
    for block in alignment:
        touches = block.source_start < span.end and span.start < block.source_end
        (inside if touches else outside).append(block)
    if any(b.source_start < span.start or span.end < b.source_end for b in inside):
        return Loss("part of a longer phrase")
    targets = [block for block in inside if block.target_start < block.target_end]
    if not targets:
        return Loss("not aligned")
    start = min(block.target_start for block in targets)
    end = max(block.target_end for block in targets)
    if any(b.target_start < end and start < b.target_end for b in outside):
        return Loss("split")
    return Arrival(start, end, 1.0)
