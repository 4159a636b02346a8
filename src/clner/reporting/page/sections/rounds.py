"""Scores after each round of self-training."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from clner.reporting.blocks import Cell, Table
from clner.reporting.markdown import cell
from clner.reporting.page.evidence import Evidence
from clner.reporting.page.pictures import drawn
from clner.reporting.page.words import unbroken
from clner.reporting.rounds import rounds_figure
from clner.reporting.tables import round_table


def blocks(evidence: Evidence) -> Iterator:
    """A figure and a table, or the word that there was no round."""
    by_round = round_table(evidence.rows, evidence.variants, evidence.split, "f1")
    numbers = sorted(by_round.index.unique("round"))
    if numbers == [0]:
        yield "No variant of this run trains students: there is no round of self-training."
        return
    yield (
        f"Micro F1 on {evidence.split}, in percent; round 0 is the teacher; "
        f"{evidence.over_seeds()}."
    )
    if numbers == [0, 1]:
        yield "There is no second round in this run."
    caption = f"F1 on {evidence.split} after each round; a variant without students is a point."
    yield drawn(rounds_figure(by_round, "F1"), "lines of F1 by round, axes a pair", caption)
    table = by_round.unstack("round")
    lines = [
        [unbroken(pair), variant, *_cells(row, numbers)]
        for (pair, variant), row in table.iterrows()
    ]
    header = ["pair", "variant", "teacher", *(f"round {number}" for number in numbers[1:])]
    yield Table(header, lines, len(numbers))


def _cells(row: pd.Series, numbers: list[int]) -> Iterator[Cell]:
    for number in numbers:
        mean = row["mean", number]
        yield Cell(cell(mean, row["deviation", number]), None if pd.isna(mean) else float(mean))
