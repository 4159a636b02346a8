"""The table of measurements: printed line by line, and written as TSV."""

from pathlib import Path

from bench.measure import Row
from clner.files.artifacts import write_text

COLUMNS = ("part", "size", "measure", "ours", "other", "other_name", "ratio")
WIDTHS = (40, 30, 8, 13, 13, 24, 8)


def header() -> str:
    return _aligned(COLUMNS)


def line(row: Row) -> str:
    """A row for people: three digits."""
    other = _shown(row.other) if row.other_name else ""
    ratio = f"{row.ratio:.2f}×" if row.ratio else ""
    return _aligned((*row[:3], _shown(row.ours), other, row.other_name, ratio))


def write(rows: list[Row], path: Path) -> None:
    """Write all digits as TSV; a cell is empty where memory gave out or there is no other."""
    lines = [COLUMNS, *((*row, row.ratio) for row in rows)]
    cells = [["" if cell is None else str(cell) for cell in own] for own in lines]
    write_text(path, "".join("\t".join(own) + "\n" for own in cells))


def _shown(value: float | None) -> str:
    if value is None:
        return "out of memory"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _aligned(cells: tuple[str, ...]) -> str:
    return " ".join(f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()
