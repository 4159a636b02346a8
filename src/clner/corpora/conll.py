"""CoNLL files: a token a line, columns, a blank line after each sentence."""

import re
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Literal

from clner.corpora.normal import RawSentence
from clner.errors import ClnerError
from clner.files.inputs import lines_of

Separator = Literal["whitespace", "tab"]

DOCUMENT_START = "-DOCSTART-"
# Not str.split(): a no-break space or a line separator may be part of a token.
_SEPARATORS = {"whitespace": re.compile("[ \t]+"), "tab": re.compile("\t")}


def columns(line: str, separator: Separator) -> list[str]:
    """The columns of a line; none where it separates sentences."""
    stripped = line.strip(" \t")
    if not stripped:
        return []
    row = _SEPARATORS[separator].split(line if separator == "tab" else stripped)
    return [] if DOCUMENT_START in row else row


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
    rows = [
        (number, columns(line, separator))
        for number, line in enumerate(lines_of(path, encoding), start=1)
        if not (comment and line.startswith(comment))
    ]
    _check_columns(path, [(number, row) for number, row in rows if row], token_column, tag_column)
    sentences = []
    for is_sentence, block in groupby(rows, key=lambda numbered: bool(numbered[1])):
        if is_sentence:
            numbers, own = zip(*block, strict=True)
            tokens = [row[token_column] for row in own]
            tags = None if tag_column is None else [row[tag_column] for row in own]
            sentences.append(RawSentence(tokens, tags, partial(_place, path, numbers)))
    return sentences


def _check_columns(
    path: Path, rows: list[tuple[int, list[str]]], token_column: int, tag_column: int | None
) -> None:
    if not rows:
        return
    first, count = rows[0][0], len(rows[0][1])
    chosen = [token_column] if tag_column is None else [token_column, tag_column]
    for column in chosen:
        if not -count <= column < count:
            raise ClnerError(f"{path}:{first}: no column {column} among {_count(count)}")
    if len({column % count for column in chosen}) < len(chosen):
        raise ClnerError(f"{path}:{first}: {_count(count)}, so that token and tag are the same one")
    for number, row in rows:
        if len(row) != count:
            raise ClnerError(
                f"{path}:{number}: {_count(len(row))} where line {first} has {count}; "
                "see the settings separator and comment"
            )


def _count(columns: int) -> str:
    return "1 column" if columns == 1 else f"{columns} columns"


def _place(path: Path, numbers: tuple[int, ...], position: int) -> str:
    return f"{path}:{numbers[position]}"
