"""Apertium: rule-based translation by the installed program, aligned as the program knows it.

Apertium carries inline markup along with the words it belongs to ("word-bound blanks"). Each word
of a sentence gets a number as its markup, and where the numbers come out is the alignment:

    [[t:w:0]]The[[/]] [[t:w:1]]red[[/]] [[t:w:2]]house[[/]]
    [[t:w:0]]La[[/]] [[t:w:2]]casa[[/]] [[t:w:1]]roja[[/]]

A word here is what Apertium's dictionary takes for one ("in spite of"), so that the markup does
not change the translation.
"""

import shutil
import subprocess
from collections.abc import Iterable
from itertools import count, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import normalize

import regex

from clner.errors import ClnerError
from clner.files.fingerprint import fingerprint
from clner.text.scripts import detokenise, tokenise
from clner.translation.engines.engine import Engine, digest, lacks_pair
from clner.translation.record import Block, Translation

if TYPE_CHECKING:
    from easynmt import EasyNMT

_PER_CALL = 2000  # texts; the programs start anew for each call
_RESERVED = regex.compile(r"[\\\[\]{}^$/@<>]")
_TILDE = "\u223c"  # travels for ~, which Apertium drops, escaped or not
_SPACING = regex.compile(r"[\s\p{Cc}\u200b]")  # what tokenising takes for a space
_ESCAPED = regex.compile(r"\\(.)")
# Each begins with what is escaped, which a search then steps over.
_WORD = regex.compile(r"\\.(*SKIP)(*FAIL)|\^((?:\\.|[^\\/$])*)/(?:\\.|[^\\$])*\$")
_MARKUP = regex.compile(r"\\.(*SKIP)(*FAIL)|\[\[(.*?)\]\]")
_NUMBER = regex.compile(r"t:w:(\d+)")


def apertium_engine(source: str, target: str) -> Engine:
    """The installed Apertium for a pair.

    Raises ClnerError where the program or the pair is not installed; it says which pairs are.
    """
    mode = _mode(source, target)
    identity = {
        "engine": "apertium",
        "pair": [source, target],
        "content": digest([mode, *_data(mode)]),
        "code": fingerprint(__name__),
    }

    def load() -> "EasyNMT":
        from easynmt import EasyNMT

        return EasyNMT(translator=ApertiumEngine(mode))

    return Engine(
        "apertium", source, target, identity, load, tokenwise=True, texts_per_call=_PER_CALL
    )


def _mode(source: str, target: str) -> Path:
    """The file that tells how Apertium translates a pair."""
    program = shutil.which("apertium")
    if program is None:
        raise ClnerError(
            "engine apertium: the program is not installed (Debian: apt install apertium "
            f"and a pair, such as apertium-{_alpha3(source)}-{_alpha3(target)})"
        )
    folder = Path(program).resolve().parents[1] / "share/apertium/modes"
    mode = folder / f"{_alpha3(source)}-{_alpha3(target)}.mode"
    if not mode.is_file():
        raise lacks_pair("apertium", source, target, _installed(folder))
    return mode


def _installed(folder: Path) -> list[str]:
    """The pairs that are installed, in our codes: en-es."""
    from langcodes import Language

    names = [path.stem.split("-") for path in folder.glob("*.mode")]
    pairs = [name for name in names if len(name) == 2 and all(code.isalpha() for code in name)]
    return ["-".join(str(Language.get(code)) for code in pair) for pair in pairs]


def _alpha3(language: str) -> str:
    from langcodes import Language

    try:
        return Language.get(language).to_alpha3()
    except LookupError:
        raise ClnerError(f"engine apertium: no language has the code {language!r}") from None


def _data(mode: Path) -> list[Path]:
    """The dictionaries and rules of a mode, in the order of the pipeline."""
    named = regex.findall(r"'([^']+)'", mode.read_text(encoding="utf-8"))
    return [Path(name) for name in named]


class Word(NamedTuple):
    """A stretch of text, and the numbers of the words that it is of."""

    text: str
    numbers: list[int]


class ApertiumEngine:
    """Apertium as an EasyNMT translator; text is tokens joined by single spaces."""

    def __init__(self, mode: Path):
        """`mode`: the file of a pair."""
        self._analyser = ["lt-proc", "-z", str(_data(mode)[0])]
        folder = mode.parents[1]
        self._translator = ["apertium", "-d", str(folder), "-f", "none", "-z", "-u", mode.stem]

    def translate_sentences(
        self, sentences: list[str], source_lang: str, target_lang: str, **_: object
    ) -> list[Translation]:
        """Translate each sentence, with an alignment."""
        tokenised = [normalize("NFC", sentence).split(" ") for sentence in sentences]
        texts = [_running(tokens, source_lang) for tokens in tokenised]
        analyses = _answers(self._analyser, map(_escaped, texts))
        marked, places = [], []
        for tokens, analysis in zip(tokenised, analyses, strict=True):
            words, own = _numbered(_words(analysis), tokens)
            marked.append("".join(map(_marked, words)))
            places.append(own)
        answers = _answers(self._translator, marked)
        return [
            _translation(_unmarked(answer), own, target_lang)
            for answer, own in zip(answers, places, strict=True)
        ]


def _running(tokens: list[str], language: str) -> str:
    """Running text with the characters of the tokens: detokenising may change more than spaces."""
    text = detokenise(tokens, language)
    return text if _shown(text) == _shown("".join(tokens)) else " ".join(tokens)


def _shown(text: str) -> str:
    """The characters of a text that its tokens have too."""
    return _SPACING.sub("", text)


def _answers(command: list[str], texts: Iterable[str]) -> list[str]:
    """What a program answers to each text, texts and answers ended by NUL.

    White space goes in as single spaces, and a line feed ends a text: without one the last full
    stop is lost.
    """
    lines = [" ".join(text.replace("\0", " ").split()) + "\n\0" for text in texts]
    try:
        done = subprocess.run(command, input="".join(lines).encode(), capture_output=True)
    except OSError as error:
        raise ClnerError(f"engine apertium: {command[0]}: {error.strerror}") from None
    answers = done.stdout.decode(errors="replace").split("\0")[:-1]
    if done.returncode or len(answers) < len(lines):
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise ClnerError(
            f"engine apertium: {command[0]} gave {len(answers)} answers to {len(lines)} texts and "
            f"ended with status {done.returncode}: {said}"
        )
    return [answer.strip() for answer in answers[: len(lines)]]


def _escaped(text: str) -> str:
    return _RESERVED.sub(r"\\\g<0>", text).replace("~", _TILDE)


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text).replace(_TILDE, "~")


def _words(analysis: str) -> list[Word]:
    """The text that was analysed: words, still without their number, and what is between them."""
    words = []
    position = 0
    for number, match in zip(count(), _WORD.finditer(analysis)):
        between = analysis[position : match.start()]
        words += [Word(_plain(between), []), Word(_plain(match[1]), [number])]
        position = match.end()
    return [*words, Word(_plain(analysis[position:]), [])]


def _numbered(words: list[Word], tokens: list[str]) -> tuple[list[Word], list[tuple[int, int]]]:
    """Words numbered anew, those that share a token alike; and the tokens, start and end, of each.

    Words and tokens are cuts of one text: their characters are the same.
    """
    owners = [position for position, token in enumerate(tokens) for _ in _shown(token)]
    numbered: list[Word] = []
    places: list[tuple[int, int]] = []
    read = 0
    for word in words:
        length = len(_shown(word.text))
        if not word.numbers or not length:
            numbered.append(Word(word.text, []))
        else:
            start, end = owners[read], owners[read + length - 1] + 1
            if places and start < places[-1][1]:
                places[-1] = (places[-1][0], end)
            else:
                places.append((start, end))
            numbered.append(Word(word.text, [len(places) - 1]))
        read += length
    return numbered, places


def _marked(word: Word) -> str:
    text = _escaped(word.text)
    return f"[[t:w:{word.numbers[0]}]]{text}[[/]]" if word.numbers else text


def _unmarked(answer: str) -> list[Word]:
    """The translation cut where its markup changes."""
    words = []
    numbers: list[int] = []
    position = 0
    for match in _MARKUP.finditer(answer):
        words.append(Word(_plain(answer[position : match.start()]), numbers))
        numbers = [int(number) for number in _NUMBER.findall(match[1])]
        position = match.end()
    return [*words, Word(_plain(answer[position:]), numbers)]


def _translation(words: list[Word], places: list[tuple[int, int]], target: str) -> Translation:
    """The tokens of a translation, with the block of each source word."""
    tokens = tokenise("".join(word.text for word in words), target)
    owners = [word.numbers for word in words for _ in _shown(normalize("NFC", word.text))]
    found: dict[int, list[int]] = {}
    read = 0
    for position, token in enumerate(tokens):
        length = len(_shown(token))
        numbers = dict.fromkeys(n for own in owners[read : read + length] for n in own)
        # "del", of a preposition and of the noun whose article it holds, is the preposition's.
        for number in list(numbers)[:1]:
            found.setdefault(number, []).append(position)
        read += length
    blocks = [Block(*places[number], *_run(found[number])) for number in sorted(found)]
    return Translation(" ".join(tokens), blocks)


def _run(positions: list[int]) -> tuple[int, int]:
    """The first of the longest runs of adjacent positions: start and end (exclusive)."""
    breaks = [i + 1 for i, (left, right) in enumerate(pairwise(positions)) if right > left + 1]
    runs = [positions[start:end] for start, end in pairwise([0, *breaks, len(positions)])]
    longest = max(runs, key=len)
    return longest[0], longest[-1] + 1
