"""What came out, in one sentence and a few numbers."""

from __future__ import annotations

from collections.abc import Iterator

from clner.reporting.blocks import Tiles
from clner.reporting.page.comparison import baseline_of
from clner.reporting.page.evidence import Evidence, System
from clner.reporting.page.words import among, count, duration, p_value, points
from clner.reporting.significance import Comparison


def blocks(evidence: Evidence, compared: dict[System, Comparison]) -> Iterator:
    """The best system, whether it is certain, and the size of the run."""
    averages = evidence.averages()
    best = max(averages, key=averages.get)
    yield (
        f"The best on average over {count(len(evidence.pairs), 'pair')} of languages is "
        f"{best} with {averages[best]:.1f} F1 on {evidence.split}. "
        f"{_against(best, compared.get(best), evidence)}"
    )
    warned = sum(
        len(record["warnings"]) for one in evidence.diagnoses for record in one["training"].values()
    )
    tiles = [
        (f"{averages[best]:.1f}", f"best mean F1 (%), {best}"),
        (str(len(evidence.pairs)), among("pair", evidence.pairs)),
        (str(len(evidence.variants)), among("variant", evidence.variants)),
        (str(len(evidence.seeds)), among("seed", list(map(str, evidence.seeds)))),
        (str(warned), "warning of a monitor" if warned == 1 else "warnings of monitors"),
    ]
    if evidence.jobs:
        seconds = sum(job.seconds for job in evidence.jobs)
        tiles.append((duration(seconds), f"of jobs, {len(evidence.jobs):,} measured"))
    yield Tiles(tiles)


def _against(best: System, found: Comparison | None, evidence: Evidence) -> str:
    baseline = baseline_of(evidence)
    if best == baseline:
        return "That is the baseline itself."
    if found is None:
        return f"It cannot be compared with the baseline, {baseline}: see below."
    level = f"{100 * evidence.settings.level:.0f}\u00a0%"
    seeds = "of one seed" if len(evidence.seeds) == 1 else f"over {len(evidence.seeds)} seeds"
    return (
        f"Its difference to the baseline, {baseline}, is {points(found.difference)} ({level} "
        f"interval {points(found.low)} to {points(found.high)}, {p_value(found.p)}), {seeds}."
    )
