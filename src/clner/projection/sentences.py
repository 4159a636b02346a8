"""The projection of one sentence: by one method, and by the next where an entity is lost."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import fmean
from typing import NamedTuple

import numpy as np

from clner.projection.arrival import Arrival, Loss, Outcome, overlap
from clner.projection.blocks import by_blocks
from clner.projection.edges import Edges
from clner.projection.likeness import Name
from clner.projection.links import by_links
from clner.projection.markers import by_pairs, by_tags
from clner.projection.placeholders import by_placeholders
from clner.projection.settings import Aligner, Method, ProjectSettings, need_of
from clner.projection.span_match import by_span_match
from clner.text.casing import loses_capitals
from clner.text.scripts import tokenise
from clner.text.sentence import Sentence
from clner.text.tags import Span
from clner.translation.record import TranslationRecord

_EMPTY = Loss("empty translation")


class Translated(NamedTuple):
    """A source sentence, its entities, its translation, and the word links of both (K, 2)."""

    sentence: Sentence
    spans: list[Span]
    record: TranslationRecord
    links: np.ndarray | None = None


@dataclass(frozen=True)
class Projection:
    """The target tokens of a sentence, the outcome of each entity in order, and what placed them.

    `methods` begins with the method whose tokens these are; those follow that placed an entity
    which it had lost.
    """

    of: Translated
    tokens: list[str]
    outcomes: list[Outcome]
    methods: tuple[Method, ...]

    @property
    def score(self) -> float:
        """Mean score of the entities, 0 for a lost one; 1 where there is none."""
        scores = [o.score if isinstance(o, Arrival) else 0.0 for o in self.outcomes]
        return fmean(scores) if scores else 1.0

    @property
    def lost(self) -> int:
        """How many entities are lost."""
        return sum(isinstance(outcome, Loss) for outcome in self.outcomes)

    @property
    def fault(self) -> str | None:
        """Why the sentence is not whole, or None."""
        if not self.tokens:
            return "empty translation"
        return "lost entity" if self.lost else None


class Projector:
    """Projects sentences of one language pair."""

    def __init__(self, settings: ProjectSettings, source: str, target: str):
        self._settings = settings
        self._target = target
        self._edges = Edges(source, target)

    def project(self, translated: Translated) -> Projection:
        """Project by the settings' method, then by its fallbacks while an entity is lost.

        A fallback that the record lacks the fields for is skipped.
        """
        first, *others = self._settings.methods
        best = self._by(first, translated)
        for method in others:
            if best.fault is None:
                break
            if not lacking(translated.record, method, self._settings.aligner):
                best = _better(best, self._by(method, translated))
        return _judged(best) if self._settings.capitals == "required" else best

    def _by(self, method: Method, translated: Translated) -> Projection:
        place: dict[Method, Callable] = {
            "align": self._align,
            "markers": self._read_markers,
            "span-match": self._match,
        }
        tokens, outcomes = place[method](translated)
        if not tokens:
            outcomes = [_EMPTY] * len(translated.spans)
        return Projection(translated, tokens, outcomes, (method,))

    def _align(self, translated: Translated) -> tuple[list[str], list[Outcome]]:
        spans, tokens = translated.spans, translated.record.tokens
        source, rules = translated.sentence.tokens, self._settings.links
        if translated.links is None:
            outcomes = by_blocks(spans, translated.record.alignment)
            if rules.trim:
                outcomes = [
                    self._edges.trim(outcome, tokens, source[span.start : span.end])
                    for span, outcome in zip(spans, outcomes, strict=True)
                ]
            return tokens, outcomes
        return tokens, by_links(spans, translated.links, source, tokens, self._edges, rules)

    def _match(self, translated: Translated) -> tuple[list[str], list[Outcome]]:
        record, length = translated.record, len(translated.sentence.tokens)
        places = [span.start / length for span in translated.spans]
        threshold = self._settings.threshold
        return record.tokens, by_span_match(record.entities, places, record.tokens, threshold)

    def _read_markers(self, translated: Translated) -> tuple[list[str], list[Outcome]]:
        record, source = translated.record, translated.sentence.tokens
        cut = _cut_at_spaces if record.tokenwise else self._tokenise
        if not record.marks:
            return cut(record.marked), []
        first, *closing = record.marks[0]
        if not closing:
            words = [word for [word] in record.marks]
            return by_placeholders(record.marked, words, record.entities, cut)
        if first.startswith("<"):
            return by_tags(record.marked, record.marks, " ".join(source), cut)
        own = [" ".join(source[span.start : span.end]) for span in translated.spans]
        # An entity that was copied tells nothing of what the engine made of it in its sentence.
        names = [
            Name(name, translation if translation not in ("", name) else None)
            for name, translation in zip(own, record.entities or [""] * len(own), strict=True)
        ]
        return by_pairs(record.marked, record.marks[0], names, self._settings.threshold, cut)

    def _tokenise(self, text: str) -> list[str]:
        return tokenise(text, self._target)


def _cut_at_spaces(text: str) -> list[str]:
    """The tokens of `text`, which is tokens already; another kind of space belongs to one."""
    return [token for token in text.split(" ") if token]


def lacking(record: TranslationRecord, method: Method, aligner: Aligner) -> list[str]:
    """The fields of a record that `method` needs and does not find."""
    fields, _ = need_of(method, aligner)
    if method == "markers" and record.marks and len(record.marks[0]) == 1:
        fields = (*fields, "entities")  # they fill the placeholders
    return [name for name in fields if getattr(record, name) is None]


def _judged(projection: Projection) -> Projection:
    """The same where what has lost its capitals on the way is no name."""
    source = projection.of.sentence.tokens
    outcomes = [
        outcome._replace(name=not loses_capitals(source[span.start : span.end], found))
        if (found := _found(projection.tokens, outcome))
        else outcome
        for span, outcome in zip(projection.of.spans, projection.outcomes, strict=True)
    ]
    return replace(projection, outcomes=outcomes)


def _found(tokens: list[str], outcome: Outcome) -> list[str]:
    """The tokens of a place; none of a loss."""
    return tokens[outcome.start : outcome.end] if isinstance(outcome, Arrival) else []


def _better(best: Projection, other: Projection) -> Projection:
    """`best` with what `other` found besides, or `other` where its text is another and loses less.

    What `best` has stays as it is, and nothing is put where it has something already.
    """
    if other.tokens != best.tokens:
        gains = bool(other.tokens) and (not best.tokens or other.lost < best.lost)
        return other if gains else best
    outcomes = list(best.outcomes)
    for number, found in enumerate(other.outcomes):
        taken = (outcome for outcome in outcomes if isinstance(outcome, Arrival))
        is_new = isinstance(found, Arrival) and isinstance(outcomes[number], Loss)
        if is_new and not any(overlap(found, place) for place in taken):
            outcomes[number] = found
    if outcomes == best.outcomes:
        return best
    return replace(best, outcomes=outcomes, methods=(*best.methods, *other.methods))
