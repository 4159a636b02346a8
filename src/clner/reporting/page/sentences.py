"""Sentences as the page shows them: running text, with the entities marked."""

from __future__ import annotations

from itertools import pairwise

from clner.reporting.blocks import Piece
from clner.text.scripts import detokenise, has_spaces


def pieces(tokens: list[str], spans: dict[str, list], language: str) -> list[Piece]:
    """The sentence cut where an entity begins or ends.

    `spans` are entities (start, end, type) by the name of their mark, which may overlap.
    """
    cuts = {0, len(tokens), *(place for start, end, _ in spans.values() for place in (start, end))}
    places = sorted(cuts)
    return [
        Piece(
            detokenise(tokens[start:end], language),
            tuple(name for name, span in spans.items() if span[0] <= start and end <= span[1]),
            space=start > 0 and has_spaces(language) and tokens[start] not in ".,;:!?)",
        )
        for start, end in pairwise(places)
    ]


def entity_text(tokens: list[str], span: list, language: str) -> str:
    """The type of an entity, and what it reads."""
    start, end, kind = span
    return f"{kind} {detokenise(tokens[start:end], language)}"
