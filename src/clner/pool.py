"""Pool what several teachers say about unlabelled text.

What comes of it is read in place of one teacher's predictions, by the filter and by the student.
"""

import sys
from pathlib import Path

import numpy as np
from pydantic import Field

from clner.errors import ClnerError
from clner.stage import Settings, main
from clner.tagging.predictions import Predictions, read_predictions, write_predictions


class PoolSettings(Settings):
    """What is pooled; by the default, nothing [ours]."""

    teachers: int = Field(
        1,
        ge=1,
        description="teachers whose distributions are averaged in the first round, each trained "
        "with a seed of its own: S, S + 1000, S + 2000, …",
    )

    def seeds(self, seed: int) -> list[int]:
        """The seeds of the teachers behind the students of `seed`."""
        return [seed + 1000 * number for number in range(self.teachers)]


def run(settings: PoolSettings, *, predictions: list[Path], output: Path) -> None:
    """Write the mean of `predictions`, a file a teacher, all of the same text.

    An entity's agreement is the mean of what it has by each teacher, 0 where one does not find it.
    Raises ClnerError where they are not as many as the settings say, are of other text or have
    other tags.
    """
    from clner.tagging.agreement import agreement_of_models
    from clner.tagging.decoding import retold

    if len(predictions) != settings.teachers:
        raise ClnerError(f"teachers = {settings.teachers}: needs as many files of predictions")
    told = {path: read_predictions(path) for path in predictions}
    pooled = retold(told[predictions[0]], _average(told))
    pooled.agreement = agreement_of_models(pooled.spans, list(told.values()))
    write_predictions(output, pooled)


def _average(told: dict[Path, Predictions]) -> list[np.ndarray]:
    """The mean of several models' distributions: a (N, T) float32 array a sentence.

    Raises ClnerError where the files, which are named in the message, are not of the same
    sentences and tags.
    """
    (first, one), *others = told.items()
    for path, other in others:
        if (other.ids, other.tokens, other.tag_names) != (one.ids, one.tokens, one.tag_names):
            raise ClnerError(
                f"{path}: not of the same sentences and tags as {first}; predict both again"
            )
    rows = zip(*(predictions.probabilities for predictions in told.values()), strict=True)
    return [np.mean(row, axis=0, dtype=np.float32) for row in rows]


if __name__ == "__main__":
    sys.exit(main(run))
