"""Project the labels of source sentences onto their translations.

Methods: alignment (known by construction, engine lexicon), markers (entities marked before they
are translated), span-match (each entity translated alone, then found again, fuzzily). A summary
counts what became of every sentence and entity.
"""

import logging
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Literal

from pydantic import Field

from clner.artifacts import write_json
from clner.errors import ClnerError
from clner.projection.alignment import by_alignment
from clner.projection.arrival import Arrival, Loss, Outcome
from clner.projection.markers import by_markers, labels
from clner.projection.span_match import by_span_match
from clner.stage import Settings, main
from clner.text.scripts import tokenise
from clner.text.sentence import Sentence, read_sentences, write_sentences
from clner.text.tags import Span, spans_of, tags_of
from clner.translation.record import TranslationRecord, read_records

log = logging.getLogger(__name__)

Method = Literal["alignment", "markers", "span-match"]

# What a record must hold for each method, and how to get it.
NEEDS: dict[Method, tuple[tuple[str, ...], str]] = {
    "alignment": (("tokens", "alignment"), "engine lexicon and form sentence"),
    "markers": (("marked",), "form marked"),
    "span-match": (("tokens", "entities"), "forms sentence and entities"),
}


class ProjectSettings(Settings):
    """How labels are projected."""

    method: Method = Field("alignment", description="alignment, markers or span-match")
    threshold: float = Field(
        0.75, gt=0, le=1, description="least similarity (0 to 1) of a place that span-match takes"
    )
    incomplete: Literal["drop", "keep"] = Field(
        "drop",
        description="what becomes of a sentence not all of whose entities arrive: dropped, or "
        "kept with the lost ones outside of any entity",
    )


@dataclass(frozen=True)
class Projection:
    """A source sentence, its target tokens, and the outcome of each of its entities in order."""

    sentence: Sentence
    spans: list[Span]
    tokens: list[str]
    outcomes: list[Outcome]
    record: TranslationRecord

    @property
    def score(self) -> float:
        """Mean score of the entities, 0 for a lost one; 1 where there is none."""
        scores = [o.score if isinstance(o, Arrival) else 0.0 for o in self.outcomes]
        return fmean(scores) if scores else 1.0

    @property
    def fault(self) -> str | None:
        """Why the sentence is not whole, or None."""
        if not self.tokens:
            return "empty translation"
        lost = any(isinstance(outcome, Loss) for outcome in self.outcomes)
        return "lost entity" if lost else None


def run(
    settings: ProjectSettings,
    *,
    target: str,
    sentences: Path,
    translations: Path,
    output: Path,
    summary: Path,
) -> None:
    """Write projected sentences to `output` and the counts to `summary`."""
    records = read_records(translations)
    projections = []
    for sentence in read_sentences(sentences):
        if sentence.tags is None:
            raise ClnerError(f"{sentences}: {sentence.id} has no tags to project")
        if sentence.id not in records:
            raise ClnerError(f"{translations}: no translation of {sentence.id}; translate again")
        record = records[sentence.id]
        _check_usable(record, settings.method, translations)
        projections.append(project(sentence, record, settings, target))
    kept = [p for p in projections if _is_kept(p, settings.incomplete)]
    counts = _counts(projections, kept)
    if not kept:
        raise ClnerError(f"{translations}: no sentence could be projected: {counts['entities']}")
    write_sentences(output, (_projected(p, settings.method, target) for p in kept))
    write_json(summary, counts)
    log.info("%s: %d of %d sentences", settings.method, len(kept), len(projections))


def _check_usable(record: TranslationRecord, method: Method, path: Path) -> None:
    fields, remedy = NEEDS[method]
    missing = [name for name in fields if getattr(record, name) is None]
    if missing:
        raise ClnerError(
            f"{path}: method {method} needs {' and '.join(missing)}, which engine {record.engine} "
            f"left out for {record.id}: translate with {remedy}, or choose another method"
        )


def project(
    sentence: Sentence, record: TranslationRecord, settings: ProjectSettings, target: str
) -> Projection:
    """Project one tagged sentence onto its translation into language `target`."""
    spans = spans_of(sentence.tags)
    if settings.method == "markers":
        expected = labels(sentence.tokens, len(spans))
        tokens, outcomes = by_markers(record.marked, expected, lambda t: tokenise(t, target))
    else:
        tokens, outcomes = record.tokens, _placed(sentence, spans, record, settings)
    return Projection(sentence, spans, tokens, outcomes, record)


def _placed(
    sentence: Sentence, spans: list[Span], record: TranslationRecord, settings: ProjectSettings
) -> list[Outcome]:
    """Where the entities are in the tokens of the plain translation."""
    if not record.tokens:
        return [Loss("empty translation")] * len(spans)
    if settings.method == "alignment":
        return by_alignment(spans, record.alignment)
    places = [span.start / len(sentence.tokens) for span in spans]
    return by_span_match(record.entities, places, record.tokens, settings.threshold)


def _is_kept(projection: Projection, incomplete: str) -> bool:
    return projection.fault is None or (incomplete == "keep" and bool(projection.tokens))


def _projected(projection: Projection, method: Method, target: str) -> Sentence:
    arrived, placed, lost = [], [], []
    for span, outcome in zip(projection.spans, projection.outcomes, strict=True):
        if isinstance(outcome, Arrival):
            arrived.append(Span(outcome.start, outcome.end, span.type))
            placed.append([span.start, span.end, outcome.start, outcome.end])
        else:
            lost.append([span.start, span.end, span.type, outcome.reason])
    origin = {
        "source_id": projection.sentence.id,
        "engine": projection.record.engine,
        "method": method,
        "score": round(projection.score, 4),
        "spans": placed,
        "lost": lost,
    }
    if method != "markers" and projection.record.alignment is not None:
        origin["alignment"] = projection.record.alignment
    tags = tags_of(arrived, len(projection.tokens))
    return Sentence(f"{projection.sentence.id}@{target}", projection.tokens, tags, origin)


def _counts(projections: list[Projection], kept: list[Projection]) -> dict:
    """Sentences and entities, in and out, by reason; the mean score is over sentences kept."""
    kept_ids = {projection.sentence.id for projection in kept}
    dropped = [p for p in projections if p.sentence.id not in kept_ids]
    outcomes = [outcome for projection in projections for outcome in projection.outcomes]
    losses = [outcome.reason for outcome in outcomes if isinstance(outcome, Loss)]
    written = [o for p in kept for o in p.outcomes if isinstance(o, Arrival)]
    return {
        "sentences": {
            "in": len(projections),
            "out": len(kept),
            "incomplete": sum(p.fault is not None for p in projections),
            "dropped": dict(Counter(projection.fault for projection in dropped)),
        },
        "entities": {
            "in": len(outcomes),
            "projected": len(outcomes) - len(losses),
            "lost": dict(Counter(losses)),
            "out": len(written),
        },
        "mean_score": round(fmean(p.score for p in kept), 4) if kept else None,
    }


if __name__ == "__main__":
    sys.exit(main(run))
