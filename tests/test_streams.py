"""Lines as they come, whatever pieces the file gives."""

from io import BufferedReader, BytesIO, RawIOBase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.errors import ClnerError
from clner.prediction.streams import conll_sentences, lines


class Pieces(RawIOBase):
    """A pipe: each read gives the next piece."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = [piece for piece in pieces if piece]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        if not self.pieces:
            return 0
        piece = self.pieces.pop(0)
        buffer[: len(piece)] = piece
        return len(piece)


def piped(pieces: list[bytes]) -> BufferedReader:
    return BufferedReader(Pieces(pieces))


words = st.sampled_from(["Ana", "é", "北京", "\n", "\r\n", "\r", "\u2028", " ", "\x00", "👍🏽"])


@given(st.lists(words).map("".join), st.data())
def test_lines_are_those_of_the_whole_however_it_comes(text, data):
    written = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(written)), max_size=5)))
    pieces = [written[a:b] for a, b in zip([0, *cuts], [*cuts, len(written)], strict=True)]
    expected = text.split("\n")
    expected = expected if expected[-1] else expected[:-1]
    found = [line for chunk in lines(piped(pieces), "pipe") for line in chunk]
    assert found == [line.removesuffix("\r") for line in expected]


def test_all_lines_that_are_there_come_at_once_and_no_other_is_waited_for():
    chunks = list(lines(piped([b"a\nb\nc", b"d", b"\ne\n"]), "pipe"))
    assert chunks == [["a", "b"], ["cd", "e"]]


def test_what_is_held_of_a_file_is_a_chunk(monkeypatch):
    monkeypatch.setattr("clner.prediction.streams.CHUNK", 10)
    chunks = list(lines(BytesIO(b"abc\n" * 100), "file"))
    assert max(map(len, chunks)) <= 3
    assert sum(map(len, chunks)) == 100


def test_a_byte_order_mark_belongs_to_no_line_and_other_marks_do():
    [[first, second]] = lines(BytesIO("\ufeffa\n\ufeffb\n".encode()), "file")
    assert (first, second) == ("a", "\ufeffb")


def test_what_is_not_utf_8_is_named_with_its_line():
    with pytest.raises(ClnerError, match=r"^pipe:3: not UTF-8 \(invalid start byte\)$"):
        list(lines(piped([b"a\nb\n", b"c\xff\n"]), "pipe"))


@given(st.lists(st.lists(st.sampled_from(["a X O", "b\tX\tO", "", " ", "-DOCSTART- -X- O"]))))
def test_sentences_of_tokens_do_not_hang_on_how_lines_come(chunks):
    whole = [line for chunk in chunks for line in chunk]
    expected: list[list[str]] = [[]]
    for line in whole:
        if line[:1] in ("a", "b"):
            expected[-1].append(line[0])
        elif expected[-1]:
            expected.append([])
    expected = [tokens for tokens in expected if tokens]
    assert [tokens for own in conll_sentences(chunks) for tokens in own] == expected
