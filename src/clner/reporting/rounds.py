"""The figure of self-training: the score after every round."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from clner.reporting.panels import panels
from clner.reporting.style import save, strokes


def draw_rounds(path: Path, by_round: pd.DataFrame, name: str) -> None:
    """Write the figure of `rounds_figure` as PNG."""
    save(rounds_figure(by_round, name), path)


def rounds_figure(by_round: pd.DataFrame, name: str) -> Figure:
    """Axes a pair, a line a variant; means over seeds, bars standard deviations.

    `by_round` is a table of `round_table`; `name` says what the score is.
    """
    variants = list(by_round.index.unique("variant"))
    figure, axes = panels(list(by_round.index.unique("pair")))
    styles = strokes(variants)
    handles: dict[str, object] = {}
    for pair, ax in axes.items():
        for variant in variants:
            if (pair, variant) in by_round.index.droplevel("round"):
                line = _draw_variant(ax, by_round.loc[(pair, variant)], styles[variant])
                handles.setdefault(variant, line)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
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
    return figure


def _draw_variant(ax: Axes, rounds: pd.DataFrame, style: dict) -> object:
    return ax.errorbar(
        rounds.index,
        rounds["mean"],
        rounds["deviation"].fillna(0),
        markersize=5,
        capsize=2,
        linewidth=1.2,
        **style,
    )
