"""Pseudo-labels after the fact: what the filter kept, and how much of it is right.

Gold is read here only where the unlabelled text was drawn from a labelled split. Nothing that
trains or chooses sees what comes of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from clner.tagging.scores import MICRO
from clner.text.sentence import UNTRUSTED, Sentence
from clner.text.tags import Span, spans_of

NO_GOLD = "no gold: the unlabelled text has a source of its own, or diagnose.read_gold is off"


@dataclass(slots=True)
class Gold:
    """The gold tags of unlabelled sentences by their id, or the reason why there are none."""

    tags: dict[str, list[str]] = field(default_factory=dict)
    missing: str | None = None


def match_gold(unlabelled: list[Sentence], labelled: list[Sentence]) -> Gold:
    """The gold of `unlabelled` sentences, found in the split that they were drawn from.

    `es-unlabelled-17` is `es-train-17`. A split may be a sample and lack sentences; one with
    other tokens shows that the text is not from there, and none of it counts.
    """
    by_place = {_place(sentence.id): sentence for sentence in labelled}
    tags = {}
    for sentence in unlabelled:
        gold = by_place.get(_place(sentence.id))
        if gold is None or gold.tags is None:
            continue
        if gold.tokens != sentence.tokens:
            return Gold(missing=f"no gold: {gold.id} and {sentence.id} have other tokens")
        tags[sentence.id] = gold.tags
    return Gold(tags) if tags else Gold(missing="no gold: no unlabelled sentence has a label")


def _place(identity: str) -> str:
    return identity.rpartition("-")[2]


class Entity(NamedTuple):
    """A span of a sentence: its id, tokens `start` to `end` (exclusive), a type."""

    sentence: str
    start: int
    end: int
    type: str


def audit(predicted: list[Sentence], kept: list[Sentence], gold: Gold) -> dict:
    """Counts and shares of one round, for people to read.

    `predicted` are all tagged sentences, `kept` those that the filter let through. Each type, and
    `micro`, has the entities `predicted` and `kept` and the `share` kept; with gold also
    `precision` and `recall` of those kept, and of all predicted ones beside them, in 0..1 or
    None where nothing is to be divided by. An entity is kept if all of its tokens are trusted,
    and right if gold has it with the same tokens and type; both count on sentences with gold
    only. Recall is of all their gold entities, in rejected sentences too.
    """
    found = _entities((s.id, spans_of(s.tags)) for s in predicted)
    chosen = _entities((s.id, _trusted(s)) for s in kept)
    true = _entities((identity, spans_of(tags)) for identity, tags in gold.tags.items())
    types = sorted({entity.type for entity in [*found, *true]})
    by_type = {
        kind: _shares(*([e for e in own if e.type == kind] for own in (found, chosen, true)), gold)
        for kind in types
    }
    return {
        "sentences": len(predicted),
        "kept_sentences": len(kept),
        "sentences_with_gold": len(gold.tags),
        "no_gold": gold.missing,
        "types": by_type | {MICRO: _shares(found, chosen, true, gold)},
    }


def _entities(spans: Iterable[tuple[str, list[Span]]]) -> list[Entity]:
    return [Entity(identity, *span) for identity, own in spans for span in own]


def _trusted(sentence: Sentence) -> list[Span]:
    untrusted = set(sentence.origin.get(UNTRUSTED, []))
    spans = spans_of(sentence.tags)
    return [span for span in spans if untrusted.isdisjoint(range(span.start, span.end))]


def _shares(found: list[Entity], kept: list[Entity], true: list[Entity], gold: Gold) -> dict:
    shares = {"predicted": len(found), "kept": len(kept), "share": _ratio(len(kept), len(found))}
    if not gold.tags:
        return shares
    precision, recall = _precision_and_recall(kept, true, gold)
    unfiltered_precision, unfiltered_recall = _precision_and_recall(found, true, gold)
    return shares | {
        "gold": len(true),
        "precision": precision,
        "recall": recall,
        "unfiltered_precision": unfiltered_precision,
        "unfiltered_recall": unfiltered_recall,
    }


def _precision_and_recall(
    entities: list[Entity], true: list[Entity], gold: Gold
) -> tuple[float | None, float | None]:
    known = {entity for entity in entities if entity.sentence in gold.tags}
    right = len(known.intersection(true))
    return _ratio(right, len(known)), _ratio(right, len(true))


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
