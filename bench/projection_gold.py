"""Gold to measure label projection on: parallel sentences with the entities of both sides."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from clner.corpora.conll import read_conll
from clner.text.sentence import Sentence
from clner.text.tags import Span, spans_of, tags_of


class Gold(NamedTuple):
    """Source sentences with their entities, and the target's tokens and entities beside them."""

    target: str
    source: list[Sentence]
    tokens: list[list[str]]
    spans: list[list[Span]]

    @property
    def pairs(self) -> list[tuple[list[str], list[str]]]:
        return [(s.tokens, own) for s, own in zip(self.source, self.tokens, strict=True)]


class Score(NamedTuple):
    """Precision, recall and F1, 0 to 1."""

    precision: float
    recall: float
    f1: float

    def __str__(self) -> str:
        return " ".join(f"{value:.4f}" for value in self)


def europarl(data: Path, target: str) -> Gold:
    """The gold of both languages."""
    english, own = (
        read_conll(data / "ner" / "europarl" / language / "test.conll")
        for language in ("en", target)
    )
    source = [Sentence(f"en-{n}", raw.tokens, raw.tags) for n, raw in enumerate(english)]
    return Gold(target, source, [s.tokens for s in own], [spans_of(s.tags) for s in own])


def news(data: Path, target: str) -> Gold:
    """English machine translations, the sentences they are of, and the entities that they share."""
    gold = Gold(target, [], [], [])
    path = data / "parallel" / f"news.{target}-en.tsv"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        text, english, linked = line.split("\t")
        both = [[_span(side) for side in pair.split(":")] for pair in linked.split()]
        tokens = english.split(" ")
        tags = tags_of([span for _, span in both], len(tokens))
        gold.source.append(Sentence(f"en-{number}", tokens, tags))
        gold.tokens.append(text.split(" "))
        gold.spans.append([own for own, _ in both])
    return gold


def _span(text: str) -> Span:
    start, end = map(int, text.split("-"))
    return Span(start, end, "ENTITY")


def ceiling(gold: Gold, numbers: range) -> Score:
    """What perfect edges would score: entities that both languages have, by sentence and type."""
    found = wanted = both = 0
    for number in numbers:
        one = Counter(span.type for span in spans_of(gold.source[number].tags))
        other = Counter(span.type for span in gold.spans[number])
        found, wanted = found + one.total(), wanted + other.total()
        both += (one & other).total()
    return _score(both, found, wanted)


def agreement(
    gold: Gold, projected: list[list[Span]], numbers: range, kind: str | None = None
) -> Score:
    """How well projected entities, of one type or all, agree with gold ones."""
    found = wanted = both = 0
    for number in numbers:
        one, other = (
            {span for span in side[number] if kind in (None, span.type)}
            for side in (projected, gold.spans)
        )
        found, wanted, both = found + len(one), wanted + len(other), both + len(one & other)
    return _score(both, found, wanted)


def errors(gold: Gold, projected: list[list[Span]], numbers: range) -> Counter:
    """What is wrong with projected entities, and how many gold ones no entity touches."""
    found: Counter = Counter()
    for number in numbers:
        own, wanted = projected[number], gold.spans[number]
        found["gold entity missed"] += sum(not _touching(span, own) for span in wanted)
        for span in set(own) - set(wanted):
            touched = _touching(span, wanted)
            if any(span[:2] == other[:2] for other in touched):
                found["other type"] += 1
            elif any(span.type == other.type for other in touched):
                found["other edges"] += 1
            else:
                found["edges and type" if touched else "no gold entity there"] += 1
    return found


def _touching(span: Span, others: list[Span]) -> list[Span]:
    return [other for other in others if other.start < span.end and span.start < other.end]


def _score(both: int, found: int, wanted: int) -> Score:
    total = found + wanted
    return Score(both / max(found, 1), both / max(wanted, 1), 2 * both / max(total, 1))
