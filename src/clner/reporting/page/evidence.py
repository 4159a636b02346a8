"""All that a page is made from, read and checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from clner.reporting.benchmarks import Job
from clner.reporting.page.words import listed
from clner.reporting.rows import MODELS, Row
from clner.reporting.tables import average_table, final_scores, mean_and_deviation, over_seeds

if TYPE_CHECKING:
    from clner.report import ReportSettings


@dataclass(frozen=True)
class Evidence:
    """What the stages of a run left, one entry a pair, variant and seed where it is a list.

    `analyses` and `diagnoses` are in the same order, `looks` are the folders of the latter;
    `projections` go by the pair and branch they are of. `configuration` is that of the run, as
    plain values, and `protocol` says how checkpoints were selected.
    """

    settings: ReportSettings
    rows: list[Row]
    analyses: list[dict]
    diagnoses: list[dict]
    looks: list[Path]
    qualities: list[dict]
    projections: dict[str, dict]
    jobs: list[Job]
    stages: list[str]
    configuration: dict
    protocol: str

    @property
    def split(self) -> str:
        """The split that is reported."""
        return self.configuration["summarise"]["split"]

    @cached_property
    def variants(self) -> list[str]:
        """The variants with scores, in the order of the run."""
        named = [
            *self.configuration["run"]["variants"],
            *sorted({row.variant for row in self.rows}),
        ]
        known = {row.variant for row in self.rows}
        return [variant for variant in dict.fromkeys(named) if variant in known]

    @cached_property
    def seeds(self) -> list[int]:
        """The seeds of training, ascending."""
        return sorted({row.seed for row in self.rows})

    @cached_property
    def final(self) -> pd.DataFrame:
        """Scores of the last rounds, see `final_scores`."""
        return final_scores(self.rows, self.variants)

    @cached_property
    def systems(self) -> list[System]:
        """Teachers and last students of all variants, in their order."""
        seen = self.final.groupby(["variant", "model"], observed=True)["round"].max()
        return [
            System(variant, model, int(seen[variant, model]))
            for variant in self.variants
            for model in MODELS
            if (variant, model) in seen.index
        ]

    @cached_property
    def pairs(self) -> list[str]:
        """The pairs of languages with scores, by name: en → es."""
        return sorted(set(self.final["pair"]))

    @property
    def scope(self) -> str:
        """What averages are over."""
        several = f"on average over {len(self.pairs)} pairs of languages"
        return several if len(self.pairs) > 1 else f"on {self.pairs[0]}"

    def over_seeds(self) -> str:
        """What ± is, or why there is none."""
        return over_seeds(self.seeds)

    @property
    def title(self) -> str:
        """What the page is of."""
        sides = zip(*(pair.split(" → ") for pair in self.pairs), strict=True)
        sources, targets = (listed(sorted(set(names))) for names in sides)
        return f"{listed(self.variants)}, from {sources} to {targets}"

    def averages(self) -> dict[System, float]:
        """F1 in percent over pairs and seeds; systems that lack a pair have none."""
        mean, _ = mean_and_deviation(average_table(self.final, self.split, "f1"))
        means = {system: mean.loc[system.variant, system.model] for system in self.systems}
        return {system: float(value) for system, value in means.items() if value == value}

    def section(self, variant: str, name: str) -> dict:
        """A section of settings without groups of its own, as the variant has it."""
        return self.configuration[name] | self.configuration["variants"][variant].get(name, {})

    def shown(self) -> list[tuple[dict, Path]]:
        """The diagnoses whose figures are shown, and their folders: some of the first seed."""
        first = [
            (diagnosis, folder)
            for diagnosis, folder in zip(self.diagnoses, self.looks, strict=True)
            if diagnosis["seed"] == self.seeds[0]
        ]
        return first[: self.settings.figures]

    def judged(self, system: System) -> Iterator[tuple[dict, dict]]:
        """Each analysis that has the system, and what that says of it on the split."""
        for analysis in self.analyses:
            own = analysis["models"].get(system.folder)
            if analysis["variant"] == system.variant and own and self.split in own:
                yield analysis, own[self.split]


@dataclass(frozen=True, order=True)
class System:
    """A variant's teacher (round 0), or its student of a round."""

    variant: str
    model: str
    round: int

    @property
    def folder(self) -> str:
        """The name of the model in the paths of a run."""
        return f"{self.model}-{self.round}" if self.round else self.model

    @property
    def phrase(self) -> str:
        """As sentences name it."""
        return f"the {self.model} of {self.variant}"

    def __str__(self) -> str:
        return f"{self.variant}, {self.model}"
