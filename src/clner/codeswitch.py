"""Replace phrases of source sentences by their translation, keeping the labels.

Entities are replaced by what they became in the projected translation, context by a lexicon, or
without one by the translation's aligned phrases. Further languages may be mixed in beside the
target: files are told apart by their language. Two artifacts: all that can be replaced, for
training that draws afresh each epoch, and one form of each sentence, drawn with the seed and the
sentence's id only, so that a corpus may grow or change its order.

    python -m clner.codeswitch --source en --target es --languages '[de]' --sentences en.jsonl \\
      --projected es=en-es.jsonl de=en-de.jsonl --lexicon es=en-es.tsv \\
      --output switched.jsonl --switchable phrases.jsonl
"""

import logging
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Literal

from pydantic import Field, field_validator

from clner.codeswitching.phrases import Phrase, aligned_phrases, entity_phrases, lexicon_phrases
from clner.codeswitching.switchable import Switchable, write_switchables
from clner.corpora.formats import read_file, write_file
from clner.errors import ClnerError
from clner.lexicons.lexicon import Lexicon, read_lexicon
from clner.stage import Settings, main
from clner.text.casing import Truecaser
from clner.text.languages import Language, files_by_language
from clner.text.sentence import Sentence, read_sentences

log = logging.getLogger(__name__)


class CodeswitchSettings(Settings):
    """What is replaced, how much of it, and by which languages."""

    phrases: Literal["entity", "context", "both"] = Field(
        "both", description="which phrases may be replaced"
    )
    ratio: float = Field(0.5, ge=0, le=1, description="probability that a phrase is replaced")
    languages: list[Language] = Field(
        [],
        description="languages mixed in beside the target, each as likely as the target wherever "
        "it has a phrase; the pair's own are passed over. Each needs a projection of the source "
        "sentences, in the workflow a section lexicons.{source}-{language} or an engine that "
        "translates into it; no corpus",
    )
    lexicon_choice: Literal["first", "random"] = Field(
        "first",
        description="which of a context phrase's translations in the lexicon is taken: the "
        "first, or a random one in each draw",
    )
    seed: int = Field(
        0,
        ge=0,
        description="of the stored form's draws; each depends on the sentence's id as well",
    )

    @field_validator("languages")
    @classmethod
    def _named_once(cls, languages: list[str]) -> list[str]:
        twice = sorted({language for language in languages if languages.count(language) > 1})
        if twice:
            raise ValueError(f"{twice[0]!r} is named twice")
        return languages

    def mixed(self, source: str, target: str) -> list[str]:
        """The languages that sentences of `source` are mixed with, the target first."""
        return [target, *(code for code in self.languages if code not in (source, target))]


@dataclass(frozen=True)
class Translated:
    """What one language has for the source sentences."""

    projections: dict[str, Sentence]
    """By id of the source sentence."""
    lexicon: Lexicon | None


def run(
    settings: CodeswitchSettings,
    *,
    source: str,
    target: str,
    sentences: Path,
    projected: list[str],
    output: Path,
    switchable: Path,
    lexicon: list[str] | None = None,
    casing: list[str] | None = None,
) -> None:
    """Write all that can be replaced to `switchable`, one drawn form a sentence to `output`.

    `projected`, `lexicon` and `casing` read `es=FILE`: a projection for each language; a lexicon,
    and sentences that show how the language uses capitals, where there are any. Both outputs keep
    the order of `sentences`.
    """
    corpus = read_file(sentences, source)
    languages = settings.mixed(source, target)
    projections = files_by_language("projected", projected, languages)
    dictionaries = files_by_language("lexicon", lexicon or [], languages)
    cased = files_by_language("casing", casing or [], languages)
    missing = next((code for code in languages if code not in projections), None)
    if missing:
        raise ClnerError(f"--projected: none is of {missing}: add {missing}=FILE")
    lexicons = {
        code: read_lexicon(path, corpus, source, _truecaser(cased.get(code), code))
        for code, path in dictionaries.items()
        if settings.phrases != "entity"
    }
    translated = {
        code: _translated(corpus, projections[code], lexicons.get(code), settings)
        for code in languages
    }
    switchables = [switchable_source(sentence, translated, settings) for sentence in corpus]
    write_switchables(switchable, switchables)
    switched = [s.draw(Random(f"{settings.seed} {s.id}")) for s in switchables]
    write_file(output, (replace(s, id=f"{s.id}~{target}") for s in switched))
    _report(switchables, switched)


def _truecaser(path: Path | None, language: str) -> Truecaser:
    tokens = (sentence.tokens for sentence in read_file(path, language)) if path else ()
    return Truecaser.from_sentences(tokens, language)


def _translated(
    corpus: list[Sentence], projected: Path, lexicon: Lexicon | None, settings: CodeswitchSettings
) -> Translated:
    found = read_sentences(projected)
    if any("source_id" not in sentence.origin for sentence in found):
        raise ClnerError(
            f"{projected}: does not say which sentences it translates; give what clner.project "
            "writes as .jsonl"
        )
    projections = {sentence.origin["source_id"]: sentence for sentence in found}
    if not any(sentence.id in projections for sentence in corpus):
        raise ClnerError(f"{projected}: holds no translation of any of the sentences")
    if settings.phrases != "entity":
        _check_context(lexicon, found, projected)
    return Translated(projections, lexicon)


def _check_context(words: Lexicon | None, projections: Iterable[Sentence], path: Path) -> None:
    if words is None and not any("alignment" in s.origin for s in projections):
        raise ClnerError(
            f"{path}: holds no alignment, and without a lexicon nothing else translates context: "
            "give --lexicon LANGUAGE=FILE, or set phrases to entity"
        )


def switchable_source(
    sentence: Sentence, translated: dict[str, Translated], settings: CodeswitchSettings
) -> Switchable:
    """A source sentence with its replaceable phrases in every language."""
    phrases = {code: _phrases(sentence, own, settings) for code, own in translated.items()}
    return Switchable(sentence, phrases, settings.ratio)


def _phrases(
    sentence: Sentence, translated: Translated, settings: CodeswitchSettings
) -> list[Phrase]:
    """The replaceable phrases of a sentence in one language, in order."""
    projection, words = translated.projections.get(sentence.id), translated.lexicon
    phrases: list[Phrase] = []
    if settings.phrases != "context" and projection:
        phrases += entity_phrases(sentence, projection)
    if settings.phrases != "entity" and words:
        phrases += lexicon_phrases(sentence, words, settings.lexicon_choice)
    elif settings.phrases != "entity" and projection:
        phrases += aligned_phrases(sentence, projection)
    return sorted(phrases, key=lambda phrase: phrase.start)


def _report(switchables: list[Switchable], switched: list[Sentence]) -> None:
    total = sum(len(s.sentence.tokens) for s in switchables)
    for code in switchables[0].phrases:
        own = sum(p.end - p.start for s in switchables for p in s.phrases[code])
        log.info("%s: %d of %d tokens can be replaced", code, own, total)
    log.info("%d are replaced in the stored form", sum(s.origin["substituted"] for s in switched))


if __name__ == "__main__":
    sys.exit(main(run))
