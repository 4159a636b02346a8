"""The engines that a setting names."""

from dataclasses import replace
from pathlib import Path

from clner.corpora.formats import read_file
from clner.errors import ClnerError
from clner.files.inputs import expand
from clner.lexicons.lexicon import read_lexicon
from clner.text.casing import Truecaser
from clner.text.sentence import Sentence
from clner.translation.engines.apertium import apertium_engine
from clner.translation.engines.converted import converted_engine
from clner.translation.engines.engine import Engine
from clner.translation.engines.lexicon import lexicon_engine
from clner.translation.engines.memory import memory_engine, memory_file
from clner.translation.engines.models import model_engine
from clner.translation.engines.pivot import pivot_engine
from clner.translation.settings import TranslateSettings


def choose(
    settings: TranslateSettings,
    source: str,
    target: str,
    corpus: list[Sentence],
    lexicon: Path | None,
    casing: list[Path],
) -> list[Engine]:
    """The engines of `settings` for a pair, to translate `corpus`.

    `lexicon` is the dictionary of the engine of that name, `casing` files of sentences that show
    it how the target language uses capitals. Raises ClnerError where an engine lacks the pair.
    """
    return [
        _lexicon_engine(settings, source, target, corpus, lexicon, casing)
        if name == "lexicon"
        else _engine(name, settings, source, target, corpus)
        for name in settings.engines(source, target)
    ]


def _lexicon_engine(
    settings: TranslateSettings,
    source: str,
    target: str,
    corpus: list[Sentence],
    lexicon: Path | None,
    casing: list[Path],
) -> Engine:
    if lexicon is None:
        raise ClnerError("engine lexicon needs a dictionary: give --lexicon FILE")
    shown = (sentence.tokens for path in casing for sentence in read_file(path, target))
    truecaser = Truecaser.from_sentences(shown, target)
    words = read_lexicon(lexicon, corpus, source, truecaser)
    choice, seed = settings.lexicon_choice, settings.seed
    return lexicon_engine(words, lexicon, source, target, choice, seed, casing)


def _engine(
    name: str, settings: TranslateSettings, source: str, target: str, corpus: list[Sentence]
) -> Engine:
    """Any engine but the lexicon's; through another language, if the settings say so."""
    pivot = settings.pivots.get(target)
    if pivot is None:
        engine = _direct(name, settings, source, target)
    else:
        first = _direct(name, settings, source, pivot)
        engine = pivot_engine(first, _direct(name, settings, pivot, target))
    if name.startswith(("apertium", "memory:")):
        return engine
    truecaser = Truecaser.from_sentences((sentence.tokens for sentence in corpus), source)
    return replace(engine, truecaser=truecaser)


def _direct(name: str, settings: TranslateSettings, source: str, target: str) -> Engine:
    beam_size, codes = settings.beam_size, settings.language_codes
    kind, _, argument = name.partition(":")
    if name == "apertium":
        return apertium_engine(source, target)
    if kind == "memory":
        return memory_engine(memory_file(argument, source, target), source, target, settings.forms)
    if kind == "ctranslate2":
        model = str(expand(argument, "translate.engine"))
        return converted_engine(model, source, target, beam_size, codes, settings.batch_size)
    model = str(expand(name, "translate.engine"))
    return model_engine(model, source, target, beam_size, codes)
