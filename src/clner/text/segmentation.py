"""From raw text to sentences of tokens, each with its place in the text as it was written."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from clner.text.boundaries import lines, sentences
from clner.text.composed import composed
from clner.text.guess import likeliest
from clner.text.scripts import is_visible, tokenise, visible_places

SEGMENTED_BY_SCRIPT = ("en", "zh", "ja", "th", "lo", "km", "my", "bo")
"""What text is cut as where no language that is expected fits its script: those that are cut in
ways of their own, and one for all that have spaces."""


class Token(NamedTuple):
    """A token in NFC, and the characters `start` to `end` (exclusive) that it was written as."""

    text: str
    start: int
    end: int


def segment(text: str, languages: Sequence[str]) -> list[list[Token]]:
    """The sentences of raw text in any script, as the taggers' training sentences are cut.

    Each line has the language among `languages` (ISO 639 codes) that its script tells, the first
    if it tells none; a script of none of them is cut in its own way too. Line breaks end sentences.
    Tokens do not overlap; what lies between them is white space, or shows nothing.
    """
    normal = composed(text)
    known = (*languages, *SEGMENTED_BY_SCRIPT)
    found = []
    for line_start, line_end in lines(normal.text):
        line = normal.text[line_start:line_end]
        language = likeliest(line, known)
        for start, end in sentences(line, known):
            tokens = [
                Token(token, *normal.span(line_start + start + first, line_start + start + last))
                for token, first, last in _tokens(line[start:end], language)
            ]
            if tokens:
                found.append(tokens)
    return found


def _tokens(sentence: str, language: str) -> Iterator[tuple[str, int, int]]:
    """The tokens that show something, with their start and end in the sentence, which is in NFC."""
    tokens = tokenise(sentence, language)
    places = visible_places(sentence)
    for token, end in zip(tokens, accumulate(map(len, tokens)), strict=True):
        if is_visible(token):
            yield token, places[end - len(token)], places[end - 1] + 1
