"""Scores by pair of languages and by entity type."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from clner.reporting.blocks import MISSING, Cell, Fold, Table
from clner.reporting.figure import bars_figure
from clner.reporting.markdown import cell
from clner.reporting.page.evidence import Evidence, System
from clner.reporting.page.pictures import drawn
from clner.reporting.page.words import unbroken
from clner.reporting.tables import (
    AVERAGE,
    mean_and_deviation,
    pair_table,
    split_table,
    type_scores,
    type_table,
)


def by_language(evidence: Evidence) -> Iterator:
    """A table of all pairs, a figure of it, and the other splits."""
    yield (
        f"Micro F1 on {evidence.split}, in percent, of the teacher and of the student of the last "
        f"round; {evidence.over_seeds()}. A stronger shade is higher."
    )
    by_seed = pair_table(evidence.final, evidence.split, "f1")
    mean, deviation = mean_and_deviation(by_seed)
    support = evidence.final[evidence.final["split"] == evidence.split].groupby("pair")["support"]
    shown = [
        [unbroken(pair), f"{support.max()[pair]:,}", *_cells(evidence, mean, deviation, pair)]
        for pair in evidence.pairs
    ]
    footer = []
    if AVERAGE in mean.columns.unique(0):
        footer = [[AVERAGE, MISSING, *_cells(evidence, mean, deviation, AVERAGE)]]
    header = ["pair", "gold entities", *map(str, evidence.systems)]
    yield Table(header, shown, len(header) - 1, footer)
    caption = f"F1 on {evidence.split} by pair. Teachers hatched, students filled."
    yield drawn(bars_figure(by_seed, ""), "bars of F1 by pair of languages and system", caption)
    splits = [split for split in dict.fromkeys(evidence.final["split"]) if split != evidence.split]
    if splits:
        yield Fold("The other splits", list(_others(evidence, sorted(splits))))


def _others(evidence: Evidence, splits: list[str]) -> Iterator:
    yield f"The same scores on {', '.join(splits)}; on average over pairs of languages."
    mean, deviation = mean_and_deviation(split_table(evidence.final, splits, "f1"))
    header = ["split", *map(str, evidence.systems)]
    lines = [[split, *_cells(evidence, mean, deviation, split)] for split in splits]
    yield Table(header, lines, len(header) - 1)


def _cells(
    evidence: Evidence, mean: pd.DataFrame, deviation: pd.DataFrame, column: str
) -> list[Cell]:
    """A row of a table whose columns are the systems."""
    places = [(system.variant, (column, system.model)) for system in evidence.systems]
    return [_cell(mean.loc[place], deviation.loc[place]) for place in places]


def by_type(evidence: Evidence) -> Iterator:
    """A figure of the means over pairs, and a table of every pair and type."""
    yield (
        f"F1 of each entity type on {evidence.split}, in percent, of the same models; "
        f"{evidence.over_seeds()}."
    )
    caption = f"F1 on {evidence.split} by entity type, on average over pairs of languages."
    by_seed = type_table(evidence.rows, evidence.variants, evidence.split)
    yield drawn(bars_figure(by_seed, ""), "bars of F1 by entity type and system", caption)
    scores = type_scores(evidence.rows, evidence.variants, evidence.split)
    header = ["pair", "type", "gold entities", *map(str, evidence.systems)]
    lines = [
        [unbroken(pair), kind, f"{own['support'].max():,}", *_typed(own, evidence.systems)]
        for (pair, kind), own in scores.groupby(level=["pair", "type"])
    ]
    yield Table(header, lines, len(header) - 2)


def _typed(scores: pd.DataFrame, systems: list[System]) -> Iterator[str | Cell]:
    """A row of one pair and type; a system that was not scored on it has none."""
    known = {(row.Index[2], row.Index[3]): row for row in scores.itertuples()}
    for system in systems:
        row = known.get((system.variant, system.model))
        yield MISSING if row is None else _cell(row.mean, row.deviation)


def _cell(mean: float, deviation: float) -> Cell:
    return Cell(cell(mean, deviation), None if pd.isna(mean) else float(mean))
