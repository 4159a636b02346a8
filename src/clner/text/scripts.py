"""From tokens to text and back, by language.

A token is a word. In languages written without spaces it is one character (a grapheme cluster),
and a run of Latin letters or digits stays whole, as in WikiANN. Combining marks, joiners and
other invisible characters stay with their letter, and are no token where there is another.
"""

from functools import cache
from itertools import islice, pairwise
from unicodedata import category, normalize

import regex

WITHOUT_SPACES = frozenset(
    ("bo", "dz", "gan", "ja", "km", "lo", "lzh", "my", "th", "wuu", "yue", "zh")
)

# White space, control characters, and the zero-width space, which separates words in Khmer.
_SPACE = regex.compile(r"[\s\p{Cc}\u200b]+")
_CHUNK = regex.compile(r"[^\s\p{Cc}\u200b]+")
_INVISIBLE = {"Cc", "Cf", "Zl", "Zp", "Zs"}
# Below, DI are the characters that show nothing: joiners, direction marks, soft hyphens, ...
# \X alone takes quadratic time for flags in a row.
_EXTENDING = r"\p{M}\p{GCB=Extend}\p{GCB=SpacingMark}\p{GCB=ZWJ}"
CLUSTER = rf"(?:\p{{RI}}{{2}}[{_EXTENDING}]*|\X)"
"""Pattern of a grapheme cluster, for `regex`."""
_RUN = rf"[\p{{Latin}}\p{{Nd}}][\p{{Latin}}\p{{Nd}}\p{{DI}}{_EXTENDING}]*"
# What shows nothing may itself carry a mark, as a joiner behind a direction mark does.
_CARRIED = rf"[\p{{DI}}{_EXTENDING}]*"
_CHARACTER = regex.compile(rf"\p{{DI}}*(?:{_RUN}|{CLUSTER}){_CARRIED}")
_VISIBLE = regex.compile(rf"\p{{DI}}*({CLUSTER}){_CARRIED}")
_MARK = regex.compile(r"(?<=.)\P{Alphabetic}", regex.DOTALL)
_UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
)


def has_spaces(language: str) -> bool:
    """Whether words are separated by spaces in `language` (ISO 639 code)."""
    return language not in WITHOUT_SPACES


def characters(text: str) -> list[str]:
    """Grapheme clusters of `text` without white space; runs of Latin letters or digits whole."""
    return [token for chunk in _SPACE.split(text) for token in _CHARACTER.findall(chunk)]


def phrase_tokens(phrase: str) -> list[str]:
    """Tokens of a dictionary phrase in any language, in NFC.

    Split at spaces only, so that "don't" and "U.N." stay whole; where the script has none, into
    characters.
    """
    tokens: list[str] = []
    for chunk in filter(None, _SPACE.split(normalize("NFC", phrase))):
        tokens += characters(chunk) if _UNSPACED.search(chunk) else [chunk]
    return tokens


def tokenise(text: str, language: str) -> list[str]:
    """Tokens of running text, in NFC.

    Joined without spaces they are the text without its spaces: nothing is escaped or replaced,
    hyphenated words stay whole. Control characters and zero-width spaces (U+200B) count as
    spaces. A language that sacremoses lacks goes by its default rules.
    """
    text = normalize("NFC", text)
    return _words(text, language) if has_spaces(language) else characters(text)


def _words(text: str, language: str) -> list[str]:
    """Words and punctuation of `text`, which is in NFC, by the rules of Moses.

    Moses cuts at most marks and joiners; so of each grapheme cluster it gets the first character
    and what else is alphabetic, and its cuts are carried over.
    """
    chunks: list[str] = []
    origins: list[str] = []  # for each character that Moses gets: the text it brings along
    for chunk in _SPACE.split(text):
        plain = ""
        for cluster in _VISIBLE.finditer(chunk):
            kept = _MARK.sub("", cluster[1])
            origins += [cluster[0], *[""] * (len(kept) - 1)]
            plain += kept
        chunks.append(plain)
    pieces = _tokeniser(language).tokenize(
        " ".join(chunks), aggressive_dash_splits=False, escape=False
    )
    if "".join(pieces) != "".join(chunks):  # the text holds a word that Moses keeps for itself
        pieces = chunks
    rest = iter(origins)
    return [token for piece in pieces if (token := "".join(islice(rest, len(piece))))]


def visible_places(text: str) -> list[int]:
    """Where the characters of `text` stand that `tokenise` keeps, in their order."""
    return [place for chunk in _CHUNK.finditer(text) for place in range(*chunk.span())]


def is_visible(token: str) -> bool:
    """Whether a token shows anything: more than spaces, control and zero-width characters."""
    return any(category(character) not in _INVISIBLE for character in token)


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
    starts = {match.start() for match in _CHARACTER.finditer(left + right)}
    return len(left) not in starts


@cache
def _tokeniser(language: str):
    # Here and below: a third of a second that stages without running text can spare.
    from sacremoses import MosesTokenizer

    return MosesTokenizer(lang=language)


@cache
def _detokeniser(language: str):
    from sacremoses import MosesDetokenizer

    return MosesDetokenizer(lang=language)
