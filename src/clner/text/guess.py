"""Which of some languages a text is in, as far as its script tells."""

from collections.abc import Sequence
from functools import cache

import regex
from langcodes import Language

from clner.text.scripts import has_spaces

# Codes of scripts (ISO 15924) that stand for several, or for one under another name.
_SCRIPTS = {
    "Hans": r"\p{Han}",
    "Hant": r"\p{Han}",
    "Jpan": r"\p{Han}\p{Hiragana}\p{Katakana}",
    "Kore": r"\p{Hangul}",
}


def likeliest(text: str, languages: Sequence[str]) -> str:
    """The language whose script most words of `text` are in; of several the first.

    A word is a run of letters or, where there are no spaces, a letter. `languages` are ISO 639
    codes, at least one.
    """
    return max(languages, key=lambda language: len(_words(language).findall(text)))


@cache
def _words(language: str) -> regex.Pattern:
    script = Language.get(language).maximize().script
    letters = _SCRIPTS.get(script, rf"\p{{Script={script}}}")
    letter = f"[{letters}]"
    return regex.compile(rf"{letter}(?:{letter}|\p{{M}})*" if has_spaces(language) else letter)
