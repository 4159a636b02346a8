"""What a report is made of, be it Markdown or a page: paragraphs (plain strings) and these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

MISSING = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """A number in a table with something to see: a shade for its `value`, or an interval.

    `marks` are the places of the interval's low, middle and high end and of zero, in 0..100.
    """

    text: str
    value: float | None = None
    marks: tuple[float, float, float, float] | None = None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose last `numbers` columns hold numbers; `footer` lines stay below all others."""

    kind: ClassVar[str] = "table"
    header: list[str]
    lines: list[list[str | Cell]]
    numbers: int
    footer: list[list[str | Cell]] = field(default_factory=list)

    def heat(self, cell: Cell) -> float:
        """How dark the shade of a cell with a value is: 0.1 for the least of the table, to 1."""
        lines = [*self.lines, *self.footer]
        values = [
            other.value
            for line in lines
            for other in line
            if isinstance(other, Cell) and other.value is not None
        ]
        least, most = min(values), max(values)
        return 0.1 + 0.9 * (cell.value - least) / ((most - least) or 1.0)


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure: a data URI, what it shows in words, its caption; its width, if not its own."""

    kind: ClassVar[str] = "picture"
    source: str
    description: str
    caption: str
    width: int | None = None
    """In CSS pixels."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that are shown when the reader asks for them."""

    kind: ClassVar[str] = "fold"
    title: str
    blocks: list
    open: bool = False


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Text as it is."""

    kind: ClassVar[str] = "verbatim"
    text: str


@dataclass(frozen=True, slots=True)
class Tiles:
    """The figures that come first: each a number and what it is."""

    kind: ClassVar[str] = "tiles"
    tiles: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a sentence, with the names of what covers it: gold, predicted."""

    text: str
    space: bool
    """Whether a space comes before it."""
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence with an error; `facets` are what the reader can filter by."""

    facets: dict[str, str]
    language: str
    pieces: list[Piece]
    gold: str | None
    predicted: str | None
    id: str


@dataclass(frozen=True, slots=True)
class Examples:
    """Sentences to filter by their facets."""

    kind: ClassVar[str] = "examples"
    examples: list[Example]

    def choices(self) -> dict[str, list[str]]:
        """The values of each facet, in the order of their first example."""
        found: dict[str, dict[str, None]] = {}
        for example in self.examples:
            for facet, value in example.facets.items():
                found.setdefault(facet, {})[value] = None
        return {facet: list(values) for facet, values in found.items()}


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page with a heading; `id` is its anchor."""

    id: str
    title: str
    blocks: list

    @classmethod
    def of(cls, title: str, blocks: Iterable) -> Section:
        """A section whose anchor is its title."""
        return cls(title.lower().replace(" ", "-").replace(",", ""), title, list(blocks))
