"""Which runs are alive in a folder: a lock of a run that was killed must not stop the next one.

Snakemake's own lock is a plain file, which outlives its process. Beside it every run holds a lock
of the operating system, which does not.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from socket import gethostname
from typing import IO

LOCKS = ".snakemake/locks"
ALIVE = ".snakemake/alive"
"""Held by every process that reads the workflow; its text is the host that last ran alone."""


def enter(folder: Path) -> tuple[IO | None, bool]:
    """Count this process among the runs alive in `folder`, until it ends or closes the file.

    If there is no other, what a killed run left in Snakemake's folder of locks is removed; the
    second value says so. A lock that was left on another host stays, as not every file system
    shows the locks of other hosts; where it has no locks at all, or cannot be written, the file
    is None.
    """
    if os.name != "posix":
        return None, False
    from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock

    try:
        (folder / ALIVE).parent.mkdir(exist_ok=True)
        file = (folder / ALIVE).open("a+", encoding="utf-8")
        try:
            flock(file, LOCK_EX | LOCK_NB)
            removed = _remove_stale(folder / LOCKS, file)
        except BlockingIOError:
            removed = False
        flock(file, LOCK_SH)
    except OSError:
        return None, False
    return file, removed


def _remove_stale(locks: Path, alive: IO) -> bool:
    """Remove all locks if they are this host's, and put down this host where there are none."""
    alive.seek(0)
    left = locks.is_dir() and any(locks.iterdir())
    if left and alive.read() != gethostname():
        return False
    if left:
        shutil.rmtree(locks)
    alive.truncate(0)
    alive.write(gethostname())
    alive.flush()
    return left
