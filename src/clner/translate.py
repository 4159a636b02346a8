"""Translate source sentences into a target language.

Every translation is kept in a cache, one file per pair with a part for each engine, so that no
text is translated twice: not when the sample of sentences grows, and not after a kill. By hand:

    python -m clner.translate --source en --target es --sentences news.txt --output es.jsonl \\
      --engine apertium

The sentences are JSON lines as the other stages write them, columns (.conll), or running text, a
sentence a line (.txt).
"""

import sys
from pathlib import Path

from clner.corpora.formats import read_file
from clner.errors import ClnerError
from clner.projection.marking import mark, marks_for
from clner.stage import main
from clner.text.sentence import Sentence
from clner.text.tags import spans_of
from clner.translation.cache import TranslationCache, translate_all
from clner.translation.engines.choice import choose
from clner.translation.engines.engine import Engine
from clner.translation.record import Translation, TranslationRecord, write_records
from clner.translation.settings import Form, TranslateSettings


def run(
    settings: TranslateSettings,
    *,
    source: str,
    target: str,
    sentences: Path,
    output: Path,
    cache: Path | None = None,
    lexicon: Path | None = None,
    casing: list[Path] | None = None,
) -> None:
    """Write the translations (TranslationRecord) of `sentences` to `output`, in their order.

    `cache` is a file beside the output where none is given. The engine lexicon reads `lexicon`, a
    dictionary, and `casing`, sentences that show how the target language uses capitals.
    """
    if source == target:
        raise ClnerError(f"source and target are both {source}: nothing to translate")
    corpus = read_file(sentences, source)
    if set(settings.forms) != {"sentence"}:
        _check_tagged(corpus, sentences)
    engines = choose(settings, source, target, corpus, lexicon, casing or [])
    shares = [settings.share(sentence.id, len(engines)) for sentence in corpus]
    cache = cache or output.with_name(f"{output.name}.cache.sqlite")
    records: dict[str, TranslationRecord] = {}
    for number, engine in enumerate(engines):
        own = [sentence for sentence, n in zip(corpus, shares, strict=True) if n == number]
        with TranslationCache(cache, engine.identity) as known:
            made = translate(own, settings, engine, known, str(output))
            records |= {record.id: record for record in made}
    if not any(record.has_text for record in records.values()):
        raise ClnerError(
            f"{sentences}: no translation of any of its {len(corpus)} sentences; give an engine "
            "that has translations of these texts"
        )
    write_records(output, (records[sentence.id] for sentence in corpus))


def translate(
    corpus: list[Sentence],
    settings: TranslateSettings,
    engine: Engine,
    cache: TranslationCache,
    job: str = "translation",
) -> list[TranslationRecord]:
    """Translate sentences in the forms that `settings` ask for; `job` names them in progress."""
    texts = {sentence.id: _texts(sentence, settings, engine) for sentence in corpus}
    flat = [text for forms in texts.values() for group in forms.values() for text in group]
    translations = translate_all(flat, engine, cache, settings.batch_size, job)
    return [
        _record(
            sentence,
            {form: [translations[t] for t in group] for form, group in texts[sentence.id].items()},
            settings,
            engine,
        )
        for sentence in corpus
    ]


def _texts(
    sentence: Sentence, settings: TranslateSettings, engine: Engine
) -> dict[Form, list[str]]:
    """What the engine is to translate, by form."""
    tokens, spans = engine.usual_case(sentence.tokens), spans_of(sentence.tags or [])
    texts: dict[Form, list[str]] = {}
    if "sentence" in settings.forms:
        texts["sentence"] = [engine.compose(tokens)]
    if "marked" in settings.forms:
        marks = marks_for(sentence.tokens, len(spans), settings.markers)
        texts["marked"] = [engine.compose(mark(tokens, spans, marks))]
    if "entities" in settings.forms:
        texts["entities"] = [
            engine.compose(tokens[span.start : span.end])
            for span in spans
            if span.type not in settings.copied
        ]
    return texts


def _record(
    sentence: Sentence,
    translations: dict[Form, list[Translation]],
    settings: TranslateSettings,
    engine: Engine,
) -> TranslationRecord:
    tokens, spans = sentence.tokens, spans_of(sentence.tags or [])
    record = TranslationRecord(
        sentence.id, engine.name, tokenwise=engine.tokenwise, source=sentence.digest()
    )
    if "sentence" in translations:
        [plain] = translations["sentence"]
        record.tokens = engine.split(engine.as_written(plain, tokens))
        record.alignment = plain.alignment
    if "marked" in translations:
        [marked] = translations["marked"]
        record.marked = engine.as_written(marked, tokens)
        record.marks = marks_for(tokens, len(spans), settings.markers)
    if "entities" in translations:
        translated = iter(translations["entities"])
        record.entities = [
            engine.compose(tokens[span.start : span.end])
            if span.type in settings.copied
            else engine.as_written(next(translated), tokens)
            for span in spans
        ]
    return record


def _check_tagged(corpus: list[Sentence], path: Path) -> None:
    untagged = next((sentence.id for sentence in corpus if sentence.tags is None), None)
    if untagged:
        raise ClnerError(
            f"{path}: {untagged} has no tags, so its entities cannot be marked or translated; "
            'use forms ["sentence"]'
        )


if __name__ == "__main__":
    sys.exit(main(run))
