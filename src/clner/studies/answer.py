"""What a study comes to, and the sentences that every study says of its protocol."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from clner.reporting.tables import over_seeds
from clner.studies.settings import StudySettings


class Answer(NamedTuple):
    """The points as a table, the text that people read, and what draws the figure."""

    points: pd.DataFrame
    text: str
    draw: Callable[[Path], None]


def protocol(settings: StudySettings, scores: pd.DataFrame, entities: dict[str, int]) -> str:
    """Metric, seeds, selection and sizes; `scores` are those of `last_scores`."""
    seeds = sorted(set(scores.index.get_level_values("seed")))
    sizes = "; ".join(f"{pair} {count:,}" for pair, count in sorted(entities.items()))
    parts = [
        f"{settings.metric.capitalize()} on {settings.split} in percent: seqeval, mode strict, "
        "scheme IOB2, micro average, the last model of each variant.",
        over_seeds(seeds).capitalize() + ".",
        settings.selection,
        f"Gold entities: {sizes}.",
    ]
    return " ".join(part for part in parts if part)
