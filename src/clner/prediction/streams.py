"""Text as it comes: all lines that are there, at once, and never a wait for more than one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import BinaryIO

from clner.corpora.conll import columns
from clner.errors import ClnerError

CHUNK = 2**16
"""Bytes that are read at once at most, hence about what is held of a file: some hundred sentences,
enough of them for batches of like lengths."""


def lines(file: BinaryIO, name: str) -> Iterator[list[str]]:
    """The lines of a file without their ends (LF or CRLF) and byte order mark, as they come.

    Raises ClnerError, which says `name` and line, where they are not UTF-8.
    """
    numbers = count(1)
    for written in _complete_lines(file):
        yield [_decoded(line, next(numbers), name) for line in written]


def _complete_lines(file: BinaryIO) -> Iterator[list[bytes]]:
    """All lines that can be had without waiting, CHUNK bytes and the rest of a line at most."""
    begun: list[bytes] = []
    while chunk := file.read1(CHUNK):
        complete, newline, rest = chunk.rpartition(b"\n")
        if newline:
            yield b"".join([*begun, complete]).split(b"\n")
            begun = []
        begun.append(rest)
    if last := b"".join(begun):
        yield [last]


def _decoded(line: bytes, number: int, name: str) -> str:
    try:
        text = line.removesuffix(b"\r").decode()
    except UnicodeDecodeError as error:
        raise ClnerError(f"{name}:{number}: not UTF-8 ({error.reason})") from None
    return text.removeprefix("\ufeff") if number == 1 else text


def conll_sentences(chunks: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    """The tokens of CoNLL sentences, from chunks of lines: the first column, as it is written."""
    tokens: list[str] = []
    for chunk in chunks:
        complete = []
        for line in chunk:
            row = columns(line, "tab" if "\t" in line else "whitespace")
            if row:
                tokens.append(row[0])
            elif tokens:
                complete.append(tokens)
                tokens = []
        if complete:
            yield complete
    if tokens:
        yield [tokens]
