"""Scores along the axes of a study."""

from functools import partial
from pathlib import Path

import pandas as pd

from clner.reporting.markdown import MISSING, cell, table
from clner.reporting.rows import Row
from clner.studies.answer import Answer, protocol
from clner.studies.axes_figure import Line, draw_axes
from clner.studies.plateau import CONFIDENCE, Plateau, fit_plateau
from clner.studies.points import (
    entities,
    last_scores,
    pseudo_labels,
    seconds,
    steps,
    unlabelled,
)
from clner.studies.settings import Axis, StudySettings, varied

UNTOLD = "no plateau can be told from these points"


def answer_axes(
    settings: StudySettings, rows: list[Row], diagnoses: list[Path], timings: dict[str, list[Path]]
) -> Answer:
    """The scores of every step of every axis, and a plateau where one is asked for."""
    scores = last_scores(rows, settings)
    by_variant = scores.groupby(level="variant", observed=True)
    means, deviations = steps(settings, by_variant.mean()), steps(settings, by_variant.std())
    beside = steps(settings, pseudo_labels(diagnoses))
    if settings.timed != "none":
        beside["seconds"] = steps(settings, seconds(timings))["seconds"]
    lines = [
        _line(settings, axis, variant, pair, scores, beside)
        for axis in settings.axes
        for variant in settings.variants
        for pair in scores.columns
    ]
    parts = [protocol(settings, scores, entities(rows, settings)) + _unlabelled(diagnoses)]
    for name, axis in settings.axes.items():
        parts += [_heading(name, axis), _table(name, means, deviations, beside)]
        if axis.plateau:
            parts.append(_plateaus([line for line in lines if line.axis == name]))
    timed = None if settings.timed == "none" else settings.timed
    title = f"{settings.metric.capitalize()} on {settings.split}, in percent"
    return Answer(
        _points(means, deviations, beside),
        "\n\n".join(parts) + "\n",
        partial(draw_axes, lines=lines, axes=settings.axes, timed=timed, title=title),
    )


def _line(
    settings: StudySettings,
    axis: str,
    variant: str,
    pair: str,
    scores: pd.DataFrame,
    beside: pd.DataFrame,
) -> Line:
    """One variant along one axis: its scores, and what they stand against."""
    own = settings.axes[axis]
    by_step = scores[pair].unstack("seed").loc[[varied(variant, axis, x) for x in own.labels]]
    against = own.amounts
    if "seconds" in beside:
        against = beside["seconds"].loc[axis, variant].tolist()
    plateau = None
    if own.plateau:
        by_step.index = own.amounts
        single = by_step.stack()
        amounts = single.index.get_level_values(0).to_numpy(dtype=float)
        plateau = fit_plateau(amounts, single.to_numpy())
    mean, deviation = by_step.mean(axis=1).to_numpy(), by_step.std(axis=1).to_numpy()
    return Line(axis, variant, pair, against or own.labels, mean, deviation, plateau)


def _unlabelled(diagnoses: list[Path]) -> str:
    sizes = "; ".join(f"{pair} {n:,}" for pair, n in sorted(unlabelled(diagnoses).items()))
    return f" Unlabelled sentences: {sizes}." if sizes else ""


def _heading(name: str, axis: Axis) -> str:
    return f"## {name}: {', '.join(axis.settings)}" if axis.settings else f"## {name}"


def _table(axis: str, means: pd.DataFrame, deviations: pd.DataFrame, beside: pd.DataFrame) -> str:
    names = {"kept": "pseudo-labels kept", "right": "kept ones right", "seconds": "training s"}
    shown = beside.loc[axis].dropna(axis=1, how="all")
    lines = []
    for place, row in means.loc[axis].iterrows():
        scores = zip(row, deviations.loc[(axis, *place)], strict=True)
        others = (MISSING if pd.isna(value) else f"{value:.1f}" for value in shown.loc[place])
        lines.append([*place, *(cell(*score) for score in scores), *others])
    header = ["variant", "step", *means.columns, *(names[name] for name in shown)]
    return table(header, lines, numbers=len(header) - 2)


def _plateaus(lines: list[Line]) -> str:
    """The level of each line's curve, in words."""
    said = [f"- {line.variant}, {line.pair}: {_said(line.plateau)}" for line in lines]
    return "\n".join(
        [
            "Fitted F(n) = a − b·n^(−c), n in units of the largest amount, least squares over all "
            f"seeds; a with its {CONFIDENCE:.0%} interval:",
            "",
            *said,
        ]
    )


def _said(plateau: Plateau | None) -> str:
    if plateau is None:
        return UNTOLD
    return (
        f"a = {plateau.level:.1f} ({plateau.low:.1f} to {plateau.high:.1f}), "
        f"b = {plateau.lack:.2f}, c = {plateau.rate:.2f}"
    )


def _points(means: pd.DataFrame, deviations: pd.DataFrame, beside: pd.DataFrame) -> pd.DataFrame:
    """A row a point: axis, variant, step, pair, mean and deviation, and what stands beside."""
    long = pd.DataFrame(
        {"mean": means.rename_axis("pair", axis=1).stack(), "deviation": deviations.stack()}
    )
    return long.join(beside).reset_index()
