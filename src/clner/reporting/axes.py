"""The figure of scores along axes of settings."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clner.reporting.style import LINES, MARKERS, plain, save, shades
from clner.reporting.tables import AVERAGE
from clner.studies.plateau import Plateau
from clner.studies.settings import Axis

A_ROW = 4
"""With more pairs than these only their average is drawn."""


class Line(NamedTuple):
    """The scores of a variant on a pair along an axis, indexed by amount or label, and a curve."""

    axis: str
    variant: str
    pair: str
    mean: pd.Series
    deviation: pd.Series
    plateau: Plateau | None


def draw_axes(path: Path, lines: list[Line], axes: dict[str, Axis], title: str) -> None:
    """Write a PNG: a row an axis, a column a pair, a line a variant.

    Bars are standard deviations over seeds. Where a plateau was fitted, the curve is dotted and
    its level a band of 95 %.
    """
    pairs = list(dict.fromkeys(line.pair for line in lines))
    if len(pairs) > A_ROW + 1:
        pairs = [AVERAGE]
    variants = list(dict.fromkeys(line.variant for line in lines))
    size = (2.9 * len(pairs) + 1.8, 2.8 * len(axes) + 0.6)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(axes), len(pairs), squeeze=False, sharex="row", sharey="row")
    colours = shades(variants)
    for row, (name, axis) in zip(grid, axes.items(), strict=True):
        for ax, pair in zip(row, pairs, strict=True):
            for line in lines:
                if (line.axis, line.pair) == (name, pair):
                    number = variants.index(line.variant)
                    _draw_line(ax, line, number, colours[line.variant])
            _finish(ax, axis, pair)
        for ax in row:
            ax.set_xlabel(f"{name}: {axis.settings[0]}" if axis.settings else name, fontsize=8)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", frameon=False, fontsize=8)
    figure.supylabel(title, fontsize=9)
    save(figure, path)


def _draw_line(ax: Axes, line: Line, number: int, colour: tuple) -> None:
    ax.errorbar(
        line.mean.index,
        line.mean,
        line.deviation.fillna(0),
        label=line.variant,
        color=colour,
        marker=MARKERS[number % len(MARKERS)],
        linestyle=LINES[number % len(LINES)],
        markersize=5,
        capsize=2,
        linewidth=1.2,
    )
    if line.plateau is not None:
        amounts = np.geomspace(line.mean.index.min(), line.mean.index.max(), 100)
        ax.plot(amounts, line.plateau.at(amounts), color=colour, linestyle=":", linewidth=1)
        ax.axhspan(line.plateau.low, line.plateau.high, color=colour, alpha=0.12, linewidth=0)


def _finish(ax: Axes, axis: Axis, pair: str) -> None:
    ax.set_title(pair, loc="left", fontsize=10)
    if axis.plateau:
        ax.set_xscale("log")
    if not axis.amounts:
        ax.tick_params(axis="x", rotation=30, labelsize=8)
        ax.margins(x=0.15)
    plain(ax)
