"""How far a job is: a bar on a terminal, elsewhere a line a minute with the time left.

A bar redraws itself by carriage returns: in a log it is unreadable, and of jobs side by side on
one terminal each would overwrite the others'. Lines name the artifact that the job makes.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

LINE = "{desc}: {n:,} of {total:,}{unit} ({percentage:.0f} %), {remaining} left"
LAST = "{desc}: {n:,}{unit} in {elapsed}, {speed:,.1f} per s"


@contextmanager
def progress(
    job: object, total: int, unit: str, done: int = 0, interval: float = 60.0
) -> Iterator[Callable[[int], object]]:
    """A function to be called with the number of units that have just been done.

    `job` is what the lines begin with, as text: the path of what is made. `done` of the `total`
    units were done before, by a run that was cut off, and do not count for the time left. Where
    standard error is no terminal, a line is written `interval` seconds after the one before at the
    earliest, and one at the end unless the block raises.
    """
    if not sys.stderr.isatty():
        lines = _Lines(job, total, unit, done, interval)
        yield lines.advance
        lines.end()
        return
    from tqdm import tqdm
    from tqdm.contrib.logging import logging_redirect_tqdm

    bar = tqdm(desc=str(job), total=total, unit=f" {unit}", initial=done)
    with logging_redirect_tqdm(), bar:
        yield bar.update


class _Lines:
    """Plain lines on standard error; `interval` in seconds."""

    def __init__(self, job: object, total: int, unit: str, done: int, interval: float) -> None:
        self._named = {"prefix": str(job), "unit": f" {unit}", "initial": done, "total": total}
        self._done = done
        self._interval = interval
        self._start = self._said = monotonic()

    def advance(self, count: int) -> None:
        self._done += count
        if monotonic() - self._said >= self._interval:
            self._said = monotonic()
            self._write(LINE)

    def end(self) -> None:
        self._write(LAST)

    def _write(self, line: str) -> None:
        from tqdm import tqdm

        seconds = monotonic() - self._start
        speed = (self._done - self._named["initial"]) / max(seconds, 0.001)
        now = {"n": self._done, "elapsed": seconds, "speed": speed, "bar_format": line}
        print(tqdm.format_meter(**now, **self._named), file=sys.stderr, flush=True)


def no_bars_in_logs() -> None:
    """Keep the bars of Hugging Face's libraries out of what is no terminal.

    To be called before they are imported; a choice in the environment stays.
    """
    if not sys.stderr.isatty():
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
