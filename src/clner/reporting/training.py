"""The figure of a training: loss terms, dev F1 and monitors over the steps."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from clner.diagnostics.training import Trained
from clner.reporting.style import LINES, plain, save, shades

MONITORS = {
    "cosine_unrelated": "cosine of unrelated sentences",
    "effective_rank": "effective rank (share of most)",
    "memory": "memory (share of all)",
}
SCORE = {"color": "black", "marker": "o", "markersize": 4}


def draw_training(path: Path, trained: list[Trained], title: str) -> None:
    """Write a PNG: a column a model; loss terms, dev F1 and monitors below each other."""
    figure = Figure(figsize=(2.2 + 3.2 * len(trained), 6.6), layout="constrained")
    rows = figure.subplots(3, len(trained), squeeze=False, sharex="col", sharey="row")
    losses, scores, monitors = rows
    terms = _styles(_terms(trained))
    seen = _styles(list(MONITORS))
    for column, model in enumerate(trained):
        losses[column].set_title(model.name, loc="left", fontsize=10)
        _draw_lines(losses[column], model.history, terms)
        _draw_lines(scores[column], _percent(model.history), {"eval_f1": SCORE})
        _draw_lines(monitors[column], model.history, seen)
        monitors[column].set_xlabel("optimiser steps")
    losses[0].set_yscale("log")
    losses[0].set_ylabel("loss term, unweighted", fontsize=9)
    scores[0].set_ylabel("F1 on sources' dev (%)", fontsize=9)
    monitors[0].set_ylabel("monitor, at most 1", fontsize=9)
    _add_legend(losses[-1], {term.removeprefix("loss_"): terms[term] for term in terms})
    _add_legend(monitors[-1], {label: seen[key] for key, label in MONITORS.items()})
    figure.suptitle(f"Training: {title}", x=0.01, ha="left", fontsize=11)
    save(figure, path)


def _terms(trained: list[Trained]) -> list[str]:
    keys = {key for model in trained for record in model.history for key in record}
    return sorted(key for key in keys if key.startswith("loss_"))


def _styles(keys: list[str]) -> dict[str, dict]:
    colours = shades(keys)
    return {
        key: {"color": colours[key], "linestyle": LINES[number % len(LINES)]}
        for number, key in enumerate(keys)
    }


def _percent(history: list[dict]) -> list[dict]:
    return [r | {"eval_f1": 100 * r["eval_f1"]} for r in history if "eval_f1" in r]


def _draw_lines(ax: Axes, history: list[dict], styles: dict[str, dict]) -> None:
    for key, style in styles.items():
        points = [(record["step"], record[key]) for record in history if key in record]
        if points:
            ax.plot(*zip(*points, strict=True), **style)
    plain(ax)


def _add_legend(ax: Axes, styles: dict[str, dict]) -> None:
    """To the right of the axes, outside of the data."""
    handles = [Line2D([], [], label=label, **style) for label, style in styles.items()]
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1.02, 1.02),
        frameon=False,
        fontsize=8,
    )
