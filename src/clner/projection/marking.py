"""Entities marked for their way through an engine, in one of several styles.

style        "Ana lives in Rome ." becomes
tags         <a> Ana </a> lives in <b> Rome </b> .
xml          <e1> Ana </e1> lives in <e2> Rome </e2> .
brackets     [ Ana ] lives in [ Rome ] .
quotes       „ Ana “ lives in „ Rome “ .
placeholder  XENTA lives in XENTB .

Tags tell entities apart, so that they are known again where the engine changes the order; what
stands between brackets or quotes is known by its likeness to the entity. No mark occurs in the
sentence itself: a letter that does is skipped; of brackets and quotes a style falls to its next
pair, and to tags where all are in use. The marks of a sentence are kept beside its translation.
"""

from collections.abc import Iterator
from itertools import count, islice, product
from string import ascii_lowercase
from typing import Literal
from unicodedata import normalize

import regex

from clner.text.tags import Span

Style = Literal["tags", "xml", "brackets", "quotes", "placeholder"]
Marks = list[str]
"""What was put around an entity, opening and closing; or the one word that stands for it."""

# Engines put spaces into markers, change their case, widen them (CJK), or escape them.
TAG = regex.compile(
    r"(?:[<＜〈]|&lt;)\s*([/／]?)\s*(\p{L}+(?:\s?\p{Nd}+)?)\s*(?:[>＞〉]|&gt;)", regex.IGNORECASE
)
_QUOTES = '"“”„‟«»＂「」『』〝〞〟'
LIKE = {"[": "[［【〔", "]": "]］】〕", "{": "{｛", "}": "}｝", "„": _QUOTES, "“": _QUOTES}
_PAIRS = {"brackets": [["[", "]"], ["{", "}"]], "quotes": [["„", "“"], ["[", "]"], ["{", "}"]]}


def marks_for(tokens: list[str], number: int, style: Style) -> list[Marks]:
    """Marks for `number` entities of a sentence, none of which occurs in its tokens."""
    text = " ".join(tokens)
    for pair in _PAIRS.get(style, []):
        if not any(sign in text for mark in pair for sign in LIKE[mark]):
            return [pair] * number
    if style == "placeholder":
        taken = normalize("NFKC", text).upper()
        words = (f"XENT{letters.upper()}" for letters in _letters())
        return [[word] for word in islice((w for w in words if w not in taken), number)]
    used = {name_of(tag) for tag in TAG.finditer(text)}
    names = (f"e{n}" for n in count(1)) if style == "xml" else _letters()
    unused = islice((name for name in names if name not in used), number)
    return [[f"<{name}>", f"</{name}>"] for name in unused]


def mark(tokens: list[str], spans: list[Span], marks: list[Marks]) -> list[str]:
    """`tokens` with the marks of each entity, each a token, around it or in its place."""
    marked: list[str] = []
    position = 0
    for (first, *closing), span in zip(marks, spans, strict=True):
        entity = [*tokens[span.start : span.end], *closing] if closing else []
        marked += [*tokens[position : span.start], first, *entity]
        position = span.end
    return marked + tokens[position:]


def _letters() -> Iterator[str]:
    """a to z, then aa, ab, ..."""
    return ("".join(letters) for n in count(1) for letters in product(ascii_lowercase, repeat=n))


def name_of(tag: regex.Match) -> str:
    """The name that a match of TAG holds, in one width and case, without spaces."""
    return normalize("NFKC", "".join(tag[2].split())).lower()
