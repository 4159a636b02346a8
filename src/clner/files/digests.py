"""Digests of users' files: those of large ones are kept, rather than computed at every start."""

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from clner.errors import ClnerError
from clner.files.artifacts import write_text
from clner.files.sums import digest

WORTH_KEEPING = 2**24
"""Bytes from which on a digest is kept."""


def kept_digest(path: Path) -> str:
    """SHA-256 of a file. That of a large one is kept for as long as the file is not touched.

    Raises OSError where the file cannot be read.
    """
    state = path.stat()
    if state.st_size < WORTH_KEEPING:
        return digest(path)
    touched = (path.resolve(), state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    kept = cache_folder() / "digests" / sha256(repr(touched).encode()).hexdigest()
    if kept.is_file():
        return kept.read_text("utf-8")
    found = digest(path)
    with suppress(ClnerError):  # where nothing can be kept, nothing is
        write_text(kept, found)
    return found


def cache_folder() -> Path:
    """Where what may be used again is kept: $CLNER_CACHE, else clner in the user's cache folder."""
    user = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("CLNER_CACHE") or Path(user, "clner"))
