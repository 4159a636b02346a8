"""A bilingual dictionary applied to tokens: longest phrase first, case restored."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from clner.errors import ClnerError
from clner.lexicons.dictionary import read_dictionary
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
    """Dictionary phrases, looked up as written, then without regard to case."""

    def __init__(self, entries: dict[str, list[str]]):
        """`entries`: source phrase -> target phrases, best first.

        Source phrases without a letter are left out: numbers and punctuation stay as they are.
        """
        self._exact: dict[str, list[list[str]]] = {}
        self._folded: dict[str, list[list[str]]] = {}
        self._longest: dict[str, int] = {}  # by lower-cased first token, in tokens
        for phrase, translations in entries.items():
            targets = [target for text in translations if (target := phrase_tokens(text))]
            if targets and any(character.isalpha() for character in phrase):
                self._add(phrase_tokens(phrase), targets)

    def _add(self, source: list[str], targets: list[list[str]]) -> None:
        key = " ".join(source)
        self._exact.setdefault(key, []).extend(targets)
        self._folded.setdefault(key.lower(), []).extend(targets)
        first = source[0].lower()
        self._longest[first] = max(len(source), self._longest.get(first, 0))

    def covers(self, tokens: list[str]) -> bool:
        """Whether any phrase occurs in `tokens`."""
        return any(segment.candidates for segment in self.segments(tokens))

    def segments(
        self, tokens: list[str], start: int = 0, end: int | None = None
    ) -> Iterator[Segment]:
        """Cut tokens `start` to `end` of a sentence into phrases and unknown tokens."""
        end = len(tokens) if end is None else end
        while start < end:
            segment = self._segment(tokens, start, end)
            yield segment
            start = segment.end

    def _segment(self, tokens: list[str], start: int, end: int) -> Segment:
        longest = self._longest.get(tokens[start].lower(), 0)
        for stop in range(min(end, start + longest), start, -1):
            source = tokens[start:stop]
            key = " ".join(source)
            if targets := self._exact.get(key):
                if start == 0 and source[0][:1].isupper():
                    targets = [_capitalised_first(target) for target in targets]
                return Segment(start, stop, targets)
            if targets := self._folded.get(key.lower()):
                cased = [_with_case_of(source, target, start == 0) for target in targets]
                return Segment(start, stop, cased)
        return Segment(start, start + 1, [])


def read_lexicon(path: Path, sentences: Iterable[Sentence]) -> Lexicon:
    """Read a dictionary that is to be applied to `sentences`.

    Raises ClnerError where it is damaged, or where no phrase of it occurs in any sentence.
    """
    return _covering(str(path), read_dictionary(path), sentences, "first")


def read_inverse_lexicon(paths: list[Path], sentences: Iterable[Sentence]) -> Lexicon:
    """Read dictionaries backwards: their second column is in the language of `sentences`.

    The translations of a phrase are ordered as `inverted` has them, an earlier dictionary's before
    a later one's. Raises ClnerError as `read_lexicon` does.
    """
    joined: dict[str, list[str]] = {}
    for path in paths:
        for phrase, translations in inverted(read_dictionary(path)).items():
            joined.setdefault(phrase, []).extend(translations)
    return _covering(" ".join(map(str, paths)), joined, sentences, "second")


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


def _covering(
    place: str, entries: dict[str, list[str]], sentences: Iterable[Sentence], column: str
) -> Lexicon:
    lexicon = Lexicon(entries)
    if not any(lexicon.covers(sentence.tokens) for sentence in sentences):
        raise ClnerError(
            f"{place}: no phrase of this lexicon occurs in the corpus; its {column} column must be "
            "in the language of the sentences"
        )
    return lexicon


def _with_case_of(source: list[str], target: list[str], starts_sentence: bool) -> list[str]:
    """`target` in the case of `source`; capitals that the dictionary gives are kept."""
    text = "".join(source)
    if len(text) > 1 and text.isupper():
        return [token.upper() for token in target]
    has_capitals = any(token != token.lower() for token in target)
    if not source[0][:1].isupper() or (has_capitals and not starts_sentence):
        return target
    if starts_sentence or not all(token[:1].isupper() for token in source):
        return _capitalised_first(target)
    return [_capitalised(token) for token in target]


def _capitalised_first(tokens: list[str]) -> list[str]:
    return [_capitalised(tokens[0]), *tokens[1:]]


def _capitalised(token: str) -> str:
    return token[:1].upper() + token[1:]
