"""Replace phrases of source sentences by their translation, keeping the labels.

Entities are replaced by what they became in the projected translation, context by a lexicon, or
without one by the translation's aligned phrases. What is drawn for a sentence depends on the seed
and its id only, so that a corpus may grow or change its order.
"""

import logging
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Literal

from pydantic import Field

from clner.errors import ClnerError
from clner.stage import Settings, main
from clner.text.sentence import Sentence, read_sentences, write_sentences
from clner.translation.lexicon import Lexicon, read_lexicon
from clner.translation.phrases import (
    Phrase,
    aligned_phrases,
    entity_phrases,
    lexicon_phrases,
    substitute,
)

log = logging.getLogger(__name__)


class CodeswitchSettings(Settings):
    """What is replaced, and how much of it."""

    phrases: Literal["entity", "context", "both"] = Field(
        "both", description="which phrases may be replaced"
    )
    ratio: float = Field(0.5, ge=0, le=1, description="probability that a phrase is replaced")
    lexicon_choice: Literal["first", "random"] = Field(
        "first", description="which of a context phrase's translations in the lexicon is taken"
    )
    seed: int = Field(
        0, ge=0, description="of all draws; each depends on the sentence's id as well"
    )


def run(
    settings: CodeswitchSettings,
    *,
    sentences: Path,
    projected: Path,
    output: Path,
    target: str,
    lexicon: Path | None = None,
) -> None:
    """Write one code-switched sentence for each of `sentences`, in their order."""
    corpus = read_sentences(sentences)
    projections = {s.origin["source_id"]: s for s in read_sentences(projected)}
    if not any(sentence.id in projections for sentence in corpus):
        raise ClnerError(f"{projected}: holds no translation of any sentence of {sentences}")
    words = None
    if settings.phrases != "entity":
        words = read_lexicon(lexicon, corpus) if lexicon else None
        _check_context(words, projections.values(), projected)
    switched = [_switched(s, projections.get(s.id), words, settings, target) for s in corpus]
    write_sentences(output, switched)
    changed = sum(sentence.origin["substituted"] for sentence in switched)
    log.info("%d of %d tokens replaced", changed, sum(len(s.tokens) for s in corpus))


def _check_context(words: Lexicon | None, projections: Iterable[Sentence], path: Path) -> None:
    if words is None and not all("alignment" in s.origin for s in projections):
        raise ClnerError(
            f"{path}: holds no alignment, and without a lexicon nothing else translates context: "
            "give --lexicon FILE, or set phrases to entity"
        )


def _switched(
    sentence: Sentence,
    projection: Sentence | None,
    words: Lexicon | None,
    settings: CodeswitchSettings,
    target: str,
) -> Sentence:
    phrases = phrases_of(sentence, projection, words, settings)
    rng = Random(f"{settings.seed} {sentence.id}")
    switched = substitute(sentence, phrases, settings.ratio, rng)
    return replace(switched, id=f"{sentence.id}~{target}")


def phrases_of(
    sentence: Sentence,
    projection: Sentence | None,
    words: Lexicon | None,
    settings: CodeswitchSettings,
) -> list[Phrase]:
    """The replaceable phrases of a sentence, in order, as `substitute` takes them."""
    phrases: list[Phrase] = []
    if settings.phrases != "context" and projection:
        phrases += entity_phrases(sentence, projection)
    if settings.phrases != "entity" and words:
        phrases += lexicon_phrases(sentence, words, settings.lexicon_choice)
    elif settings.phrases != "entity" and projection:
        phrases += aligned_phrases(sentence, projection)
    return sorted(phrases, key=lambda phrase: phrase.start)


if __name__ == "__main__":
    sys.exit(main(run))
