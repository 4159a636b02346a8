"""The figure of scores along axes of settings."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clner.reporting.style import plain, save, strokes
from clner.reporting.tables import AVERAGE
from clner.studies.plateau import Plateau
from clner.studies.settings import Axis

A_ROW = 4
"""With more pairs than these only their average is drawn."""


class Line(NamedTuple):
    """The scores of a variant on a pair along the K steps of an axis, and a fitted curve."""

    axis: str
    variant: str
    pair: str
    against: list
    """Where the steps stand: amounts, seconds, or their labels."""
    mean: np.ndarray
    """(K,) in percent, over seeds; so is `deviation`, NaN for a single one."""
    deviation: np.ndarray
    plateau: Plateau | None


def draw_axes(
    path: Path, lines: list[Line], axes: dict[str, Axis], timed: str | None, title: str
) -> None:
    """Write a PNG: a row an axis, a column a pair, a line a variant.

    Bars are standard deviations over seeds. Where a plateau was fitted, the curve is dotted and
    its level a band of 95 %. With `timed`, the model whose seconds of training the scores stand
    against, each step is a point with its name.
    """
    pairs = list(dict.fromkeys(line.pair for line in lines))
    if len(pairs) > A_ROW + 1:
        pairs = [AVERAGE]
    variants = list(dict.fromkeys(line.variant for line in lines))
    size = (2.9 * len(pairs) + 1.8, 2.8 * len(axes) + 0.6)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(axes), len(pairs), squeeze=False, sharex="row", sharey=True)
    styles = strokes(variants)
    for row, (name, axis) in zip(grid, axes.items(), strict=True):
        for ax, pair in zip(row, pairs, strict=True):
            own = [line for line in lines if (line.axis, line.pair) == (name, pair)]
            for line in own:
                _draw_line(ax, line, styles[line.variant], None if timed is None else axis.labels)
            ax.set_title(pair, loc="left", fontsize=10)
            ax.set_xlabel(_label(name, axis, timed), fontsize=8)
            _scale(ax, axis, timed)
            plain(ax)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", frameon=False, fontsize=8)
    figure.supylabel(title, fontsize=9)
    save(figure, path)


def _draw_line(ax: Axes, line: Line, style: dict, labels: list[str] | None) -> None:
    """A line through the steps, or a point for each of the `labels`."""
    ax.errorbar(
        line.against,
        line.mean,
        np.nan_to_num(line.deviation),
        label=line.variant,
        markersize=5,
        capsize=2,
        linewidth=1.2,
        **style | ({"linestyle": "none"} if labels else {}),
    )
    if line.plateau is not None and labels is None:
        amounts = np.geomspace(min(line.against), max(line.against), 100)
        ax.plot(amounts, line.plateau.at(amounts), color=style["color"], linestyle=":", linewidth=1)
        ax.axhspan(
            line.plateau.low, line.plateau.high, color=style["color"], alpha=0.12, linewidth=0
        )
    for label, *place in zip(labels or [], line.against, line.mean, strict=False):
        ax.annotate(label, place, (4, 3), textcoords="offset points", fontsize=7)


def _label(name: str, axis: Axis, timed: str | None) -> str:
    label = f"{name}: {axis.settings[0]}" if axis.settings else name
    return label if timed is None else f"{label}\ntraining of the {timed} (s)"


def _scale(ax: Axes, axis: Axis, timed: str | None) -> None:
    if timed is not None:
        return
    if axis.plateau:
        ax.set_xscale("log")
    if not axis.amounts:
        ax.tick_params(axis="x", rotation=30, labelsize=8)
        ax.margins(x=0.15)
