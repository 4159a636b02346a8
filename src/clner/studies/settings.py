"""What a study varies, and what the variants are called that it makes."""

import re
from typing import Any, Literal

from pydantic import Field, model_validator

from clner.reporting.rows import MODELS
from clner.stage import Name, Settings
from clner.summarise import Metric, Split

LEAST_LANGUAGES = 3
LEAST_AMOUNTS = 4
"""One more than the curve of a plateau has parameters."""


class Axis(Settings):
    """What one axis of a study takes: the values of a setting, or steps of several settings."""

    settings: list[str] = Field(
        [], description="settings that all take each of the values: [filter.entity_confidence]"
    )
    values: list[Any] = Field([], description="values of the settings")
    steps: dict[Name, dict[str, Any]] = Field(
        {}, description="instead of settings and values: named overrides, as under variants"
    )
    plateau: bool = Field(
        False, description="whether a curve with a plateau is fitted; the values are amounts"
    )

    @model_validator(mode="after")
    def _one_form(self) -> "Axis":
        if bool(self.settings and self.values) == bool(self.steps):
            raise ValueError("needs settings and values, or steps")
        labels = [_label(value) for value in self.values]
        twice = next((label for label in labels if labels.count(label) > 1), None)
        if twice is not None:
            raise ValueError(f"two values are called {twice!r}")
        if self.plateau and (len(self.amounts) < LEAST_AMOUNTS or min(self.amounts) <= 0):
            raise ValueError(f"a plateau needs {LEAST_AMOUNTS} values or more, all above 0")
        return self

    @property
    def labels(self) -> list[str]:
        """What the steps are called, in paths too."""
        return list(self.steps) or [_label(value) for value in self.values]

    @property
    def amounts(self) -> list[float]:
        """The values, if all of them are numbers; else none."""
        numbers = [value for value in self.values if type(value) in (int, float)]
        return numbers if len(numbers) == len(self.values) else []

    def overrides(self) -> dict[str, dict]:
        """What each step lays over a variant, by its label."""
        if self.steps:
            return self.steps
        return dict(zip(self.labels, map(self._with, self.values), strict=True))

    def _with(self, value: Any) -> dict:
        values: dict = {}
        for setting in self.settings:
            *groups, last = setting.split(".")
            group = values
            for name in groups:
                group = group.setdefault(name, {})
            group[last] = value
        return values


class Gain(Settings):
    """A gain over another variant, against the distance of the languages."""

    over: Name = Field(description="the variant that is to be bettered")
    distances: str | None = Field(
        None,
        description="file of two languages and their distance a line, tabs between; by default "
        "syntactic distances of the languages of XTREME",
    )


class StudySettings(Settings):
    """One question to a run: axes along which variants change, or a gain."""

    variants: list[Name] = Field([], description="variants that are studied")
    axes: dict[Name, Axis] = Field(
        {}, description="for each axis, the settings that change along it and their values"
    )
    gain: Gain | None = Field(
        None, description="instead of axes: the gain over a variant, against languages' distance"
    )
    timed: Literal["none", *MODELS] = Field(
        "none", description="the model whose seconds of training are put beside the scores"
    )
    split: Split = Field("target-test", description="split of the scores")
    metric: Metric = Field("f1", description="score that is shown")
    selection: str = Field(
        "", description="how checkpoints were selected, for the text; a run says it by itself"
    )

    @model_validator(mode="after")
    def _one_question(self) -> "StudySettings":
        if self.axes and self.gain:
            raise ValueError("axes and gain are both set: ask one question a study")
        return self

    def scored(self) -> list[str]:
        """All variants whose scores the study reads."""
        if self.gain:
            return list(dict.fromkeys([self.gain.over, *self.variants]))
        steps = [
            varied(variant, axis, label)
            for axis, settings in self.axes.items()
            for variant in self.variants
            for label in settings.labels
        ]
        return list(dict.fromkeys(steps))


def varied(variant: str, axis: str, label: str) -> str:
    """The name of a variant at one step of an axis: concner-ratio-0.25."""
    return f"{variant}-{axis}-{label}"


def _label(value: Any) -> str:
    """A value as a part of a path: 0.25, none, de-nl."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.") or "none"
