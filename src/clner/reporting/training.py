"""The figure of a training: loss terms, dev F1 and monitors over the steps."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clner.diagnostics.training import Trained
from clner.reporting.style import LINES, legend_beside, plain, save, shades

MONITORS = {
    "cosine_unrelated": "cosine of unrelated sentences",
    "effective_rank": "effective rank (share of most)",
    "memory": "memory (share of all)",
}


def draw_training(path: Path, trained: list[Trained], title: str) -> None:
    """Write a PNG: a column a model; loss terms, dev F1 and monitors below each other."""
    figure = Figure(figsize=(2.2 + 3.2 * len(trained), 6.6), layout="constrained")
    rows = figure.subplots(3, len(trained), squeeze=False, sharex="col", sharey="row")
    losses, scores, monitors = rows
    names = sorted({key for model in trained for key in _keys(model, "loss_")})
    for column, model in enumerate(trained):
        losses[column].set_title(model.name, loc="left", fontsize=10)
        _draw_lines(losses[column], model.history, {n: n.removeprefix("loss_") for n in names})
        _draw_lines(scores[column], _percent(model.history), {"eval_f1": "F1"}, marker="o")
        _draw_lines(monitors[column], model.history, MONITORS)
        monitors[column].set_xlabel("optimiser steps")
    losses[0].set_yscale("log")
    losses[0].set_ylabel("loss term, unweighted", fontsize=9)
    scores[0].set_ylabel("F1 on sources' dev (%)", fontsize=9)
    monitors[0].set_ylabel("monitor, at most 1", fontsize=9)
    legend_beside(losses[-1])
    legend_beside(monitors[-1])
    figure.suptitle(f"Training: {title}", x=0.01, ha="left", fontsize=11)
    save(figure, path)


def _keys(model: Trained, prefix: str) -> set[str]:
    return {key for record in model.history for key in record if key.startswith(prefix)}


def _percent(history: list[dict]) -> list[dict]:
    return [r | {"eval_f1": 100 * r["eval_f1"]} for r in history if "eval_f1" in r]


def _draw_lines(ax: Axes, history: list[dict], labels: dict[str, str], **style) -> None:
    colours = shades(list(labels))
    for number, (key, label) in enumerate(labels.items()):
        points = [(record["step"], record[key]) for record in history if key in record]
        if points:
            line = LINES[number % len(LINES)]
            ax.plot(*zip(*points, strict=True), line, color=colours[key], label=label, **style)
    plain(ax)
