"""Translate source sentences into a target language.

Every translation is kept in a memory, one file per pair with a part for each engine, so that no
text is translated twice: not when the sample of sentences grows, and not after a kill.
"""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field

from clner.errors import ClnerError
from clner.projection.markers import mark
from clner.stage import Settings, main
from clner.text.sentence import Sentence, read_sentences
from clner.text.tags import spans_of
from clner.translation.engines import Engine, lexicon_engine, model_engine
from clner.translation.lexicon import read_lexicon
from clner.translation.memory import TranslationMemory, translate_all
from clner.translation.record import Translation, TranslationRecord, write_records

Form = Literal["sentence", "marked", "entities"]


class TranslateSettings(Settings):
    """What to translate, and with what."""

    engine: str = Field(
        "lexicon",
        description="lexicon (dictionary look-up), an EasyNMT model (opus-mt, m2m_100_418M, "
        "m2m_100_1.2B, mbart50_m2m, ...), or the path of a local model directory",
    )
    forms: list[Form] = Field(
        ["sentence"],
        min_length=1,
        description="what is translated: the sentence, the sentence with its entities marked, "
        "and each of its entities alone; projection by markers needs marked, span-match needs "
        "sentence and entities",
    )
    batch_size: int = Field(64, ge=1, description="texts per call of the engine")
    beam_size: int = Field(5, ge=1, description="beams of a neural engine; 1 is greedy")
    language_codes: dict[str, str] = Field(
        {},
        description="a Hugging Face checkpoint's own language codes where they are not ISO's, "
        'for example {"en": "en_XX", "es": "es_XX"}',
    )
    lexicon_choice: Literal["first", "random"] = Field(
        "first", description="which of a phrase's translations the lexicon engine takes"
    )
    seed: int = Field(0, ge=0, description="of random choices; each depends on the text as well")


def run(
    settings: TranslateSettings,
    *,
    source: str,
    target: str,
    sentences: Path,
    memory: Path,
    output: Path,
    lexicon: Path | None = None,
) -> None:
    """Write the translations (TranslationRecord) of `sentences` to `output`, in their order."""
    if source == target:
        raise ClnerError(f"source and target are both {source}: nothing to translate")
    corpus = read_sentences(sentences)
    if set(settings.forms) != {"sentence"}:
        _check_tagged(corpus, sentences)
    engine = _engine(settings, source, target, corpus, lexicon)
    with TranslationMemory(memory, engine.identity) as known:
        records = translate(corpus, settings, engine, known)
    write_records(output, records)


def translate(
    corpus: list[Sentence], settings: TranslateSettings, engine: Engine, memory: TranslationMemory
) -> list[TranslationRecord]:
    """Translate sentences in the forms that `settings` ask for."""
    texts = {sentence.id: _texts(sentence, settings.forms, engine) for sentence in corpus}
    flat = [text for forms in texts.values() for group in forms.values() for text in group]
    translations = translate_all(flat, engine, memory, settings.batch_size)
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


def _engine(
    settings: TranslateSettings, source: str, target: str, corpus: list[Sentence], path: Path | None
) -> Engine:
    if settings.engine != "lexicon":
        codes = settings.language_codes
        return model_engine(settings.engine, source, target, settings.beam_size, codes)
    if path is None:
        raise ClnerError("engine lexicon needs a dictionary: give --lexicon FILE")
    lexicon = read_lexicon(path, corpus)
    return lexicon_engine(lexicon, path, source, target, settings.lexicon_choice, settings.seed)


if __name__ == "__main__":
    sys.exit(main(run))
