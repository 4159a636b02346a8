"""Grammars of the demo: how they are written down, and how a sentence is drawn from one.

A grammar is a text file. A line at the margin names a rule; the indented lines below it hold its
alternatives, also several in a line, separated by ` | `. `{rule}` stands for a rule. An alternative
that is repeated is drawn more often. Lines that start with `#` are comments. Sentences start from
`train` or `heldout`; a rule that ends in one of these serves that side alone.

A rule called PER, LOC or ORG, with or without a suffix such as `LOC.city`, writes an entity; what
an entity contains (the place in `Bank of {city}`) is part of it. The kinds of names in `names.tsv`
are rules as well. All names of one entity come from one part of the names.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random

from clner.corpora.demo.names import names_of
from clner.text.tags import Span

TYPES = ("PER", "LOC", "ORG")

_FILES = {"en": "english.txt", "es": "spanish.txt", "de": "german.txt", "zh": "chinese.txt"}
_SLOT = re.compile(r"\{([^{}]+)\}")


@cache
def read_rules(language: str) -> dict[str, list[str]]:
    """The rules of a language's grammar file: name -> alternatives."""
    rules: dict[str, list[str]] = {}
    alternatives: list[str] = []
    text = files(__package__).joinpath(_FILES[language]).read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith(" "):
            alternatives += line.strip().split(" | ")
        else:
            alternatives = rules[line] = []
    return rules


def slots(alternative: str) -> list[str]:
    """Names of the rules that an alternative stands on."""
    return _SLOT.findall(alternative)


@dataclass
class Writer:
    """Draws sentences of a language; the names of each entity come from one of `parts`."""

    language: str
    parts: tuple[str, ...]
    random: Random

    def write(self, rule: str) -> tuple[str, list[Span]]:
        """Text drawn from a rule, and its entities as character spans."""
        return self._write(rule, part=None)

    def _write(self, rule: str, part: str | None) -> tuple[str, list[Span]]:
        kind = rule.split(".")[0]
        if kind in TYPES and part is None:
            text, _ = self._write(rule, self.random.choice(self.parts))
            return text, [Span(0, len(text), kind)]
        text, spans = "", []
        # Splitting at a pattern with a group: texts at even places, names of rules at odd ones.
        for position, piece in enumerate(_SLOT.split(self._alternative(rule, part))):
            if position % 2 == 0:
                text += piece
                continue
            inner, inner_spans = self._write(piece, part)
            spans += [Span(s + len(text), e + len(text), t) for s, e, t in inner_spans]
            text += inner
        return text, spans

    def _alternative(self, rule: str, part: str | None) -> str:
        rules = read_rules(self.language)
        if rule in rules:
            return self.random.choice(rules[rule])
        return self.random.choice(names_of(self.language, part)[rule])
