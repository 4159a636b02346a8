"""Sentences with all that code-switched forms of them are drawn from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from clner.codeswitching.phrases import Phrase, lexicon_phrases, substitute, tags_of_phrase
from clner.errors import ClnerError
from clner.files.artifacts import damaged, read_lines, write_lines
from clner.lexicons.lexicon import Lexicon
from clner.text.sentence import Sentence, sentence_of


@dataclass(slots=True)
class Switchable:
    """A sentence, and the phrases of it that can be replaced, by the language they turn into.

    The phrases of a language are in order, do not overlap, and hold an entity wholly or not at
    all; those of different languages may overlap. `ratio` (0 to 1) is the probability that a
    phrase is replaced.
    """

    sentence: Sentence
    phrases: dict[str, list[Phrase]]
    ratio: float
    _regions: list[dict[str, list[Phrase]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._regions = _regions(self.phrases)

    @property
    def id(self) -> str:
        """The sentence's."""
        return self.sentence.id

    def draw(self, rng: Random) -> Sentence:
        """A code-switched form of the sentence, as `substitute` makes it.

        Phrases that overlap, directly or through others, form a region. In each one language is
        drawn, uniformly among those that have a phrase there; then each of its phrases there is
        replaced with probability `ratio`. So no two phrases clash, and `ratio` means the same
        for one language and for many [ours]. What is drawn depends on the sentence, its phrases
        and `rng` only, not on the order of the languages. The origin also holds `languages`, one
        for each of the `spans`.
        """
        drawn: list[Phrase] = []
        languages: dict[int, str] = {}
        for region in self._regions:
            language = rng.choice(list(region)) if len(region) > 1 else next(iter(region))
            drawn += region[language]
            languages |= {phrase.start: language for phrase in region[language]}
        switched = substitute(self.sentence, drawn, self.ratio, rng)
        replaced = switched.origin["spans"]
        switched.origin["languages"] = [languages[block.source_start] for block in replaced]
        return switched

    def chances(self) -> Iterator[tuple[Phrase, str, float]]:
        """Each phrase, its language, and the probability that a draw replaces it by that one."""
        for region in self._regions:
            for language, phrases in region.items():
                for phrase in phrases:
                    yield phrase, language, self.ratio / len(region)


def _regions(phrases: dict[str, list[Phrase]]) -> list[dict[str, list[Phrase]]]:
    """The regions, left to right; in each the phrases of each language, by language code."""
    regions: list[dict[str, list[Phrase]]] = []
    end = 0
    all_phrases = [(phrase, language) for language in phrases for phrase in phrases[language]]
    for phrase, language in sorted(all_phrases, key=lambda pair: pair[0].start):
        if phrase.start >= end:
            regions.append({})
        regions[-1].setdefault(language, []).append(phrase)
        end = max(end, phrase.end)
    return [dict(sorted(region.items())) for region in regions]


def switchable_target(
    sentences: Iterable[Sentence], lexicon: Lexicon, ratio: float, choice: str = "first"
) -> list[Switchable]:
    """Target sentences whose context can turn into the source language; entities stay as they are.

    `lexicon` is from the target language (`read_inverse_lexicon`). `choice`: its "first" candidate
    for a phrase, or a "random" one in each draw. The tags may be pseudo-labels.
    """
    return [
        Switchable(sentence, {"source": lexicon_phrases(sentence, lexicon, choice)}, ratio)
        for sentence in sentences
    ]


def write_switchables(path: Path, switchables: Iterable[Switchable]) -> int:
    """Write one a line; return how many.

    The sentence's id, tokens and tags; `ratio`; and `phrases`, by language lists of start, end,
    type (null: context), candidates.
    """
    return write_lines(path, (_record(switchable) for switchable in switchables))


def _record(switchable: Switchable) -> dict:
    phrases = {
        language: [[p.start, p.end, p.type, p.candidates] for p in own]
        for language, own in switchable.phrases.items()
    }
    return switchable.sentence.record() | {"ratio": switchable.ratio, "phrases": phrases}


def read_switchables(path: Path) -> list[Switchable]:
    """Read what `write_switchables` wrote. Raises ClnerError for a damaged or an empty file."""
    switchables = []
    for number, record in enumerate(read_lines(path), start=1):
        try:
            switchables.append(_switchable(record))
        except KeyError as error:
            raise damaged(f"{path}:{number}", f"a sentence without {error}") from None
        except (TypeError, ValueError, AttributeError) as error:
            raise damaged(f"{path}:{number}", str(error)) from None
    if not switchables:
        raise ClnerError(f"{path}: holds no sentence")
    return switchables


def _switchable(record: dict) -> Switchable:
    sentence = sentence_of(record)
    ratio = record["ratio"]
    if not 0 <= ratio <= 1:
        raise ValueError(f"ratio {ratio} is not from 0 to 1")
    phrases = {language: _phrases(rows, sentence) for language, rows in record["phrases"].items()}
    return Switchable(sentence, phrases, ratio)


def _phrases(rows: list[list], sentence: Sentence) -> list[Phrase]:
    phrases = []
    position = 0
    for start, end, kind, candidates in rows:
        if not position <= start < end <= len(sentence.tokens):
            raise ValueError(f"phrase {start}-{end} overlaps another or leaves the sentence")
        if sentence.tags and sentence.tags[start:end] != tags_of_phrase(kind, end - start):
            raise ValueError(f"phrase {start}-{end} is not {kind or 'context'} in the sentence")
        if not candidates or not all(isinstance(c, list) and c for c in candidates):
            raise ValueError(f"phrase {start}-{end} has no translation: {candidates!r}")
        phrases.append(Phrase(start, end, candidates, kind))
        position = end
    return phrases
