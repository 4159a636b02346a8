"""Measure label projection on gold: English labels onto German and Spanish sentences.

    python -m bench.label_projection ../shared/data

The Europarl sentences of ner/europarl are parallel, and labelled by hand in each language. The
labels of the English ones are projected onto the others and compared with theirs: entities with
the same edges and type. Markers cannot be measured so, as nothing is translated. Sentences 1 to
400 were looked at when the rules were made, 401 to 799 were not. The ceiling is what perfect edges
would score: entities of a type that both annotators see in a sentence.

With --news: the news of parallel/news.{es,nl}-en are sentences of CoNLL, their English machine
translation, and which entity of one is which of the other. Entities of the English text are
projected onto the sentences, and compared by their edges.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from bench.projection_gold import Gold, agreement, ceiling, errors, europarl, news
from clner.lexicons.lexicon import read_lexicon
from clner.projection.aligners import link
from clner.projection.arrival import Arrival, Loss
from clner.projection.sentences import Projector, Translated
from clner.projection.settings import ProjectSettings
from clner.stage import read_settings
from clner.text.sentence import Sentence
from clner.text.tags import Span, spans_of
from clner.translation.engines.lexicon import LexiconEngine
from clner.translation.record import TranslationRecord

PARALLEL = {
    "de": ["flores-reference.en-de.tsv"],
    "es": ["wmt-news.en-es.tsv", "flores-reference.en-es.tsv"],
    "nl": ["flores-reference.en-nl.tsv"],
}
SEEN = 400
MATCH = {"fallback": ["span-match"]}
BEST = "eflomal, parallel, lexicon; span-match"
WITHOUT = {
    "trimming": {"trim": False},
    "growing": {"grow": False},
    "either": {"trim": False, "grow": False},
}


class Labels(NamedTuple):
    """Projected entities by sentence, and why others were lost."""

    spans: list[list[Span]]
    losses: Counter


def europarl_labels(data: Path, gold: Gold) -> Iterator[tuple[str, Labels]]:
    """Each way to project, by name."""
    lexicon = data / "dictionaries" / f"en-{gold.target}.tsv"
    copies = [_texts(sentence) for sentence in gold.source]
    entities = translated_entities(gold, lexicon)
    parallel = [data / "parallel" / name for name in PARALLEL[gold.target]]
    match = ProjectSettings(method="span-match")
    yield "span-match of copies", project(gold, match, copies)
    yield "span-match, lexicon", project(gold, match, entities)
    yield "eflomal", project(gold, _eflomal(), entities, aligned(gold, [], None))
    links = aligned(gold, parallel, lexicon)
    yield "eflomal, parallel, lexicon", project(gold, _eflomal(), entities, links)
    for name, rules in WITHOUT.items():
        yield f"  without {name}", project(gold, _eflomal(links=rules), entities, links)
    yield BEST, project(gold, _eflomal(**MATCH), entities, links)
    more = aligned(gold, parallel, lexicon, symmetrisation="grow-diag")
    yield "  grow-diag", project(gold, _eflomal(**MATCH), entities, more)


def _eflomal(**settings: object) -> ProjectSettings:
    return read_settings(ProjectSettings, {"aligner": "eflomal", **settings}, "project")


def aligned(
    gold: Gold, parallel: list[Path], lexicon: Path | None, symmetrisation: str = "intersection"
) -> list[np.ndarray]:
    """Word links by eflomal, which learns from the `parallel` files and `lexicon` too."""
    with TemporaryDirectory() as folder:
        joined = Path(folder) / "parallel.tsv"
        joined.write_bytes(b"".join(path.read_bytes() for path in parallel))
        own = {"symmetrisation": symmetrisation, "parallel": str(joined) if parallel else None}
        return link(gold.pairs, _eflomal(eflomal=own), "en", gold.target, lexicon, None, "gold")


def translated_entities(gold: Gold, lexicon: Path) -> list[list[str]]:
    """The entities of each source sentence, word by word by the dictionary."""
    engine = LexiconEngine(read_lexicon(lexicon, gold.source))
    return [
        [str(text) for text in engine.translate_sentences(_texts(sentence), "en", gold.target)]
        for sentence in gold.source
    ]


def _texts(sentence: Sentence) -> list[str]:
    return [" ".join(sentence.tokens[span.start : span.end]) for span in spans_of(sentence.tags)]


def project(
    gold: Gold,
    settings: ProjectSettings,
    entities: list[list[str]],
    links: list[np.ndarray] | None = None,
) -> Labels:
    """Project the labels of all sentences."""
    projector = Projector(settings, "en", gold.target)
    labels = Labels([], Counter())
    for number, (sentence, tokens) in enumerate(zip(gold.source, gold.tokens, strict=True)):
        spans = spans_of(sentence.tags)
        record = TranslationRecord(sentence.id, "gold", tokens, entities=entities[number])
        own = links[number] if links else None
        outcomes = projector.project(Translated(sentence, spans, record, own)).outcomes
        placed = zip(spans, outcomes, strict=True)
        arrived = [Span(o.start, o.end, s.type) for s, o in placed if isinstance(o, Arrival)]
        labels.spans.append(arrived)
        labels.losses.update(o.reason for o in outcomes if isinstance(o, Loss))
    return labels


def show_europarl(data: Path, target: str) -> None:
    gold = europarl(data, target)
    parts = {
        "1-400": range(SEEN),
        "401-799": range(SEEN, len(gold.source)),
        "all": range(len(gold.source)),
    }
    print(f"\nen-{target}{'':36}" + "".join(f"P, R, F1 of {part:<12}" for part in parts))
    print(_line("ceiling", [ceiling(gold, numbers) for numbers in parts.values()]))
    for name, labels in europarl_labels(data, gold):
        scores = [agreement(gold, labels.spans, numbers) for numbers in parts.values()]
        print(_line(name, scores), flush=True)
        if name == BEST:
            for kind in ("PER", "LOC", "ORG", "MISC"):
                scores = [agreement(gold, labels.spans, own, kind) for own in parts.values()]
                print(_line(f"  {kind}", scores))
            print(f"  lost: {dict(labels.losses)}")
            print(f"  wrong: {dict(errors(gold, labels.spans, parts['all']))}")


def show_news(data: Path, target: str) -> None:
    gold = news(data, target)
    numbers = range(len(gold.source))
    lexicon = data / "dictionaries" / f"en-{target}.tsv"
    parallel = [data / "parallel" / name for name in PARALLEL[target]]
    entities = translated_entities(gold, lexicon)
    print(f"\nnews en-{target}{'':31}P, R, F1 of {len(numbers)} sentences")
    labels = project(gold, ProjectSettings(method="span-match"), entities)
    print(_line("span-match, lexicon", [agreement(gold, labels.spans, numbers)]))
    links = aligned(gold, parallel, lexicon)
    for name, own in {BEST.partition(";")[0]: {}, BEST: MATCH}.items():
        labels = project(gold, _eflomal(**own), entities, links)
        print(_line(name, [agreement(gold, labels.spans, numbers)]), flush=True)
    print(f"  lost: {dict(labels.losses)}")


def _line(name: str, scores: list) -> str:
    return f"{name:<41}" + "   ".join(map(str, scores))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.label_projection", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("data", type=Path, help="folder with ner, parallel and dictionaries")
    parser.add_argument("--news", action="store_true", help="measure on the news as well")
    options = parser.parse_args(arguments)
    for target in ("de", "es"):
        show_europarl(options.data, target)
    for target in ("es", "nl") if options.news else ():
        show_news(options.data, target)


if __name__ == "__main__":
    main()
