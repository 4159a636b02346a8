"""What came out, in one sentence and a few numbers."""

from __future__ import annotations

from collections.abc import Iterator

from clner.reporting.blocks import Tiles
from clner.reporting.page.comparison import baseline_of
from clner.reporting.page.evidence import Evidence, System
from clner.reporting.page.words import count, duration, listed, p_value, points, unbroken
from clner.reporting.significance import Comparison


def blocks(evidence: Evidence, compared: dict[System, Comparison]) -> Iterator:
    """The best system, whether it is certain, and the size of the run."""
    averages = evidence.averages()
    if averages:
        best = max(averages, key=averages.get)
        yield (
            f"The best {evidence.scope} is {best.phrase}, with {averages[best]:.1f} F1 on "
            f"{evidence.split}. {_against(best, compared.get(best), evidence)}"
        )
    else:
        yield f"No system was scored on {evidence.split} of all pairs of languages."
    yield Tiles(list(_tiles(evidence)))


def _tiles(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """The size of the run."""
    yield count(len(evidence.pairs), "pair"), listed(list(map(unbroken, evidence.pairs)))
    yield count(len(evidence.variants), "variant"), listed(evidence.variants)
    yield count(len(evidence.seeds), "seed"), listed(list(map(str, evidence.seeds)))
    splits = [analysis["splits"][evidence.split] for analysis in evidence.analyses]
    sizes = {split["digest"]: split for split in splits}  # pairs may share a test set
    sentences, entities = (
        sum(size[name] for size in sizes.values()) for name in ("sentences", "entities")
    )
    yield f"{sentences:,}", f"sentences of {evidence.split}, with {entities:,} gold entities"
    warned = sum(
        len(record["warnings"]) for one in evidence.diagnoses for record in one["training"].values()
    )
    yield count(warned, "warning"), "of the monitors in training"
    if evidence.jobs:
        seconds = sum(job.seconds for job in evidence.jobs)
        yield (
            unbroken(duration(seconds)),
            f"of {count(len(evidence.jobs), 'measured job')} together",
        )


def _against(best: System, found: Comparison | None, evidence: Evidence) -> str:
    baseline = baseline_of(evidence)
    if best == baseline:
        return "That is the baseline itself."
    if found is None:
        return f"It was not scored on the same sentences as the baseline, {baseline.phrase}."
    level = f"{100 * evidence.settings.level:.0f}\u00a0%"
    bounds = f"{points(found.low)} to {points(found.high)}"
    seeds = "of one seed" if len(evidence.seeds) == 1 else f"over {len(evidence.seeds)} seeds"
    return (
        f"Its difference to the baseline, {baseline.phrase}, is {points(found.difference)} "
        f"({level} interval {bounds}, {p_value(found.p)}), {seeds}."
    )
