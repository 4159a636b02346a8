"""Small multiples: axes of one scale, each with its name."""

from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clner.reporting.style import plain

A_ROW = 4


def panels(names: list[str]) -> tuple[Figure, dict[str, Axes]]:
    """A figure with axes for each of `names`, in rows; there is room for a legend at the right."""
    columns = min(len(names), A_ROW)
    rows = ceil(len(names) / columns)
    size = (2.7 * columns + 1.8, 2.7 * rows + 0.5)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for ax in axes[len(names) :]:
        ax.set_axis_off()
    named = dict(zip(names, axes, strict=False))
    for name, ax in named.items():
        ax.set_title(name, loc="left", fontsize=10)
        plain(ax)
    return figure, named
