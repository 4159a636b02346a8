"""Reading and writing artifacts: JSON lines for text, always complete or absent."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from socket import gethostname

from clner.errors import ClnerError
from clner.files.disk import writing
from clner.files.sums import seal


@contextmanager
def finished_file(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling of `path`; rename it to `path` if the block ends without error.

    Raises ClnerError where it cannot be written.
    """
    with writing(path):
        partial = _partial(path)
        try:
            yield partial
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def finished_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling folder; it replaces `path` if the block ends without error.

    Checksums of its files are put beside them. Raises ClnerError where it cannot be written.
    """
    with writing(path):
        partial = _partial(path)
        partial.mkdir()
        # What a kill leaves of a folder that is being deleted must not have its name.
        aside = partial.with_suffix(".old.part")
        try:
            yield partial
            seal(partial)
            if path.is_symlink():
                path.unlink()  # the link is replaced, never what it leads to
            if path.exists():
                path.replace(aside)
            partial.replace(path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
            shutil.rmtree(aside, ignore_errors=True)


def _partial(path: Path) -> Path:
    """A name beside `path` for this process; what those that were killed here left is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mine = f".{path.name}.{gethostname()}."
    for left in path.parent.glob(f"{escape(mine)}*.part"):
        process = left.name.removeprefix(mine).partition(".")[0]
        if process.isdigit() and not _is_alive(int(process)):
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    return path.with_name(f"{mine}{os.getpid()}.part")


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    with finished_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_json(path: Path, value: object) -> None:
    """Write one JSON document, indented, for people to read."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def damaged(place: Path | str, fault: str) -> ClnerError:
    """The error of an artifact that is not as it was written; `place` is its path, or path:line."""
    return ClnerError(
        f"{place}: {fault}; the file is damaged: delete it and run again to rebuild it"
    )


def read_json(path: Path, keys: Iterable[str] = ()) -> dict:
    """The JSON object in a file. Raises ClnerError where there is none, or it lacks a key."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ClnerError(f"{path}: no such file") from None
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise damaged(path, "not a JSON object")
    lacking = next((key for key in sorted(keys) if key not in value), None)
    if lacking is not None:
        raise damaged(path, f"without {lacking!r}")
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
                    raise damaged(f"{path}:{number}", "not a JSON object")
                yield record
    except FileNotFoundError:
        raise ClnerError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise damaged(path, f"not UTF-8 ({error.reason})") from None


def are_strings(value: object) -> bool:
    """Whether a value read from JSON is a list of nothing but strings."""
    return isinstance(value, list) and set(map(type, value)) <= {str}
