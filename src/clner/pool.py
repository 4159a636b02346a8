"""Pool what several teachers, and the other occurrences of a name, say about unlabelled text.

What comes of it is read in place of one model's predictions, by the filter and by the student.
"""

import sys
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from clner.stage import Settings, main
from clner.tagging.predictions import read_predictions, write_predictions


class PoolSettings(Settings):
    """What is pooled; by the defaults, nothing. All values [ours]."""

    teachers: int = Field(
        1,
        ge=1,
        description="teachers whose distributions are averaged in the first round, each trained "
        "with a seed of its own: S, S + 1000, S + 2000, …",
    )
    names: float = Field(
        0.0,
        ge=0,
        le=1,
        description="weight of what a name is in all its contexts, an entity of some type or none, "
        "beside what it is in one",
    )

    def pools(self, first: bool) -> bool:
        """Whether anything is pooled in the first round, or in those that follow it."""
        return self.names > 0 or (first and self.teachers > 1)

    def seeds(self, seed: int) -> list[int]:
        """The seeds of the teachers behind the students of `seed`."""
        return [seed + 1000 * number for number in range(self.teachers)]


def run(settings: PoolSettings, *, predictions: list[Path], output: Path) -> None:
    """Write what is pooled of `predictions`, a file a teacher, all of the same text.

    An entity's agreement is the mean of what it has by each teacher, 0 where one does not find it.

    Raises ClnerError where they are of other text or have other tags.
    """
    from clner.tagging.agreement import agreement_of_models
    from clner.tagging.decoding import entities
    from clner.tagging.pooling import average, pool_names
    from clner.text.spans import flat_tags

    told = {path: read_predictions(path) for path in predictions}
    first = told[predictions[0]]
    probabilities = average(told)
    if settings.names:
        probabilities = pool_names(first.tokens, probabilities, first.tag_names, settings.names)
    spans = entities(probabilities, first.tag_names)
    tags = [flat_tags(own, len(tokens)) for own, tokens in zip(spans, first.tokens, strict=True)]
    agreement = agreement_of_models(spans, list(told.values()))
    pooled = {"probabilities": probabilities, "spans": spans, "tags": tags, "agreement": agreement}
    write_predictions(output, replace(first, **pooled))


if __name__ == "__main__":
    sys.exit(main(run))
