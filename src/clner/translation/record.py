"""What the translate stage leaves for the later ones, as JSON lines."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

from clner.errors import ClnerError
from clner.files.artifacts import are_strings, damaged, read_lines, write_lines


class Block(NamedTuple):
    """Source tokens `source_start` to `source_end` became these target tokens (ends exclusive)."""

    source_start: int
    source_end: int
    target_start: int
    target_end: int


class Translation(str):
    """A translated text that may know its alignment to the tokens of the source text.

    A string, so that it passes through EasyNMT unchanged.
    """

    alignment: list[Block] | None

    def __new__(cls, text: str, alignment: list[Block] | None = None) -> "Translation":
        translation = super().__new__(cls, text)
        translation.alignment = alignment
        return translation


@dataclass(slots=True)
class TranslationRecord:
    """The translations of one sentence; what was not asked for is None.

    `id` is the source sentence's, `engine` the setting that named the engine. `tokens` are the
    target tokens of the plain sentence and `alignment` their blocks, for engines that know them.
    `marked` is the translation of the sentence with markers around its entities, as it came
    back, and `marks` what was put around each of them, or in its place (projection.marking);
    `entities` are the translations of its entities one by one, left to right. Where `tokenwise`,
    these texts are tokens joined by single spaces, else running text. `source` is the digest of
    the source sentence.
    """

    id: str
    engine: str
    tokens: list[str] | None = None
    alignment: list[Block] | None = None
    marked: str | None = None
    entities: list[str] | None = None
    marks: list[list[str]] | None = None
    tokenwise: bool = False
    source: str | None = None

    @property
    def has_text(self) -> bool:
        """Whether anything was translated."""
        return bool(self.tokens or self.marked or any(self.entities or []))


def write_records(path: Path, records: Iterable[TranslationRecord]) -> int:
    """Write one record a line; return how many."""
    names = [field.name for field in fields(TranslationRecord)]
    return write_lines(path, ({name: getattr(r, name) for name in names} for r in records))


def read_records(path: Path) -> dict[str, TranslationRecord]:
    """Records by sentence id. Raises ClnerError for a damaged file or an id that comes twice."""
    records: dict[str, TranslationRecord] = {}
    for number, values in enumerate(read_lines(path), start=1):
        try:
            record = _record(values)
        except (TypeError, ValueError) as error:
            raise damaged(f"{path}:{number}", f"not a translation ({error})") from None
        if record.id in records:
            raise ClnerError(f"{path}:{number}: a second translation of {record.id}")
        records[record.id] = record
    return records


def _record(values: dict) -> TranslationRecord:
    record = TranslationRecord(**values)
    lists = (own for own in (record.tokens, record.entities) if own is not None)
    if not isinstance(record.id, str) or not all(map(are_strings, lists)):
        raise ValueError("its id, tokens or entities are no strings")
    if record.alignment is not None:
        record.alignment = [Block(*block) for block in record.alignment]
    return record
