"""Time and memory of each stage."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from clner.reporting.benchmarks import STAGES, Job
from clner.reporting.blocks import MISSING, Cell, Table
from clner.reporting.page.evidence import Evidence


def blocks(evidence: Evidence) -> Iterator:
    """A row a stage, and the stages of which nothing was measured."""
    by_stage: dict[str, list[Job]] = {stage: [] for stage in STAGES}
    for job in evidence.jobs:
        by_stage[job.stage].append(job)
    measured = {stage: jobs for stage, jobs in by_stage.items() if jobs}
    if measured:
        yield (
            "Wall-clock time of the jobs whose benchmark files lie in the run's folder, those of "
            "earlier runs with other settings among them, and the peak of their resident memory. "
            "A job counts once, as it ran last; jobs that ran side by side count in full. Memory "
            "is sampled: that of a job of a second or two may be too low."
        )
        total = sum(job.seconds for job in evidence.jobs)
        header = ["stage", "jobs", "total s", "share %", "median s", "longest s", "peak MiB"]
        lines = [_row(stage, jobs, total) for stage, jobs in measured.items()]
        footer = [["all", f"{len(evidence.jobs):,}", f"{total:,.1f}", *_of_all(evidence.jobs)]]
        yield Table(header, lines, 6, footer)
    missing = [stage for stage in evidence.stages if stage not in measured]
    if missing:
        yield f"Not measured: {', '.join(missing)}; no benchmark file of these was found."


def _row(stage: str, jobs: list[Job], total: float) -> list[str | Cell]:
    seconds = [job.seconds for job in jobs]
    share = sum(seconds) / (total or 1.0)
    return [
        stage,
        f"{len(jobs):,}",
        f"{sum(seconds):,.1f}",
        Cell(f"{100 * share:.1f}", share),
        f"{median(seconds):,.1f}",
        f"{max(seconds):,.1f}",
        _peak(jobs),
    ]


def _of_all(jobs: list[Job]) -> list[str]:
    seconds = [job.seconds for job in jobs]
    return ["100.0", f"{median(seconds):,.1f}", f"{max(seconds):,.1f}", _peak(jobs)]


def _peak(jobs: list[Job]) -> str:
    known = [job.memory for job in jobs if job.memory is not None]
    return f"{max(known):,.0f}" if known else MISSING
