"""CoNLL files: a token a line, columns, a blank line after each sentence."""

import re
from functools import partial
from pathlib import Path
from typing import Literal

from clner.corpora.normal import RawSentence
from clner.errors import ClnerError
from clner.inputs import lines_of

Separator = Literal["whitespace", "tab"]

DOCUMENT_START = "-DOCSTART-"
# Not str.split(): a no-break space or a line separator may be part of a token.
_SEPARATORS = {"whitespace": re.compile("[ \t]+"), "tab": re.compile("\t")}


def read_conll(
    path: Path,
    *,
    token_column: int = 0,
    tag_column: int | None = -1,
    separator: Separator = "whitespace",
    encoding: str = "utf-8",
    comment: str | None = None,
) -> list[RawSentence]:
    """Read the sentences of a file; `tag_column=None` reads no tags. Columns may be negative.

    Raises ClnerError with file and line where a line has not the columns of the first one.
    """
    sentences = []
    rows: list[list[str]] = []
    numbers: list[int] = []

    def end_sentence() -> None:
        if rows:
            tokens = [row[token_column] for row in rows]
            tags = None if tag_column is None else [row[tag_column] for row in rows]
            place = partial(_place, path, tuple(numbers))
            sentences.append(RawSentence(tokens, tags, place))
            rows.clear()
            numbers.clear()

    first = None  # (line number, columns) of the first token
    for number, line in enumerate(lines_of(path, encoding), start=1):
        if comment and line.startswith(comment):
            continue
        row = _row(line, separator)
        if not row or DOCUMENT_START in row:
            end_sentence()
            continue
        if first is None:
            _check_columns(f"{path}:{number}", len(row), token_column, tag_column)
            first = number, len(row)
        elif len(row) != first[1]:
            raise ClnerError(
                f"{path}:{number}: {_count(len(row))} where line {first[0]} has {first[1]}; "
                "see the settings separator and comment"
            )
        rows.append(row)
        numbers.append(number)
    end_sentence()
    return sentences


def _row(line: str, separator: Separator) -> list[str]:
    """The columns of a line; none if it is blank."""
    stripped = line.strip(" \t")
    if not stripped:
        return []
    return _SEPARATORS[separator].split(line if separator == "tab" else stripped)


def _check_columns(place: str, count: int, token_column: int, tag_column: int | None) -> None:
    chosen = [token_column] if tag_column is None else [token_column, tag_column]
    for column in chosen:
        if not -count <= column < count:
            raise ClnerError(f"{place}: no column {column}, there is {_count(count)}")
    if len({column % count for column in chosen}) < len(chosen):
        raise ClnerError(f"{place}: {_count(count)}, so that token and tag are the same one")


def _count(columns: int) -> str:
    return "1 column" if columns == 1 else f"{columns} columns"


def _place(path: Path, numbers: tuple[int, ...], position: int) -> str:
    return f"{path}:{numbers[position]}"
