"""Medians of times and peaks of memory, each measured in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Literal, NamedTuple

import psutil
import torch

Run = Callable[[], object]
Subject = Callable[[], Run]
"""Makes what a run needs and returns the run. It is sent to other processes: a `partial` of a
function of a module."""

Measure = Literal["seconds", "peak_mb"]
SHARE = 0.75
"""Of the free memory, what one process may take: beyond it, out of memory."""


@dataclass(frozen=True)
class Case:
    """One of our ways beside other ways to the same end, at one size."""

    part: str
    size: str
    ours: Subject
    others: dict[str, Subject] = field(default_factory=dict)
    measures: tuple[Measure, ...] = ("seconds", "peak_mb")
    environment: dict[str, str] = field(default_factory=dict)
    """Of the processes that measure it."""
    device: str = "cpu"
    """Where its subjects run, and whose memory is measured."""


class Row(NamedTuple):
    """A line of the table; None: out of memory, or no other."""

    part: str
    size: str
    measure: Measure
    ours: float | None
    other: float | None
    other_name: str

    @property
    def ratio(self) -> float | None:
        """How many times the other's cost is ours: above 1 is in our favour."""
        return self.other / self.ours if self.ours and self.other else None


def measure(case: Case, rounds: int) -> Iterator[Row]:
    """A row for each measure of a case and each other way; one without an other if it has none."""
    subjects = [case.ours, *case.others.values()]
    for name in case.measures:
        with _environment(case.environment):
            if name == "seconds":
                ours, *others = _apart(medians, subjects, rounds) or [None] * len(subjects)
            else:
                ours, *others = [_apart(peak, subject, case.device) for subject in subjects]
        for other, value in zip(case.others or [""], others or [None], strict=True):
            yield Row(case.part, case.size, name, ours, value, other)


def medians(subjects: list[Subject], rounds: int) -> list[float | None]:
    """Median seconds of each over `rounds` runs, after one that is not counted.

    They run in turn, so that what disturbs the machine disturbs all of them. None: out of memory.
    """
    runs = [subject() for subject in subjects]
    times: list[list[float | None]] = [[] for _ in runs]
    for _ in range(1 + rounds):
        for run, own in zip(runs, times, strict=True):
            if None not in own:
                own.append(_seconds(run))
    return [None if None in own else median(own[1:]) for own in times]


def peak(subject: Subject, device: str = "cpu") -> float | None:
    """MB of the device that the first run adds to its inputs at most. None: out of memory."""
    _warm_up(device)
    run = subject()
    held = _most_held(device)
    return None if _seconds(run) is None else _most_held(device) - held


def _warm_up(device: str) -> None:
    """What torch imports and reserves at the first gradient of a process is nobody's cost."""
    square = torch.randn(64, 64, device=device, requires_grad=True)
    torch.autograd.grad(square @ square, square, square)


def _seconds(run: Run) -> float | None:
    start = perf_counter()
    try:
        run()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
    except RuntimeError as error:
        if "memory" not in str(error):
            raise
        return None
    return perf_counter() - start


def _most_held(device: str) -> float:
    """MB of the device that this process has held at most."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    status = Path("/proc/self/status")
    if status.exists():
        # ru_maxrss begins at what the parent held.
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _apart(function: Callable, *arguments):
    """The function's result, from a fresh process; None if that was killed."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=_limit) as pool:
        try:
            return pool.submit(function, *arguments).result()
        except BrokenProcessPool:
            return None


def _limit() -> None:
    """Let this process run out of memory before the machine does."""
    if sys.platform == "linux":
        held = psutil.Process().memory_info().data
        most = held + int(SHARE * psutil.virtual_memory().available)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


@contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    before = os.environ.copy()
    os.environ.update(changes)
    try:
        yield
    finally:
        for name in changes:
            os.environ.pop(name)
        os.environ.update(before)
