"""From tokens to text and back, by language.

A token is a word. In languages written without spaces it is one character (a grapheme cluster),
and a run of Latin letters or digits stays whole, as in WikiANN.
"""

from functools import cache
from itertools import pairwise
from unicodedata import normalize

import regex

WITHOUT_SPACES = frozenset(
    ("bo", "dz", "gan", "ja", "km", "lo", "lzh", "my", "th", "wuu", "yue", "zh")
)

_RUN = r"[\p{Latin}\p{Nd}][\p{Latin}\p{Nd}\p{M}]*"
_CHARACTER = regex.compile(rf"{_RUN}|\X")
_ENDS_IN_RUN = regex.compile(rf"{_RUN}$")
_UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
)
# Moses takes joiners (Persian, Indic scripts, emoji), flags and skin tones for words of their own.
_JOINABLE = r"[^\s\x00-\x7f\u200c\u200d،؛؟۔।]+"
_PROTECTED = [
    rf"{_JOINABLE}(?:[\u200c\u200d]+{_JOINABLE})+",
    r"[\U0001F1E6-\U0001F1FF]{2}",
    r"[\U0001F300-\U0001FAFF][\U0001F3FB-\U0001F3FF]",
]


def has_spaces(language: str) -> bool:
    """Whether words are separated by spaces in `language` (ISO 639 code)."""
    return language not in WITHOUT_SPACES


def characters(text: str) -> list[str]:
    """Grapheme clusters of `text` without white space; runs of Latin letters or digits whole."""
    return [token for token in _CHARACTER.findall(text) if not token.isspace()]


def phrase_tokens(phrase: str) -> list[str]:
    """Tokens of a dictionary phrase in any language, in NFC.

    Split at spaces only, so that "don't" and "U.N." stay whole; where the script has none, into
    characters.
    """
    tokens: list[str] = []
    for chunk in normalize("NFC", phrase).split():
        tokens += characters(chunk) if _UNSPACED.search(chunk) else [chunk]
    return tokens


def tokenise(text: str, language: str) -> list[str]:
    """Tokens of running text, in NFC.

    Joined without spaces they are the text without its spaces: nothing is escaped or replaced,
    hyphenated words stay whole. A language that sacremoses lacks goes by its default rules.
    """
    text = normalize("NFC", text)
    if not has_spaces(language):
        return characters(text)
    return _tokeniser(language).tokenize(
        text, aggressive_dash_splits=False, escape=False, protected_patterns=_PROTECTED
    )


def detokenise(tokens: list[str], language: str) -> str:
    """Running text of tokens; only spaces are added or left out ("@-@" becomes "-")."""
    if not tokens:
        return ""
    if has_spaces(language):
        return _detokeniser(language).detokenize(tokens, unescape=False)
    pieces = [tokens[0]]
    for left, right in pairwise(tokens):
        pieces += [" ", right] if _would_merge(left, right) else [right]
    return "".join(pieces)


def _would_merge(left: str, right: str) -> bool:
    return bool(_ENDS_IN_RUN.search(left) and regex.match(_RUN, right))


@cache
def _tokeniser(language: str):
    # Here and below: a third of a second that stages without running text can spare.
    from sacremoses import MosesTokenizer

    return MosesTokenizer(lang=language)


@cache
def _detokeniser(language: str):
    from sacremoses import MosesDetokenizer

    return MosesDetokenizer(lang=language)
