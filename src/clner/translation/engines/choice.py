"""The engine that a setting names."""

from pathlib import Path

from clner.errors import ClnerError
from clner.lexicons.lexicon import read_lexicon
from clner.text.sentence import Sentence
from clner.translation.engines.engine import Engine
from clner.translation.engines.lexicon import lexicon_engine
from clner.translation.engines.models import model_engine
from clner.translation.settings import TranslateSettings


def choose(
    settings: TranslateSettings,
    source: str,
    target: str,
    corpus: list[Sentence],
    lexicon: Path | None,
) -> Engine:
    """The engine of `settings` for a pair. Raises ClnerError where it cannot translate it."""
    if settings.engine != "lexicon":
        codes = settings.language_codes
        return model_engine(settings.engine, source, target, settings.beam_size, codes)
    if lexicon is None:
        raise ClnerError("engine lexicon needs a dictionary: give --lexicon FILE")
    words = read_lexicon(lexicon, corpus)
    return lexicon_engine(words, lexicon, source, target, settings.lexicon_choice, settings.seed)
