"""A bilingual dictionary applied to tokens: longest phrase first, in the case that suits it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from clner.errors import ClnerError
from clner.lexicons.dictionary import read_dictionary
from clner.text.casing import Truecaser, capitalised, first_word, settled_case, with_case_of
from clner.text.folding import bare_forms, fold
from clner.text.scripts import phrase_tokens
from clner.text.sentence import Sentence


class Segment(NamedTuple):
    """Tokens `start` to `end` (exclusive) and their translations, best first.

    A token that is in no phrase is a segment without candidates.
    """

    start: int
    end: int
    candidates: list[list[str]]


class Lexicon:
    """Dictionary phrases, looked up as written, then folded, then without proclitics."""

    def __init__(
        self,
        entries: dict[str, list[str]],
        language: str | None = None,
        truecaser: Truecaser | None = None,
    ):
        """`entries`: source phrase -> target phrases, best first.

        Source phrases without a letter are left out: numbers and punctuation stay as they are.
        `language` is the source's (see `bare_forms`), `truecaser` one of the target's text.
        """
        self._language = language
        self._truecaser = truecaser or Truecaser()
        self._exact: dict[str, list[list[str]]] = {}
        self._folded: dict[str, list[list[str]]] = {}
        self._longest: dict[str, int] = {}  # by folded first token, in tokens
        for phrase, translations in entries.items():
            targets = [target for text in translations if (target := phrase_tokens(text))]
            if targets and any(character.isalpha() for character in phrase):
                self._add(phrase_tokens(phrase), targets)

    def _add(self, source: list[str], targets: list[list[str]]) -> None:
        folded = [fold(token) for token in source]
        self._exact.setdefault(" ".join(source), []).extend(targets)
        self._folded.setdefault(" ".join(folded), []).extend(targets)
        self._longest[folded[0]] = max(len(source), self._longest.get(folded[0], 0))

    def covers(self, tokens: list[str]) -> bool:
        """Whether any phrase occurs in `tokens`."""
        return any(segment.candidates for segment in self.segments(tokens))

    def segments(
        self, tokens: list[str], start: int = 0, end: int | None = None
    ) -> Iterator[Segment]:
        """Cut tokens `start` to `end` of a sentence into phrases and unknown tokens."""
        end = len(tokens) if end is None else end
        first = first_word(tokens)
        while start < end:
            segment = self._segment(tokens, start, end, at_start=start <= first)
            yield segment
            start = segment.end

    def _segment(self, tokens: list[str], start: int, end: int, at_start: bool) -> Segment:
        longest = self._longest.get(fold(tokens[start]), 0)
        folded = [fold(token) for token in tokens[start : min(end, start + longest)]]
        for length in range(len(folded), 0, -1):
            source = tokens[start : start + length]
            if targets := self._exact.get(" ".join(source)):
                cased = [self._as_listed(source, target, at_start) for target in targets]
                return Segment(start, start + length, cased)
            if targets := self._folded.get(" ".join(folded[:length])):
                cased = [
                    with_case_of(source, target, at_start, self._truecaser) for target in targets
                ]
                return Segment(start, start + length, cased)
        forms = bare_forms(tokens[start], self._language)
        targets = next((self._folded[form] for form in forms if form in self._folded), [])
        return Segment(start, start + 1, targets)

    def _as_listed(self, source: list[str], target: list[str], at_start: bool) -> list[str]:
        cased = settled_case(target, self._truecaser)
        if at_start and source[0][:1].isupper():
            return [capitalised(cased[0], self._truecaser.language), *cased[1:]]
        return cased


def read_lexicon(
    path: Path,
    sentences: Iterable[Sentence],
    language: str | None = None,
    truecaser: Truecaser | None = None,
) -> Lexicon:
    """Read a dictionary that is to be applied to `sentences`; for the others see `Lexicon`.

    Raises ClnerError where it is damaged, or where no phrase of it occurs in any sentence.
    """
    lexicon = Lexicon(read_dictionary(path), language, truecaser)
    return _covering(lexicon, str(path), sentences, "first")


def read_inverse_lexicon(
    paths: list[Path],
    sentences: Iterable[Sentence],
    language: str | None = None,
    truecaser: Truecaser | None = None,
) -> Lexicon:
    """Read dictionaries backwards: their second column is in the language of `sentences`.

    The translations of a phrase are ordered as `inverted` has them, an earlier dictionary's before
    a later one's. `language` is that of `sentences`. Raises ClnerError as `read_lexicon` does.
    """
    joined: dict[str, list[str]] = {}
    for path in paths:
        for phrase, translations in inverted(read_dictionary(path)).items():
            joined.setdefault(phrase, []).extend(translations)
    lexicon = Lexicon(joined, language, truecaser)
    return _covering(lexicon, " ".join(map(str, paths)), sentences, "second")


def inverted(dictionary: dict[str, list[str]]) -> dict[str, list[str]]:
    """Target phrase -> source phrases, those first of which it is the preferred translation.

    Those it translates equally well stay in the order of the dictionary [ours].
    """
    ranked: dict[str, list[tuple[int, str]]] = {}
    for source, targets in dictionary.items():
        for rank, target in enumerate(targets):
            ranked.setdefault(target, []).append((rank, source))
    return {
        target: [source for _, source in sorted(found, key=lambda pair: pair[0])]
        for target, found in ranked.items()
    }


def _covering(lexicon: Lexicon, place: str, sentences: Iterable[Sentence], column: str) -> Lexicon:
    if not any(lexicon.covers(sentence.tokens) for sentence in sentences):
        raise ClnerError(
            f"{place}: no phrase of this lexicon occurs in the corpus; its {column} column must be "
            "in the language of the sentences"
        )
    return lexicon
