"""What the operating system refuses, such as a write to a full disk, in one line."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clner.errors import ClnerError

_NO_ROOM = "make room and run again"
_NOT_ALLOWED = "allow it and run again"
_REMEDIES = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EFBIG: _NO_ROOM,
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EROFS: _NOT_ALLOWED,
}
_IN_RUST = re.compile(r"\(os error (\d+)\)")
"""How safetensors and tokenizers, which raise exceptions of their own, tell the number."""
_IN_TORCH = "enforce fail at inline_container"
"""How torch.save begins; it does not tell the number, nor always the reason."""


def refusal(error: Exception) -> str | None:
    """What the operating system refused and what to do; None for an error of another kind."""
    number = error.errno if isinstance(error, OSError) else None
    if number is None and (found := _IN_RUST.search(str(error))):
        number = int(found[1])
    if number is None:
        unknown = "torch failed; see to the disk and its room, and run again"
        return unknown if _IN_TORCH in str(error) else None
    remedy = _REMEDIES.get(number)
    return f"{os.strerror(number)}; {remedy}" if remedy else os.strerror(number)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise ClnerError where `path`, or anything beside or in it, cannot be written.

    Errors of files elsewhere, which the block may read, stay as they are.
    """
    try:
        yield
    except ClnerError:
        raise
    except Exception as error:
        reason = refusal(error)
        named = getattr(error, "filename", None)
        if reason is None or not (named is None or _is_near(Path(os.fsdecode(named)), path)):
            raise
        raise ClnerError(f"{path}: cannot be written: {reason}") from None


def _is_near(named: Path, path: Path) -> bool:
    """Whether a file lies beside or in `path`, or is a folder above it."""
    return named in path.parents or path.parent in named.parents
