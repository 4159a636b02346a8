"""Project the labels of source sentences onto their translations.

Methods: align (an entity goes where its words are aligned to, as the engine, eflomal or an
encoder says), markers (entities marked before they are translated), span-match (each entity
translated alone, then found again, fuzzily). A sentence that lacks an entity is tried again by
the fallbacks. A summary counts what became of every sentence and entity. By hand:

    python -m clner.project --source en --target es --sentences own.conll \\
      --translations es.jsonl --output own.es.conll --summary summary.json

The sentences are JSON lines or columns, and so is what comes of them, by the suffix of each file;
code-switching needs it as JSON lines.
"""

import logging
import sys
from pathlib import Path

from clner.corpora.formats import read_file, write_file
from clner.errors import ClnerError
from clner.files.artifacts import write_json
from clner.jobs.progress import progress
from clner.projection.aligners import link
from clner.projection.arrival import Loss
from clner.projection.links import word_pairs
from clner.projection.sentences import Projection, Projector, Translated, lacking
from clner.projection.settings import ProjectSettings, need_of
from clner.projection.summary import counts
from clner.stage import main
from clner.text.sentence import Sentence
from clner.text.tags import Span, spans_of, tags_of
from clner.translation.record import TranslationRecord, read_records

log = logging.getLogger(__name__)


def run(
    settings: ProjectSettings,
    *,
    source: str,
    target: str,
    sentences: Path,
    translations: Path,
    output: Path,
    summary: Path,
    lexicon: Path | None = None,
    encoder: Path | None = None,
) -> None:
    """Write projected sentences to `output` and the counts to `summary`."""
    corpus = read_file(sentences, source)
    records = read_records(translations)
    for sentence in corpus:
        if sentence.tags is None:
            raise ClnerError(f"{sentences}: {sentence.id} has no tags to project")
        if sentence.id not in records:
            raise ClnerError(f"{translations}: no translation of {sentence.id}; translate again")
        _check_usable(sentence, records[sentence.id], settings, translations)
    translated = [Translated(s, spans_of(s.tags), records[s.id]) for s in corpus]
    if settings.finds_links:
        translated = _linked(translated, settings, source, target, lexicon, encoder, str(output))
    projector = Projector(settings, source, target)
    projections = []
    with progress(output, len(translated), "sentences") as advance:
        for each in translated:
            projections.append(projector.project(each))
            advance(1)
    kept = [p for p in projections if _is_kept(p, settings.incomplete)]
    numbers = counts(projections, kept)
    if not kept:
        raise ClnerError(f"{translations}: no sentence could be projected: {numbers['entities']}")
    write_file(output, (_projected(p, target) for p in kept))
    write_json(summary, numbers)
    log.info("%s: %d of %d sentences", settings.method, len(kept), len(projections))


def _check_usable(
    sentence: Sentence, record: TranslationRecord, settings: ProjectSettings, path: Path
) -> None:
    if record.source not in (None, sentence.digest()):
        raise ClnerError(
            f"{path}: a translation of other tokens or tags than {sentence.id} has; translate again"
        )
    if missing := lacking(record, settings.method, settings.aligner):
        _, remedy = need_of(settings.method, settings.aligner)
        raise ClnerError(
            f"{path}: method {settings.method} needs {' and '.join(missing)}, which engine "
            f"{record.engine} left out for {record.id}: translate with {remedy}, or choose another "
            "method"
        )
    entities = len(spans_of(sentence.tags))
    if any(own is not None and len(own) != entities for own in (record.marks, record.entities)):
        raise ClnerError(
            f"{path}: a translation of other entities than {sentence.id} has; translate again"
        )


def _linked(
    translated: list[Translated],
    settings: ProjectSettings,
    source: str,
    target: str,
    lexicon: Path | None,
    encoder: Path | None,
    job: str,
) -> list[Translated]:
    """The same with their word links; all are aligned in one go."""
    pairs = [(each.sentence.tokens, each.record.tokens or []) for each in translated]
    links = link(pairs, settings, source, target, lexicon, encoder, job)
    return [each._replace(links=own) for each, own in zip(translated, links, strict=True)]


def _is_kept(projection: Projection, incomplete: str) -> bool:
    return projection.fault is None or (incomplete == "keep" and bool(projection.tokens))


def _projected(projection: Projection, target: str) -> Sentence:
    """The target sentence, and in its `origin` where it and each entity came from.

    `lost` has all that became no entity, also what arrived but is no name there.
    """
    sentence, spans, record, links = projection.of
    arrived, placed, lost = [], [], []
    for span, outcome in zip(spans, projection.outcomes, strict=True):
        if isinstance(outcome, Loss):
            lost.append([span.start, span.end, span.type, outcome.reason])
        elif outcome.name:
            arrived.append(Span(outcome.start, outcome.end, span.type))
            placed.append([span.start, span.end, outcome.start, outcome.end])
        else:
            lost.append([span.start, span.end, span.type, "uncapitalised"])
    origin = {
        "source_id": sentence.id,
        "engine": record.engine,
        "method": "+".join(projection.methods),
        "score": round(projection.score, 4),
        "spans": placed,
        "lost": lost,
    }
    alignment = record.alignment if links is None else word_pairs(links)
    if alignment is not None and projection.tokens == record.tokens:
        origin["alignment"] = alignment
    tags = tags_of(arrived, len(projection.tokens))
    return Sentence(f"{sentence.id}@{target}", projection.tokens, tags, origin)


if __name__ == "__main__":
    sys.exit(main(run))
