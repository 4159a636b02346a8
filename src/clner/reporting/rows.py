"""The file of scores, scores.tsv: its columns, writing and reading."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from clner.errors import ClnerError
from clner.files.artifacts import damaged, finished_file
from clner.tagging.scores import Score

MODELS = ("teacher", "student")
SPLITS = ("source-dev", "source-test", "target-dev", "target-test")


class Row(NamedTuple):
    """A line of scores.tsv: what a score belongs to, then the score. The fields are the columns.

    `type` is an entity type, or "micro" for all of them; `round` is 0 for a teacher.
    """

    source: str
    target: str
    variant: str
    seed: int
    model: str
    round: int
    split: str
    type: str
    precision: float
    recall: float
    f1: float
    support: int


def write_scores(path: Path, rows: Iterable[Row]) -> None:
    """Write `rows` as TSV, sorted by what they belong to, numbers in 0..1 with six decimals."""
    with finished_file(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(Row._fields)
        for row in sorted(rows):
            writer.writerow([f"{v:.6f}" if isinstance(v, float) else v for v in row])


def read_scores(paths: list[Path]) -> list[Row]:
    """The rows of all `paths`.

    Raises ClnerError for a file that is no table of scores, and for a score given twice.
    """
    rows = []
    seen = set()
    for path in paths:
        for row in _read(path):
            identity = row[: -len(Score._fields)]
            if identity in seen:
                raise ClnerError(
                    f"{path}: a second score for {' '.join(map(str, identity))}; "
                    "give each evaluation once"
                )
            seen.add(identity)
            rows.append(row)
    return rows


def _read(path: Path) -> Iterator[Row]:
    kinds = list(Row.__annotations__.values())
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ClnerError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise damaged(path, f"not UTF-8 ({error.reason})") from None
    header, *lines = text.split("\n")
    if header.split("\t") != list(Row._fields):
        raise damaged(f"{path}:1", f"the columns must be {', '.join(Row._fields)}")
    if not lines or lines.pop():
        raise damaged(path, "its last line has no end")
    for number, line in enumerate(lines, start=2):
        values = line.split("\t")
        try:
            yield Row(*(kind(v) for kind, v in zip(kinds, values, strict=True)))
        except ValueError:
            raise damaged(f"{path}:{number}", f"not a score: {' '.join(values)}") from None
