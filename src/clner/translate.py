"""Translate source sentences into a target language.

Every translation is kept in a cache, one file per pair with a part for each engine, so that no
text is translated twice: not when the sample of sentences grows, and not after a kill.
"""

import sys
from pathlib import Path

from clner.errors import ClnerError
from clner.projection.markers import mark
from clner.stage import main
from clner.text.sentence import Sentence, read_sentences
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
    cache: Path,
    output: Path,
    lexicon: Path | None = None,
) -> None:
    """Write the translations (TranslationRecord) of `sentences` to `output`, in their order."""
    if source == target:
        raise ClnerError(f"source and target are both {source}: nothing to translate")
    corpus = read_sentences(sentences)
    if set(settings.forms) != {"sentence"}:
        _check_tagged(corpus, sentences)
    engine = choose(settings, source, target, corpus, lexicon)
    with TranslationCache(cache, engine.identity) as known:
        records = translate(corpus, settings, engine, known)
    write_records(output, records)


def translate(
    corpus: list[Sentence], settings: TranslateSettings, engine: Engine, cache: TranslationCache
) -> list[TranslationRecord]:
    """Translate sentences in the forms that `settings` ask for."""
    texts = {sentence.id: _texts(sentence, settings.forms, engine) for sentence in corpus}
    flat = [text for forms in texts.values() for group in forms.values() for text in group]
    translations = translate_all(flat, engine, cache, settings.batch_size)
    return [
        _record(
            sentence.id,
            {form: [translations[t] for t in group] for form, group in texts[sentence.id].items()},
            engine,
        )
        for sentence in corpus
    ]


def _texts(sentence: Sentence, forms: list[Form], engine: Engine) -> dict[Form, list[str]]:
    tokens, spans = sentence.tokens, spans_of(sentence.tags or [])
    texts: dict[Form, list[str]] = {}
    if "sentence" in forms:
        texts["sentence"] = [engine.compose(tokens)]
    if "marked" in forms:
        texts["marked"] = [engine.compose(mark(tokens, spans))]
    if "entities" in forms:
        texts["entities"] = [engine.compose(tokens[span.start : span.end]) for span in spans]
    return texts


def _record(
    sentence_id: str, translations: dict[Form, list[Translation]], engine: Engine
) -> TranslationRecord:
    record = TranslationRecord(sentence_id, engine.name)
    if "sentence" in translations:
        [plain] = translations["sentence"]
        record.tokens, record.alignment = engine.split(plain), plain.alignment
    if "marked" in translations:
        [record.marked] = translations["marked"]
    record.entities = translations.get("entities")
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
