"""Time and memory of the jobs of a workflow, as Snakemake's benchmark files have them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LABELLED = ("filter", "pool", "predict")
"""Stages whose jobs have names of their own, below a folder of the stage's."""
FOLDERS = {"corpora": "corpus", "studies": "study"}
"""Folders whose jobs all are of one stage, whatever their names."""
STAGES = ("corpus", "lexicon", "translate", "project", "codeswitch", "encoder", "quality")
STAGES += ("teacher", "predict", "align", "pool", "filter", "student", "evaluate", "analyse")
STAGES += ("diagnose", "summarise", "study", "review")
"""In the order of the workflow."""


class Job(NamedTuple):
    """A job: its stage, wall-clock time in seconds, peak of its memory in MiB (None: unmeasured).

    The memory is the resident set of its processes together.
    """

    stage: str
    seconds: float
    memory: float | None


def read_jobs(folder: Path) -> list[Job]:
    """All jobs whose benchmark lies in `folder` or below it, in the order of their paths.

    A file that a job is just writing, or that is none of a benchmark, is passed over; a folder
    that does not exist has none.
    """
    return [job for path in sorted(folder.rglob("*.tsv")) for job in _jobs(path, folder)]


def _jobs(path: Path, folder: Path) -> Iterator[Job]:
    stage = stage_of(path.relative_to(folder))
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            seconds = _number(row.get("s"))
            if stage and seconds is not None:
                yield Job(stage, seconds, _number(row.get("max_rss")))


def stage_of(path: Path) -> str | None:
    """The stage of a benchmark by its path below their folder; None if it is of no stage."""
    parts = [*path.parts[:-1], path.stem]
    if parts[0] in FOLDERS:
        return FOLDERS[parts[0]]
    named = next((part for part in parts if part in LABELLED), None)
    stage = named or parts[-1].partition("-")[0]
    return stage if stage in STAGES else None


def _number(text: str | None) -> float | None:
    """Snakemake writes - or NA of what it could not measure."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
