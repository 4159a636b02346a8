"""Text in NFC, and where each of its characters stands in the text as it was written."""

from dataclasses import dataclass
from unicodedata import is_normalized, normalize

import regex

from clner.text.scripts import CLUSTER

_CLUSTER = regex.compile(CLUSTER)
# NFC composes and reorders within these; tokens begin and end at their edges.
_ATOM = regex.compile(r"[\s\p{Cc}\u200b]|(?s:.)[\p{M}\p{HST=V}\p{HST=T}]*")


@dataclass(frozen=True, slots=True)
class Composed:
    """Text in NFC; its characters `start` to `end` are those of `span(start, end)` in the original.

    `starts` and `ends` hold, for each character, where its own begin and end in the original.
    """

    text: str
    starts: list[int] | range
    ends: list[int] | range

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters `start` to `end` (exclusive, at least one) were written."""
        return self.starts[start], self.ends[end - 1]


def composed(text: str) -> Composed:
    """The NFC of `text`, with the places of its characters in `text`."""
    if is_normalized("NFC", text):
        return Composed(text, range(len(text)), range(1, len(text) + 1))
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _atoms(text):
        own = text[start:end]
        part = normalize("NFC", own)
        parts.append(part)
        if part == own:
            starts += range(start, end)
            ends += range(start + 1, end + 1)
        else:
            starts += [start] * len(part)
            ends += [end] * len(part)
    return Composed("".join(parts), starts, ends)


def _atoms(text: str):
    """Start and end of the smallest pieces of `text` that NFC changes each by itself."""
    for cluster in _CLUSTER.finditer(text):
        for atom in _ATOM.finditer(cluster[0]):
            yield cluster.start() + atom.start(), cluster.start() + atom.end()
