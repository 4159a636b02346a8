"""Capitals: how words are written, learnt from text, and how a translation follows its source."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from unicodedata import normalize

import regex

_SETTLED = 0.9  # [ours]
_WITHIN_SENTENCE = regex.compile(r"[\p{L}\p{N},;]")
_DOTTED = {"az", "tr"}


class Truecaser:
    """How running text writes each word; it knows none when made without counts.

    Scripts without case pass through unchanged.
    """

    def __init__(self, counts: dict[str, int] | None = None, language: str | None = None):
        """`counts`: form -> how often it stands where its case is not that of a first word.

        `language` (ISO 639 code) is that of the text, for its special capitals.
        """
        self.language = language
        totals: Counter[str] = Counter()
        self._frequent: dict[str, tuple[int, str]] = {}
        for form, count in (counts or {}).items():
            word = lower(form, language)
            totals[word] += count
            self._frequent[word] = max(self._frequent.get(word, (0, "")), (count, form))
        self._settled = {
            word: form
            for word, (count, form) in self._frequent.items()
            if count >= _SETTLED * totals[word]
        }

    @classmethod
    def from_sentences(
        cls, sentences: Iterable[list[str]], language: str | None = None
    ) -> "Truecaser":
        """Learn from tokenised sentences (lists of tokens).

        Counted are tokens after a word, a number, a comma or a semicolon; sentences in capitals
        are not.
        """
        counts: Counter[str] = Counter()
        for tokens in sentences:
            if not in_capitals(tokens):
                counts.update(
                    token
                    for before, token in pairwise(tokens)
                    if _WITHIN_SENTENCE.search(before) and _has_case(token)
                )
        return cls(counts, language)

    def case(self, token: str, at_start: bool = False) -> str:
        """The most frequent form of a token; its own if unknown; capitalised `at_start`."""
        _, form = self._frequent.get(lower(token, self.language), (0, token))
        return capitalised(form, self.language) if at_start else form

    def settled(self, token: str) -> str | None:
        """The form that at least nine in ten occurrences have; None where the text varies."""
        return self._settled.get(lower(token, self.language))

    def knows(self, token: str) -> bool:
        """Whether the text has the token in any case."""
        return lower(token, self.language) in self._frequent


def normal_case(tokens: list[str], truecaser: Truecaser) -> list[str]:
    """A sentence in capitals as if it had been written in small letters; any other as it is.

    Words that the truecaser does not know are taken for names.
    """
    if not in_capitals(tokens):
        return tokens
    first = first_word(tokens)
    return [
        truecaser.case(token, at_start=position == first)
        if truecaser.knows(token)
        else capitalised(lower(token, truecaser.language), truecaser.language)
        for position, token in enumerate(tokens)
    ]


def with_case_of(
    source: list[str], target: list[str], at_start: bool, truecaser: Truecaser
) -> list[str]:
    """`target`, the dictionary's translation of the tokens `source`, in the case that suits it.

    Small letters of the dictionary become the truecaser's settled form, or else follow `source`;
    its capitals stay. All is in capitals where `source` is (of more than one letter). `at_start`:
    `source` has the first word of its sentence, whose capital says nothing about the word.
    """
    language = truecaser.language
    if _only_capitals("".join(source)):
        return [upper(token, language) for token in target]
    capitals = [token[:1].isupper() for token in source]
    has_capitals = any(token != lower(token, language) for token in target)
    follows_first = capitals[0] and not at_start and not has_capitals
    follows_all = all(capitals) and (len(source) > 1 or not at_start) and not has_capitals
    cased = settled_case(target, truecaser)
    for position, token in enumerate(target):
        if truecaser.settled(token) is None and (follows_all or (follows_first and position == 0)):
            cased[position] = capitalised(token, language)
    return [capitalised(cased[0], language), *cased[1:]] if at_start and capitals[0] else cased


def settled_case(tokens: list[str], truecaser: Truecaser) -> list[str]:
    """Tokens in small letters in their settled form, where they have one; others as they are."""
    return [
        truecaser.settled(token) or token if token == lower(token, truecaser.language) else token
        for token in tokens
    ]


def first_word(tokens: list[str]) -> int:
    """Position of the first token with a letter or digit; 0 where there is none."""
    wordy = (n for n, token in enumerate(tokens) if any(map(str.isalnum, token)))
    return next(wordy, 0)


def in_capitals(tokens: list[str]) -> bool:
    """Whether a sentence has two words of two letters or more, and no letter but capitals.

    One such word alone may be an acronym.
    """
    words = [token for token in tokens if len(token) > 1 and _has_case(token)]
    return len(words) > 1 and _only_capitals("".join(tokens))


def loses_capitals(source: list[str], target: list[str]) -> bool:
    """Whether `target` is in small letters while its source has a capital."""
    return any(map(str.isupper, "".join(source))) and in_small_letters(target)


def in_small_letters(tokens: list[str]) -> bool:
    """Whether all letters are small that could be capitals.

    Text without letters, or of a script that capitalises no words, has none that could.
    """
    text = "".join(tokens)
    return text.islower() and text != text.title()


def capitalised(token: str, language: str | None = None) -> str:
    """The token with a capital first letter, by the rules of `language` (Dutch IJ, Turkish İ)."""
    if language == "nl" and token[:2] == "ij":
        return f"IJ{token[2:]}"
    if language in _DOTTED and token[:1] == "i":
        return f"İ{token[1:]}"
    return normalize("NFC", token[:1].title() + token[1:])


def upper(token: str, language: str | None = None) -> str:
    """The token in capitals; a Georgian one unchanged, as nearly all its text is."""
    if language == "ka":
        return token
    return normalize("NFC", (token.replace("i", "İ") if language in _DOTTED else token).upper())


def lower(token: str, language: str | None = None) -> str:
    """The token in small letters."""
    if language in _DOTTED:
        token = token.replace("İ", "i").replace("I", "ı")
    return token.lower()


def _only_capitals(text: str) -> bool:
    letters = list(filter(str.isalpha, text))
    return len(letters) > 1 and all(map(str.isupper, letters))


def _has_case(token: str) -> bool:
    return token.lower() != token.upper()
