"""The figure of scores: grouped bars with error bars."""

from math import ceil
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from clner.reporting.style import plain, save, shades
from clner.reporting.tables import mean_and_deviation

BARS_A_ROW = 48


def draw_bars(path: Path, by_seed: pd.DataFrame, title: str) -> None:
    """Write the figure of `bars_figure` as PNG."""
    save(bars_figure(by_seed, title), path)


def bars_figure(by_seed: pd.DataFrame, title: str) -> Figure:
    """A group of bars a pair, a colour a variant, teachers hatched, students filled.

    `by_seed` is a table of `pair_table`, or of `type_table`; bars are means over seeds, error bars
    sample standard deviations. Groups wrap into rows of axes, so that many stay readable.
    """
    mean, deviation = mean_and_deviation(by_seed)
    if deviation.notna().any(axis=None):
        title += " (mean and standard deviation over seeds)"
    groups = list(mean.columns.unique(0))
    bars = _bars(mean)
    a_row = min(len(groups), max(1, BARS_A_ROW // len(bars)))
    rows = ceil(len(groups) / a_row)
    figure = Figure(figsize=(max(6.0, 1.5 + 0.24 * a_row * (len(bars) + 1.5)), 3.4 * rows + 0.8))
    axes = figure.subplots(rows, squeeze=False, sharey=True)[:, 0]
    for row, ax in enumerate(axes):
        part = groups[row * a_row : (row + 1) * a_row]
        _draw_row(ax, part, bars, mean, deviation)
        ax.set_xlim(-0.5, a_row - 0.5)
    highest = (mean + deviation.fillna(0)).max(axis=None)
    axes[0].set_ylim(0, 10 * ceil(highest / 10 + 1))  # the numbers above the bars need the rest
    axes[0].set_title(title, loc="left", fontsize=11)
    _add_legend(figure, bars)
    return figure


def _bars(mean: pd.DataFrame) -> dict[tuple[str, str], dict]:
    """(variant, model) of each bar of a group, left to right, and how it is filled."""
    bars = {}
    for variant, colour in shades(list(mean.index)).items():
        teacher = {"facecolor": "white", "edgecolor": colour, "hatch": "/////"}
        student = {"facecolor": colour, "edgecolor": colour}
        for model, style in (("teacher", teacher), ("student", student)):
            columns = mean.columns.get_level_values("model") == model
            if mean.loc[variant, columns].notna().any():
                bars[variant, model] = style
    return bars


def _draw_row(
    ax: Axes, groups: list[str], bars: dict, mean: pd.DataFrame, deviation: pd.DataFrame
) -> None:
    width = 0.84 / len(bars)
    for place, ((variant, model), style) in enumerate(bars.items()):
        for group, name in enumerate(groups):
            height = mean.loc[variant, (name, model)]
            error = deviation.loc[variant, (name, model)]
            if pd.isna(height):
                continue
            x = group + width * (place - (len(bars) - 1) / 2)
            ax.bar(x, height, 0.9 * width, linewidth=0.8, **style)
            if pd.notna(error):
                ax.errorbar(x, height, error, color="black", linewidth=0.8, capsize=1.5)
            top = height + (0 if pd.isna(error) else error)
            ax.annotate(
                f"{height:.1f}",
                (x, top),
                (0, 2),
                textcoords="offset points",
                rotation=90,
                ha="center",
                va="bottom",
                fontsize=6.5,
            )
    ax.set_xticks(range(len(groups)), groups)
    ax.tick_params(axis="x", length=0)
    plain(ax)


def _add_legend(figure: Figure, bars: dict) -> None:
    handles = [
        Patch(label=f"{variant}, {model}", **style) for (variant, model), style in bars.items()
    ]
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.92, 0.9), frameon=False, fontsize=8
    )
