"""Where the sentences of running text end.

A reading of Unicode's rules (UAX #29) that would rather miss an end than cut a name in two: what
ends a sentence is followed by a space, except in scripts without spaces, and not by a small letter;
a full stop behind an abbreviation, as Moses lists them, or an initial ends none. Thai marks no
ends: its lines stay whole.
"""

from collections.abc import Iterator, Sequence
from functools import cache

import regex

_LINE = regex.compile(r"[^\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_STOP = r"[\p{SB=ST}\p{SB=AT}]"
_WIDE = "。｡！？။"
_MARKS = r"[\p{M}\p{GCB=Extend}]*+"  # belong to the character before them
_END = regex.compile(
    rf"(?P<wide>[{_WIDE}]++{_MARKS}(?:[\p{{Pe}}\p{{Pf}}\"']{_MARKS})*+)|"
    rf"(?<!{_STOP})(?P<stop>{_STOP}++)[\p{{Pe}}\p{{Pf}}\"']*+\s++(?=\S)"
)
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}.]+$")
_LONGEST_ABBREVIATION = 20


def lines(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the lines of `text`, empty ones and line breaks left out."""
    for line in _LINE.finditer(text):
        yield line.span()


def sentences(line: str, languages: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Start and end of the sentences of a line, which together are the line.

    Abbreviations are those of any of `languages` (ISO 639 codes).
    """
    start = 0
    for match in _END.finditer(line):
        if match["wide"] or _ends(line, match, languages):
            yield start, match.end()
            start = match.end()
    if start < len(line):
        yield start, len(line)


def _ends(line: str, match: regex.Match, languages: Sequence[str]) -> bool:
    if line[match.end()].islower():
        return False
    if match["stop"] != ".":
        return True
    before = line[max(0, match.start() - _LONGEST_ABBREVIATION) : match.start()]
    word = _WORD.search(before)
    if word is None:
        return True
    inner = "." in word[0] and not word[0][-1].isdecimal()  # U.S., but not 3.50
    return not (inner or any(word[0] in _abbreviations(one) for one in languages))


@cache
def _abbreviations(language: str) -> frozenset[str]:
    """What a full stop may follow within a sentence; those of English for unknown languages."""
    from sacremoses.corpus import NonbreakingPrefixes

    listed = (entry.split()[0] for entry in NonbreakingPrefixes().words(language))
    return frozenset(listed)
