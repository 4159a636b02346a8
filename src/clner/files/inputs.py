"""Files that users bring: where they lie and what their lines are."""

import os
import re
from pathlib import Path

from clner.errors import ClnerError

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def expand(path: str, key: str) -> Path:
    """The path with `~` and `$VARIABLE` filled in; `key` is the setting it comes from.

    Raises ClnerError naming the variable where one has no value.
    """
    for match in _VARIABLE.finditer(path):
        name = match[1] or match[2]
        if not os.environ.get(name):
            raise ClnerError(f"{key} = {path!r}: the environment variable {name} is not set")
    return Path(os.path.expandvars(path)).expanduser()


def for_pair(path: str, source: str, target: str) -> str:
    """A path with `{source}` and `{target}` filled in by the languages."""
    return path.replace("{source}", source).replace("{target}", target)


def lines_of(path: Path, encoding: str = "utf-8") -> list[str]:
    """The lines of a text file, without byte order mark and line ends (LF or CRLF).

    Only a line feed ends a line: U+2028 and its like may be part of a token.
    Raises ClnerError where the file is missing or not in `encoding`.
    """
    try:
        content = path.read_bytes()
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ClnerError(f"{path}:{line}: not {encoding} ({error.reason})") from None
    except LookupError:
        raise ClnerError(f"{path}: encoding {encoding!r} does not exist") from None
    except OSError as error:
        raise ClnerError(f"{path}: {error.strerror}") from None
    lines = [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]
    return lines if lines[-1] else lines[:-1]
