"""A cache of translations: one SQLite file, so that no text is ever translated twice."""

import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clner.errors import ClnerError
from clner.jobs.progress import progress
from clner.translation.engines.engine import Engine
from clner.translation.record import Block, Translation

log = logging.getLogger(__name__)

_TABLES = """
CREATE TABLE IF NOT EXISTS engines (number INTEGER PRIMARY KEY, identity TEXT UNIQUE NOT NULL);
CREATE TABLE IF NOT EXISTS translations (
    engine INTEGER NOT NULL, text TEXT NOT NULL, translation TEXT NOT NULL,
    alignment TEXT NOT NULL,
    PRIMARY KEY (engine, text)
) WITHOUT ROWID;
"""
_SECONDS_TO_WAIT = 300  # for another process that writes; a write takes milliseconds
_REMEDIES = {
    sqlite3.SQLITE_FULL: "make room on the disk and run again; nothing kept so far is lost",
    sqlite3.SQLITE_IOERR: "see to the disk or its quota and run again; nothing kept so far is lost",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable",
    sqlite3.SQLITE_CANTOPEN: "make its folder writable",
    sqlite3.SQLITE_BUSY: "another process keeps it locked: end that one and run again",
}
_LONG = 10  # times its source, in bytes, so that scripts compare
_SHOWN = 80  # characters of a text in the log


class TranslationCache:
    """Translations by exact source text, for one engine as `identity` describes it.

    A context manager. Several processes may use one file at once. The journal is SQLite's plain
    one: a write-ahead log does not work on the network file systems of clusters. What a kill
    leaves half-written, the next process to open the file rolls back by it. Every method raises
    ClnerError where the file cannot be read or written: damaged, read-only, or its disk full.
    """

    def __init__(self, path: Path, identity: dict):
        """Open or create `path`. Raises ClnerError where it is no cache of translations."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ClnerError(f"{path}: its folder cannot be made ({error.strerror})") from None
        with self._explained():
            self._connection = sqlite3.connect(path, timeout=_SECONDS_TO_WAIT)
        try:
            with self._explained():
                # FULL also outlives a power cut: the journal is on the disk before the file changes
                self._connection.execute("PRAGMA synchronous = FULL")
                self._connection.executescript(_TABLES)
                self._engine = self._engine_number(json.dumps(identity, sort_keys=True))
        except ClnerError:
            self._connection.close()
            raise

    def __enter__(self) -> "TranslationCache":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _engine_number(self, identity: str) -> int:
        with self._connection as connection:
            connection.execute("INSERT OR IGNORE INTO engines (identity) VALUES (?)", [identity])
        query = "SELECT number FROM engines WHERE identity = ?"
        return self._connection.execute(query, [identity]).fetchone()[0]

    def find(self, texts: Iterable[str]) -> dict[str, Translation]:
        """The translations of those texts that are known."""
        query = "SELECT translation, alignment FROM translations WHERE engine = ? AND text = ?"
        found = {}
        with self._explained():
            for text in texts:
                row = self._connection.execute(query, [self._engine, text]).fetchone()
                if row:
                    found[text] = Translation(row[0], _blocks(row[1]))
        return found

    def add(self, translations: dict[str, Translation]) -> None:
        """Keep translations, all or none; they outlive a kill once this returns."""
        rows = (
            (self._engine, text, translation, json.dumps(translation.alignment))
            for text, translation in translations.items()
        )
        insert = "INSERT OR IGNORE INTO translations VALUES (?, ?, ?, ?)"
        with self._explained(), self._connection as connection:
            connection.executemany(insert, rows)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what SQLite complains of into one line that says what to do."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            # Only the low byte is the kind; text that cannot be decoded comes without a code.
            kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
            remedy = _REMEDIES.get(kind, "delete it to start a new one")
            raise ClnerError(
                f"{self._path}: cannot be used as a cache of translations ({error}); {remedy}"
            ) from None


def _blocks(text: str) -> list[Block] | None:
    blocks = json.loads(text)
    return None if blocks is None else [Block(*block) for block in blocks]


def translate_all(
    texts: Iterable[str],
    engine: Engine,
    cache: TranslationCache,
    batch_size: int,
    job: str = "translation",
) -> dict[str, Translation]:
    """Translate each distinct text that `cache` does not know; return all translations.

    Texts of like length go to the engine together, longest first: `batch_size` in each call, or
    as many as the engine asks for. Each call's translations are kept before the next one starts,
    so that a kill or an error costs one call at most. An empty text is its own translation.
    Translations that are empty or suspiciously long are kept, and counted in a warning. `job` is
    what the lines of progress begin with.
    """
    distinct = dict.fromkeys(texts)
    known = cache.find(distinct)
    if "" in distinct:
        known[""] = Translation("", [])
    new = sorted((text for text in distinct if text not in known), key=len, reverse=True)
    log.info("%s: %d texts, %d of them to translate", engine.name, len(distinct), len(new))
    if new:
        known |= _translate(new, engine, cache, engine.texts_per_call or batch_size, job)
    _warn({text: known[text] for text in distinct if text}, engine)
    return known


def _translate(
    texts: list[str], engine: Engine, cache: TranslationCache, per_call: int, job: str
) -> dict[str, Translation]:
    translated: dict[str, Translation] = {}
    with progress(f"{job}, {engine.name}", len(texts), "texts") as advance:
        for start in range(0, len(texts), per_call):
            batch = texts[start : start + per_call]
            translations = dict(zip(batch, engine.translate(batch), strict=True))
            cache.add(translations)
            translated |= translations
            advance(len(batch))
    return translated


def _warn(translations: dict[str, Translation], engine: Engine) -> None:
    empty = [text for text, translation in translations.items() if not translation.strip()]
    long = [text for text, t in translations.items() if _size(t) > _LONG * _size(text)]
    pair = f"{engine.name}, {engine.source} to {engine.target}"
    if empty or long:
        log.warning(
            "%s: of %d translations %d are empty and %d more than %d times as long as the text, "
            "the first that of %r",
            pair,
            len(translations),
            len(empty),
            len(long),
            _LONG,
            (empty + long)[0][:_SHOWN],
        )


def _size(text: str) -> int:
    return len(text.encode())
