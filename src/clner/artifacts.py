"""Reading and writing artifacts: JSON lines for text, always complete or absent."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clner.errors import ClnerError


@contextmanager
def finished_file(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling of `path`; rename it to `path` if the block ends without error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def finished_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling folder; it replaces `path` if the block ends without error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        if path.is_symlink():
            path.unlink()  # the link is replaced, never what it leads to
        shutil.rmtree(path, ignore_errors=True)
        partial.replace(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    with finished_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_json(path: Path, value: object) -> None:
    """Write one JSON document, indented, for people to read."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def read_json(path: Path) -> dict:
    """The JSON object in a file. Raises ClnerError where there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ClnerError(f"{path}: no such file") from None
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ClnerError(
            f"{path}: not a JSON object; the file is damaged: delete it and run again to rebuild it"
        )
    return value


def write_lines(path: Path, records: Iterable[dict]) -> int:
    """Write one JSON object a line; return how many."""
    count = 0
    with finished_file(path) as partial, partial.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    return count


def read_lines(path: Path) -> Iterator[dict]:
    """Yield the JSON object of each line.

    Raises ClnerError naming file and line where a line is not a JSON object.
    """
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                try:
                    record = json.loads(line)
                except ValueError:
                    record = None
                if not isinstance(record, dict):
                    raise ClnerError(
                        f"{path}:{number}: not a JSON object; the file is damaged: delete it and "
                        "run again to rebuild it"
                    )
                yield record
    except FileNotFoundError:
        raise ClnerError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise ClnerError(f"{path}: not UTF-8 ({error.reason} at byte {error.start})") from None
