"""Gather the scores of all runs: one table of everything, one to read, and one figure.

The table to read and the figure show the micro scores of one split, variants against pairs of
languages, teacher and student of the last round side by side, in percent: the mean over seeds and
the sample standard deviation.
"""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field

from clner.errors import ClnerError
from clner.files.artifacts import write_text
from clner.reporting.rows import read_scores, write_scores
from clner.stage import Settings, main

Split = Literal["target-test", "target-dev", "source-test", "source-dev"]
Metric = Literal["f1", "precision", "recall"]


class SummariseSettings(Settings):
    """What the table and the figure show."""

    variants: list[str] = Field(
        [], description="order of the variants; those not named follow alphabetically"
    )
    split: Split = Field("target-test", description="split of the table and the figure")
    metric: Metric = Field("f1", description="score of the table and the figure")
    selection: str = Field(
        "", description="how checkpoints were selected, for the table; a run says it by itself"
    )


def run(
    settings: SummariseSettings, *, scores: list[Path], table: Path, figure: Path, output: Path
) -> None:
    """Write all rows of `scores` to `output` (TSV), and what they say to `table` and `figure`.

    `table` is GitHub Markdown, `figure` a PNG. Raises ClnerError where `scores` holds nothing of
    the split to show, or a score twice.
    """
    from clner.reporting.figure import draw_bars
    from clner.reporting.markdown import report
    from clner.reporting.tables import final_scores, pair_table

    rows = read_scores(scores)
    splits = sorted({row.split for row in rows})
    if settings.split not in splits:
        raise ClnerError(
            f"split = {settings.split!r}: the scores have none; they have {', '.join(splits)}"
        )
    final = final_scores(rows, settings.variants)
    write_scores(output, rows)
    write_text(table, report(final, settings.split, settings.metric, settings.selection))
    title = f"{settings.metric.capitalize()} on {settings.split}, in percent"
    draw_bars(figure, pair_table(final, settings.split, settings.metric), title)


if __name__ == "__main__":
    sys.exit(main(run))
