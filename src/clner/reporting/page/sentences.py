"""Sentences as the page shows them: running text, with the entities marked."""

from __future__ import annotations

from itertools import pairwise

from clner.reporting.blocks import Piece
from clner.text.scripts import detokenise


def pieces(tokens: list[str], spans: dict[str, list], language: str) -> list[Piece]:
    """The sentence cut where an entity begins or ends.

    `spans` are entities (start, end, type) by the name of their mark, which may overlap.
    """
    cuts = {0, len(tokens), *(place for start, end, _ in spans.values() for place in (start, end))}
    return [
        Piece(
            *_between(tokens, start, end, language),
            tuple(name for name, span in spans.items() if span[0] <= start and end <= span[1]),
        )
        for start, end in pairwise(sorted(cuts))
    ]


def _between(tokens: list[str], start: int, end: int, language: str) -> tuple[str, bool]:
    """The text of some tokens as it stands in the sentence, and whether a space comes before it."""
    before, whole = (detokenise(tokens[:place], language) for place in (start, end))
    if not whole.startswith(before):  # what follows a token may change how it is written
        before, whole = "", " " + detokenise(tokens[start:end], language)
    text = whole[len(before) :]
    return text.lstrip(" "), text.startswith(" ")


def entity_text(tokens: list[str], span: list, language: str) -> str:
    """The type of an entity, and what it reads."""
    start, end, kind = span
    return f"{kind} {detokenise(tokens[start:end], language)}"
