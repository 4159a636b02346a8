"""Gather what was seen in code-switched text and in models.

Warnings, measures of the text, pseudo-labels and vectors, and F1 by round.
"""

import sys
from pathlib import Path

from clner.files.artifacts import read_json, write_text
from clner.files.sums import check_seal
from clner.stage import main
from clner.summarise import SummariseSettings


def run(
    settings: SummariseSettings,
    *,
    diagnoses: list[Path],
    scores: Path,
    output: Path,
    quality: list[Path] | None = None,
    rounds: Path | None = None,
) -> None:
    """Write what `diagnoses` and `quality` (JSON) say to `output` (Markdown), and `rounds` (PNG).

    `scores` is the table of `clner.summarise`; the figure shows its split and metric of the
    settings after every round of self-training.
    """
    from clner.reporting.diagnostics import diagnostics
    from clner.reporting.quality import FIELDS
    from clner.reporting.rounds import draw_rounds
    from clner.reporting.rows import read_scores
    from clner.reporting.tables import round_table

    for path in diagnoses:
        check_seal(path.parent)
    qualities = [read_json(path, FIELDS) for path in quality or []]
    write_text(output, diagnostics([read_json(path) for path in diagnoses], qualities))
    if rounds is not None:
        table = round_table(
            read_scores([scores]), settings.variants, settings.split, settings.metric
        )
        draw_rounds(rounds, table, f"{settings.metric.capitalize()} on {settings.split}")


if __name__ == "__main__":
    sys.exit(main(run))
