"""All systems by their mean score, each beside the baseline."""

from __future__ import annotations

from collections.abc import Iterator

from clner.reporting.blocks import MISSING, Cell, Table
from clner.reporting.markdown import cell
from clner.reporting.page.comparison import baseline_of
from clner.reporting.page.evidence import Evidence, System
from clner.reporting.page.words import p_value, points
from clner.reporting.significance import Comparison
from clner.reporting.tables import average_table, mean_and_deviation

UNCORRECTED = "P-values are not corrected for the number of systems."


def blocks(evidence: Evidence, compared: dict[System, Comparison]) -> Iterator:
    """How to read the table, the table, and what it cannot tell."""
    baseline = baseline_of(evidence)
    level = f"{100 * evidence.settings.level:.0f}\u00a0%"
    yield (
        f"Micro F1 of entities on {evidence.split}, in percent, {evidence.scope}; "
        f"{evidence.over_seeds()}. Differences are to {baseline.phrase}, with a {level} interval "
        "and a two-sided p-value by the paired bootstrap over sentences "
        f"({evidence.settings.resamples:,} samples)."
    )
    yield _table(evidence, baseline, compared)
    if len(evidence.seeds) == 1:
        yield (
            "One seed: there is no deviation, and an interval tells of other sentences, not of "
            "another training. A second seed may move a score by more than the interval is wide. "
            f"{UNCORRECTED}"
        )
    else:
        yield (
            "Intervals and p-values tell of other sentences with these trainings; how far another "
            f"training may lie from these, the deviation tells. {UNCORRECTED}"
        )


def _table(evidence: Evidence, baseline: System, compared: dict[System, Comparison]) -> Table:
    mean, deviation = mean_and_deviation(average_table(evidence.final, evidence.split, "f1"))
    averages = evidence.averages()
    ranked = sorted(averages, key=averages.get, reverse=True)
    ranked += [system for system in evidence.systems if system not in averages]
    widest = max(
        (abs(bound) for one in compared.values() for bound in (one.low, one.high)), default=1.0
    )
    lines = []
    for system in ranked:
        place = system.variant, system.model
        score = cell(mean.loc[place], deviation.loc[place])
        lines.append(
            [
                system.variant,
                _model(system),
                Cell(score, averages.get(system)),
                *_difference(system, baseline, compared.get(system), widest),
            ]
        )
    level = f"{100 * evidence.settings.level:.0f} %"
    header = ["variant", "model", "mean F1", "difference", f"{level} interval", "p"]
    return Table(header, lines, numbers=4)


def _model(system: System) -> str:
    return f"student, round {system.round}" if system.round else "teacher"


def _difference(
    system: System, baseline: System, found: Comparison | None, widest: float
) -> list[str | Cell]:
    if system == baseline:
        return ["baseline", MISSING, MISSING]
    if found is None:
        return [MISSING, MISSING, MISSING]
    bounds = (found.low, found.difference, found.high, 0.0)
    marks = tuple(50 + 50 * bound / (widest or 1.0) for bound in bounds)
    interval = Cell(f"{points(found.low)} to {points(found.high)}", marks=marks)
    return [
        points(found.difference),
        interval,
        p_value(found.p).removeprefix("p = ").removeprefix("p "),
    ]
