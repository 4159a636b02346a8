"""The figure of self-training: the score after every round."""

from math import ceil
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from clner.reporting.style import LINES, MARKERS, plain, save, shades

A_ROW = 4


def draw_rounds(path: Path, by_round: pd.DataFrame, name: str) -> None:
    """Write a PNG: axes a pair, a line a variant; means over seeds, bars standard deviations.

    `by_round` is a table of `round_table`; `name` says what the score is.
    """
    pairs = list(by_round.index.unique("pair"))
    variants = list(by_round.index.unique("variant"))
    columns = min(len(pairs), A_ROW)
    rows = ceil(len(pairs) / columns)
    size = (2.7 * columns + 1.8, 2.7 * rows + 0.5)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    colours = shades(variants)
    handles: dict[str, object] = {}
    for ax, pair in zip(axes, pairs, strict=False):
        for number, variant in enumerate(variants):
            if (pair, variant) in by_round.index.droplevel("round"):
                line = _draw_variant(ax, by_round.loc[(pair, variant)], number, colours[variant])
                handles.setdefault(variant, line)
        ax.set_title(pair, loc="left", fontsize=10)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        plain(ax)
    for ax in axes[len(pairs) :]:
        ax.set_axis_off()
    figure.supxlabel("round of self-training (0: the teacher)", fontsize=9)
    figure.supylabel(f"{name} (%)", fontsize=9)
    named = [variant for variant in variants if variant in handles]
    figure.legend(
        [handles[variant] for variant in named],
        named,
        loc="outside right upper",
        frameon=False,
        fontsize=8,
    )
    save(figure, path)


def _draw_variant(ax: Axes, rounds: pd.DataFrame, number: int, colour: tuple) -> object:
    return ax.errorbar(
        rounds.index,
        rounds["mean"],
        rounds["deviation"].fillna(0),
        color=colour,
        marker=MARKERS[number % len(MARKERS)],
        linestyle=LINES[number % len(LINES)],
        markersize=5,
        capsize=2,
        linewidth=1.2,
    )
