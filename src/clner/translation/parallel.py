"""Parallel text from a file: TMX, or lines of two columns."""

import gzip
import logging
import zlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import BinaryIO
from unicodedata import normalize
from xml.parsers import expat

from clner.errors import ClnerError

log = logging.getLogger(__name__)

Unit = list[tuple[str, str]]
"""One text in several languages: pairs of a language code and the text."""

_MARKUP = {"bpt", "ept", "it", "ph", "ut"}  # hold a document's own formatting codes, not text
_CHUNK = 1 << 16  # bytes


def read_parallel(path: Path, source: str, target: str) -> list[tuple[str, str]]:
    """The pairs (source text, target text) of a file, in its order.

    A name that ends in .tmx is TMX, where `en` also finds en-US, and each source text of a unit
    is paired with each target text; any other name is UTF-8 lines of source, tab, target, whose
    further columns are ignored. Either may be compressed (.gz). Texts are in NFC with single
    spaces; a pair with an empty side is left out and counted in the log. Raises ClnerError with
    file and line where the file is damaged, and where it holds no pair of these languages.
    """
    compressed = path.suffix.lower() == ".gz"
    name = Path(path.stem if compressed else path.name)
    read = _read_tmx if name.suffix.lower() == ".tmx" else _read_columns
    try:
        with gzip.open(path) if compressed else path.open("rb") as file:
            pairs = [(_plain(a), _plain(b)) for a, b in read(file, path, source, target)]
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ClnerError(f"{path}: not a whole gzip file ({error})") from None
    except OSError as error:
        raise ClnerError(f"{path}: cannot be read ({error.strerror})") from None
    whole = [pair for pair in pairs if all(pair)]
    if not whole:
        raise ClnerError(f"{path}: holds no {source}-{target} pair of which neither side is empty")
    empty = len(pairs) - len(whole)
    log.info("%s: %d pairs, and %d skipped for an empty side", path, len(whole), empty)
    return whole


def _plain(text: str) -> str:
    return " ".join(normalize("NFC", text).split())


def _read_columns(
    file: BinaryIO, path: Path, source: str, target: str
) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(file, start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise ClnerError(f"{path}:{number}: not UTF-8 ({error.reason})") from None
        columns = text.rstrip("\r\n").split("\t")
        if len(columns) < 2 and text.strip():
            raise ClnerError(
                f"{path}:{number}: no tab; a line is {source} text, tab, {target} text"
            )
        yield columns[0], columns[1] if len(columns) > 1 else ""


def _read_tmx(file: BinaryIO, path: Path, source: str, target: str) -> Iterator[tuple[str, str]]:
    languages: set[str] = set()
    has_pair = False
    for unit in _units(file, path):
        languages.update(language for language, _ in unit)
        for pair in product(_texts(unit, source), _texts(unit, target)):
            has_pair = True
            yield pair
    if not has_pair:
        known = ", ".join(sorted(languages)) or "none"
        raise ClnerError(
            f"{path}: no unit has both {source} and {target}; the file's languages are: {known}"
        )


def _texts(unit: Unit, language: str) -> list[str]:
    return [text for code, text in unit if f"{code}-".startswith(f"{language.lower()}-")]


def _units(file: BinaryIO, path: Path) -> Iterator[Unit]:
    """The units of a TMX file as they are read; only the current ones are in memory."""
    reader = _TmxReader(path)
    try:
        while chunk := file.read(_CHUNK):
            yield from reader.feed(chunk)
        yield from reader.feed(b"", last=True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise ClnerError(f"{path}:{error.lineno}: not well-formed XML ({reason})") from None
    except LookupError as error:
        raise ClnerError(f"{path}:1: {error}; save the file as UTF-8") from None


class _TmxReader:
    """What expat tells of a TMX file: its units. A file that declares an entity is refused.

    Without entities of the file's own nothing can grow when it is read, or reach outside of it.
    """

    def __init__(self, path: Path):
        self._path = path
        self._units: list[Unit] = []
        self._unit: Unit = []
        self._language = ""
        self._text: list[str] | None = None  # of the segment that is open
        self._markup = 0  # depth
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._refuse_entity
        self._parser.SkippedEntityHandler = self._refuse_entity

    def feed(self, chunk: bytes, last: bool = False) -> list[Unit]:
        """The units that end in the next `chunk` of the file."""
        self._units = []
        self._parser.Parse(chunk, last)
        return self._units

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "tu":
            self._unit = []
        elif name == "tuv":
            code = attributes.get("xml:lang") or attributes.get("lang")
            if not code:
                raise self._fault("a tuv without xml:lang")
            self._language = code.lower().replace("_", "-")
        elif name == "seg":
            self._text = []
        elif name in _MARKUP:
            self._markup += 1

    def _end(self, name: str) -> None:
        if name == "tu":
            self._units.append(self._unit)
        elif name == "seg":
            self._unit.append((self._language, "".join(self._text)))
            self._text = None
        elif name in _MARKUP:
            self._markup -= 1

    def _characters(self, text: str) -> None:
        if self._text is not None and not self._markup:
            self._text.append(text)

    def _refuse_entity(self, name: str, *_: object) -> None:
        raise self._fault(f"entity {name}: write the text itself, entities are not read")

    def _fault(self, reason: str) -> ClnerError:
        return ClnerError(f"{self._path}:{self._parser.CurrentLineNumber}: {reason}")
