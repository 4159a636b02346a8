"""The figure of the filter: what each threshold would keep, and how much of that is right."""

from __future__ import annotations

from statistics import mean

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from clner.reporting.panels import panels
from clner.reporting.style import strokes

STYLES = {"share": "-", "precision": "--"}
LABELS = {"share": "kept", "precision": "of these right"}
HOLDERS = {"entity": "an entity", "sentence": "a sentence"}


def thresholds_figure(curves: dict[str, dict[str, list[dict]]], criterion: str) -> Figure:
    """Axes a pair, a colour a model whose predictions are filtered; means over seeds, in percent.

    `curves` are those of `clner.analysis.thresholds` by pair and model, one a seed; `criterion` is
    entity or sentence.
    """
    figure, axes = panels(list(curves))
    names = list(dict.fromkeys(name for own in curves.values() for name in own))
    styles = strokes(names)
    for pair, ax in axes.items():
        for name, own in curves[pair].items():
            for quantity, line in STYLES.items():
                points = _means(own, criterion, quantity)
                style = styles[name] | {"linestyle": line, "linewidth": 1.2}
                ax.plot(*points, **style, markevery=10, markersize=4)
        ax.set_ylim(0, 103)
    figure.supxlabel(f"least confidence of {HOLDERS[criterion]}", fontsize=9)
    figure.supylabel("entities (%)", fontsize=9)
    figure.legend(handles=_handles(styles), loc="outside right upper", frameon=False, fontsize=8)
    return figure


def _means(curves: list[dict], criterion: str, quantity: str) -> tuple[list[float], list[float]]:
    """Thresholds and means over seeds in percent, where every seed has a value."""
    columns = zip(
        curves[0]["thresholds"], *(curve[criterion][quantity] for curve in curves), strict=True
    )
    known = [(place, 100 * mean(own)) for place, *own in columns if None not in own]
    return [place for place, _ in known], [value for _, value in known]


def _handles(styles: dict[str, dict]) -> list[Line2D]:
    models = [
        Line2D([], [], **style | {"linestyle": "-"}, label=name) for name, style in styles.items()
    ]
    kinds = [
        Line2D([], [], color="0.3", linestyle=line, label=LABELS[quantity])
        for quantity, line in STYLES.items()
    ]
    return [*models, *kinds]
