"""What a study comes to, and the sentences that every study says of its protocol."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from clner.studies.settings import StudySettings


class Answer(NamedTuple):
    """The points as a table, the text that people read, and what draws the figure."""

    points: pd.DataFrame
    text: str
    draw: Callable[[Path], None]


def protocol(settings: StudySettings, scores: pd.DataFrame, entities: dict[str, int]) -> str:
    """Metric, seeds, selection and sizes; `scores` are those of `last_scores`."""
    seeds = sorted(set(scores.index.get_level_values("seed")))
    named = ", ".join(map(str, seeds))
    deviation = (
        f"Mean ± sample standard deviation over {len(seeds)} seeds ({named})."
        if len(seeds) > 1
        else f"One seed ({named}), hence no deviation."
    )
    sizes = "; ".join(f"{pair} {count:,}" for pair, count in sorted(entities.items()))
    parts = [
        f"{settings.metric.capitalize()} on {settings.split} in percent: seqeval, mode strict, "
        "scheme IOB2, micro average, the last model of each variant.",
        deviation,
        settings.selection,
        f"Gold entities: {sizes}.",
    ]
    return " ".join(part for part in parts if part)
