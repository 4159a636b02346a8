"""A cache of translations: one SQLite file, so that no text is ever translated twice."""

import json
import logging
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from clner.errors import ClnerError
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


class TranslationCache:
    """Translations by exact source text, for one engine as `identity` describes it.

    A context manager. Several processes may use one file at once. The journal is SQLite's plain
    one: a write-ahead log does not work on the network file systems of clusters.
    """

    def __init__(self, path: Path, identity: dict):
        """Open or create `path`. Raises ClnerError where it is no cache of translations."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, timeout=_SECONDS_TO_WAIT)
        try:
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_TABLES)
            self._engine = self._engine_number(json.dumps(identity, sort_keys=True))
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise ClnerError(
                f"{path}: cannot be used as a cache of translations ({error}); delete it to start "
                "a new one"
            ) from None

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
        for text in texts:
            row = self._connection.execute(query, [self._engine, text]).fetchone()
            if row:
                found[text] = Translation(row[0], _blocks(row[1]))
        return found

    def add(self, translations: dict[str, Translation]) -> None:
        """Keep translations, all or none; they outlive a kill once this returns."""
        rows = [
            (self._engine, text, translation, json.dumps(translation.alignment))
            for text, translation in translations.items()
        ]
        with self._connection as connection:
            connection.executemany("INSERT OR IGNORE INTO translations VALUES (?, ?, ?, ?)", rows)


def _blocks(text: str) -> list[Block] | None:
    blocks = json.loads(text)
    return None if blocks is None else [Block(*block) for block in blocks]


def translate_all(
    texts: Iterable[str], engine: Engine, cache: TranslationCache, batch_size: int
) -> dict[str, Translation]:
    """Translate each distinct text that `cache` does not know; return all translations.

    Texts of like length go to the engine together, `batch_size` at a time, longest first, and
    each batch is kept before the next one starts. An empty text is its own translation.
    """
    distinct = dict.fromkeys(texts)
    known = cache.find(distinct)
    if "" in distinct:
        known[""] = Translation("", [])
    new = sorted((text for text in distinct if text not in known), key=len, reverse=True)
    log.info("%s: %d texts, %d of them to translate", engine.name, len(distinct), len(new))
    with tqdm(total=len(new), desc=engine.name, unit=" texts", disable=not new) as progress:
        for start in range(0, len(new), batch_size):
            batch = new[start : start + batch_size]
            translations = dict(zip(batch, engine.translate(batch), strict=True))
            cache.add(translations)
            known |= translations
            progress.update(len(batch))
    return known
