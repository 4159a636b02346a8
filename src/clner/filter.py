"""Choose which of a model's predictions on target text become pseudo-labels.

Reads stored distributions, so a changed threshold costs seconds. The confidence of an entity is
the smallest probability among its tags, or among its cells of a grid; that of a sentence the
smallest among all of its tags [ours]. An entity's agreement is the share of the teachers, or of the
views of the text, that find it in the same place with the same type.
"""

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from clner.corpora.sampling import draw
from clner.errors import ClnerError
from clner.files.artifacts import write_json
from clner.stage import Settings, main
from clner.tagging.predictions import Predictions, read_predictions
from clner.text.sentence import UNTRUSTED, Sentence, write_sentences
from clner.text.tags import Span, spans_of

ENTITY_CRITERIA = ("entity_confidence", "entity_agreement", "top_fraction")
ROUNDING = 1e-6
"""Seven of ten views are stored as 0.69999999, and are to pass 0.7."""


class FilterSettings(Settings):
    """Criteria; the defaults let everything through."""

    fraction: float = Field(
        1.0,
        gt=0,
        le=1,
        description="share of the unlabelled sentences that are considered at all; a larger one "
        "contains a smaller one",
    )
    seed: int = Field(0, ge=0, description="which sentences these are")
    sentence_confidence: float = Field(
        0.0, ge=0, le=1, description="least confidence of a sentence"
    )
    entity_confidence: float = Field(0.0, ge=0, le=1, description="least confidence of an entity")
    entity_agreement: float = Field(
        0.0,
        ge=0,
        le=1,
        description="least share of the pooled teachers (and of what they find in the text's "
        "translation), or of the code-switched views, that find an entity",
    )
    top_fraction: float = Field(
        1.0, gt=0, le=1, description="share of each type's entities kept, the most confident ones"
    )
    max_entities: int | None = Field(None, ge=0, description="entities a sentence at most")
    max_tokens: int | None = Field(None, ge=1, description="tokens a sentence at most")
    rejected: Literal["sentence", "tokens"] = Field(
        "tokens", description="a rejected entity takes with it: its whole sentence, or its tokens"
    )


@dataclass(slots=True)
class Candidate:
    """A tagged sentence on its way through the filter."""

    sentence: Sentence
    spans: list[Span]
    entity_confidence: np.ndarray
    """(number of spans,) float in 0..1."""
    entity_agreement: np.ndarray
    """(number of spans,) float in 0..1."""
    sentence_confidence: float
    rejected: dict[int, str] = field(default_factory=dict)
    """Of the entities rejected so far: position in `spans`, and the criterion."""


def run(settings: FilterSettings, *, predictions: Path, output: Path, summary: Path) -> None:
    """Write the pseudo-labelled sentences and a summary of what each criterion rejected.

    Raises ClnerError where nothing is left.
    """
    candidates = candidates_of(read_predictions(predictions))
    candidates = draw(candidates, ceil(settings.fraction * len(candidates)), settings.seed)
    kept, counts = select(candidates, settings)
    if not kept:
        raise ClnerError(
            f"{predictions}: the filter rejected all {len(candidates)} sentences ("
            + ", ".join(f"{name}: {n}" for name, n in counts["rejected_sentences"].items())
            + "); loosen its settings"
        )
    write_sentences(output, map(_pseudo_labelled, kept))
    write_json(summary, counts)


def candidates_of(predictions: Predictions) -> list[Candidate]:
    """Each predicted sentence with its entities and their confidence."""
    index = {name: number for number, name in enumerate(predictions.tag_names)}
    candidates = []
    rows = zip(
        predictions.ids,
        predictions.tokens,
        predictions.tags,
        predictions.probabilities,
        predictions.spans,
        predictions.agreement,
        strict=True,
    )
    for identity, tokens, tags, probabilities, scored, agreed in rows:
        chosen = probabilities[np.arange(len(tags)), [index[tag] for tag in tags]]
        spans = spans_of(tags)
        found = {
            span[:3]: (span.confidence, agreement)
            for span, agreement in zip(scored, agreed, strict=True)
        }
        own = np.array([found[span] for span in spans]).reshape(-1, 2)
        sentence = Sentence(identity, tokens, tags)
        candidates.append(Candidate(sentence, spans, *own.T, float(chosen.min())))
    return candidates


def select(
    candidates: list[Candidate], settings: FilterSettings
) -> tuple[list[Candidate], dict[str, object]]:
    """The candidates that pass, and counts by criterion.

    Entity criteria look at all candidates; an entity or a sentence is counted under the first
    criterion that rejects it.
    """
    _reject_entities(candidates, settings)
    kept, reasons = [], Counter()
    for candidate in candidates:
        reason = _fault(candidate, settings)
        if reason is None:
            kept.append(candidate)
        else:
            reasons[reason] += 1
    return kept, _summary(candidates, kept, reasons)


def _reject_entities(candidates: list[Candidate], settings: FilterSettings) -> None:
    """Mark entities under a threshold, and those outside the top fraction of their type."""
    by_type: dict[str, list[tuple[float, int, int]]] = {}
    agreement = settings.entity_agreement - ROUNDING
    for number, candidate in enumerate(candidates):
        for position, span in enumerate(candidate.spans):
            confidence = float(candidate.entity_confidence[position])
            by_type.setdefault(span.type, []).append((confidence, number, position))
    for entities in by_type.values():
        entities.sort(key=lambda entity: (-entity[0], *entity[1:]))
        limit = int(np.ceil(settings.top_fraction * len(entities)))
        for rank, (confidence, number, position) in enumerate(entities):
            if confidence < settings.entity_confidence:
                candidates[number].rejected[position] = "entity_confidence"
            elif candidates[number].entity_agreement[position] < agreement:
                candidates[number].rejected[position] = "entity_agreement"
            elif rank >= limit:
                candidates[number].rejected[position] = "top_fraction"


def _fault(candidate: Candidate, settings: FilterSettings) -> str | None:
    """The first criterion that rejects the whole sentence, if any."""
    if settings.max_tokens is not None and len(candidate.sentence.tokens) > settings.max_tokens:
        return "max_tokens"
    if settings.max_entities is not None and len(candidate.spans) > settings.max_entities:
        return "max_entities"
    if candidate.sentence_confidence < settings.sentence_confidence:
        return "sentence_confidence"
    if settings.rejected == "sentence" and candidate.rejected:
        return "rejected_entity"
    return None


def _summary(
    candidates: list[Candidate], kept: list[Candidate], reasons: Counter
) -> dict[str, object]:
    def rejected_by(criterion: str) -> dict[str, int]:
        return _types(
            candidate.spans[position]
            for candidate in candidates
            for position, reason in candidate.rejected.items()
            if reason == criterion
        )

    return {
        "sentences": len(candidates),
        "kept_sentences": len(kept),
        "rejected_sentences": dict(sorted(reasons.items())),
        "entities": _types(span for candidate in candidates for span in candidate.spans),
        "rejected_entities": {criterion: rejected_by(criterion) for criterion in ENTITY_CRITERIA},
        "kept_entities": _types(
            span
            for candidate in kept
            for position, span in enumerate(candidate.spans)
            if position not in candidate.rejected
        ),
    }


def _types(spans: Iterable[Span]) -> dict[str, int]:
    """How many there are of each type."""
    return dict(sorted(Counter(span.type for span in spans).items()))


def _pseudo_labelled(candidate: Candidate) -> Sentence:
    origin: dict[str, object] = {"confidence": round(candidate.sentence_confidence, 6)}
    untrusted = sorted(
        token
        for position in candidate.rejected
        for token in range(candidate.spans[position].start, candidate.spans[position].end)
    )
    if untrusted:
        origin[UNTRUSTED] = untrusted
    sentence = candidate.sentence
    return Sentence(sentence.id, sentence.tokens, sentence.tags, origin)


if __name__ == "__main__":
    sys.exit(main(run))
