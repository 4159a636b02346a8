"""GPUs leased to the jobs of one machine, so that no two jobs of a user have the same one.

A lease is a lock on an open file. The operating system ends it with the process that holds it,
however that ends; a program that the process becomes (exec) goes on holding it.
"""

import fcntl
import logging
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from clner.errors import ClnerError

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds between two looks at whether a GPU has become free."""


class Lease(NamedTuple):
    """A GPU that is this process's own until it ends or closes the file."""

    device: str
    """As CUDA_VISIBLE_DEVICES names it."""
    file: int
    """The descriptor of the locked file."""


def visible_devices() -> list[str]:
    """The GPUs to choose from: those of CUDA_VISIBLE_DEVICES, else all of the machine.

    Where a scheduler or a user has set the variable, the choice has been made, and is kept.
    """
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if listed is not None:
        return [device for device in listed.split(",") if device not in ("", "-1")]
    try:
        said = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True, text=True)
    except FileNotFoundError:
        return []
    lines = [line for line in said.stdout.splitlines() if line.startswith("GPU ")]
    return [str(number) for number in range(len(lines))]


def lock_folder() -> Path:
    """Where the user's locks are, on this machine; those of a Slurm job are by themselves.

    There the same number may be another GPU in another job.
    """
    given = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    own = given.is_absolute() and given.is_dir()
    runtime = given / "clner" if own else Path(tempfile.gettempdir(), f"clner-{os.getuid()}")
    return runtime / f"gpus{os.environ.get('SLURM_JOB_ID', '')}"


def lease(count: int, devices: list[str], folder: Path) -> list[Lease]:
    """Lease `count` of `devices` by locks in `folder`; waits until so many are free.

    Raises ClnerError where there are not so many at all.
    """
    if count > len(devices):
        raise ClnerError(f"gpus = {count}: only {len(devices)} here; lower run.gpus_per_job")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # One job at a time gathers GPUs: two that have half of theirs would wait for each other.
    gathering = _opened(folder / "gathering")
    fcntl.flock(gathering, fcntl.LOCK_EX)
    leases = list(islice(_as_they_come(devices, folder), count))
    os.close(gathering)
    return leases


def _as_they_come(devices: list[str], folder: Path) -> Iterator[Lease]:
    left, told = list(devices), False
    while True:
        for device in list(left):
            if (own := _try(device, folder)) is not None:
                left.remove(device)
                yield own
        if not told:
            log.info("waiting for a GPU: other jobs have %s", ", ".join(left))
            told = True
        time.sleep(PAUSE)


def _try(device: str, folder: Path) -> Lease | None:
    file = _opened(folder / f"device-{device.replace('/', '-')}")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    os.set_inheritable(file, True)
    return Lease(device, file)


def _opened(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
