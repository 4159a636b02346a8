"""Figures of vectors before and after training: cosines of sentences, places in the plane."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from clner.reporting.style import MARKERS, plain, save, shades

if TYPE_CHECKING:
    from clner.diagnostics.looks import Look
    from clner.diagnostics.texts import Text

KINDS = {
    "translation": "its translation",
    "codeswitch": "its code-switched form",
    "unrelated": "other sentences",
}
FILLS = {"source": "full", "codeswitch": "left", "translation": "none"}
METHODS = {"tsne": "t-SNE", "pca": "PCA"}
A_ROW = 3


def draw_cosines(path: Path, found: dict[str, dict[str, np.ndarray]], title: str) -> None:
    """Write a PNG: a group of boxes for each kind of pair, a box a model, the untrained hatched.

    `found` are the `cosines` of each model, the untrained one first. Unrelated pairs have axes of
    their own: their cosines spread far more.
    """
    kinds = [kind for kind in KINDS if any(len(own.get(kind, ())) for own in found.values())]
    groups = [[kind for kind in kinds if kind != "unrelated"], ["unrelated"]]
    groups = [group for group in groups if group]
    width = sum(map(len, groups)) * max(1.7, 0.5 * len(found) + 0.3)
    figure = Figure(figsize=(width + 2.2, 3.6), layout="constrained")
    axes = figure.subplots(1, len(groups), squeeze=False, width_ratios=list(map(len, groups)))[0]
    styles = _box_styles(list(found))
    for ax, group in zip(axes, groups, strict=True):
        _draw_group(ax, group, found, styles)
    axes[0].set_ylabel("cosine of sentence vectors", fontsize=9)
    handles = [Patch(label=model, **style) for model, style in styles.items()]
    figure.legend(handles=handles, loc="outside right upper", frameon=False, fontsize=8)
    figure.supxlabel("a source sentence and …", fontsize=9)
    figure.suptitle(f"Sentence vectors: {title}", x=0.01, ha="left", fontsize=11)
    save(figure, path)


def _draw_group(
    ax: Axes, kinds: list[str], found: dict[str, dict[str, np.ndarray]], styles: dict[str, dict]
) -> None:
    for place, model in enumerate(found):
        _draw_boxes(ax, [found[model].get(kind, []) for kind in kinds], place, styles)
    centres = [(len(found) + 1) * k + (len(found) - 1) / 2 for k in range(len(kinds))]
    ax.set_xticks(centres, [KINDS[kind] for kind in kinds], fontsize=9)
    ax.tick_params(axis="x", length=0)
    plain(ax)


def _box_styles(models: list[str]) -> dict[str, dict]:
    colours = shades(models)
    styles = {model: {"facecolor": colours[model], "edgecolor": "0.2"} for model in models}
    styles[models[0]] = {"facecolor": "white", "edgecolor": "0.2", "hatch": "/////"}
    return styles


def _draw_boxes(ax: Axes, values: list[np.ndarray], place: int, styles: dict[str, dict]) -> None:
    """The boxes of one model, one in each group, with whiskers from 5 to 95 %."""
    positions = [(len(styles) + 1) * k + place for k in range(len(values))]
    ax.boxplot(
        values,
        positions=positions,
        widths=0.8,
        whis=(5, 95),
        showfliers=False,
        patch_artist=True,
        manage_ticks=False,
        medianprops={"color": "black", "linewidth": 1.5},
        boxprops={"linewidth": 0.8, **list(styles.values())[place]},
    )


def draw_planes(path: Path, texts: list[Text], looks: list[Look], method: str, title: str) -> None:
    """Write a PNG: axes for each model, its places by label and, in their filling, by view."""
    labels = sorted({cell.label for look in looks for cell in look.cells}, key=_label_order)
    styles = _label_styles(labels)
    rows = ceil(len(looks) / A_ROW)
    columns = ceil(len(looks) / rows)
    figure = Figure(figsize=(3.4 * columns + 1.2, 3.5 * rows + 0.4), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax, look in zip(axes, looks, strict=False):
        _draw_places(ax, texts, look, styles)
        ax.set_xlabel(f"{METHODS[method]} 1 (no unit)", fontsize=8)
        ax.set_ylabel(f"{METHODS[method]} 2 (no unit)", fontsize=8)
    for ax in axes[len(looks) :]:
        ax.set_axis_off()
    views = {text.view for text in texts}
    grey = {"marker": "o", "color": "0.3"}
    by_view = [_point(view, grey, fill) for view, fill in FILLS.items() if view in views]
    by_label = [_point(label, styles[label], "full") for label in labels]
    beside = {"frameon": False, "fontsize": 8, "title_fontsize": 8, "alignment": "left"}
    figure.legend(handles=by_label, title="label", loc="outside right upper", **beside)
    figure.legend(handles=by_view, title="view", loc="outside right lower", **beside)
    figure.suptitle(f"Vectors by label: {title}", x=0.01, ha="left", fontsize=11)
    save(figure, path)


def _label_order(label: str) -> tuple:
    """NONE first, then types together, what has none of them first."""
    prefix, _, kind = label.rpartition("-")
    return (label != "NONE", kind if prefix else "", label)


def _label_styles(labels: list[str]) -> dict[str, dict]:
    colours = shades([label for label in labels if label != "NONE"]) | {"NONE": "0.75"}
    return {
        label: {"marker": MARKERS[number % len(MARKERS)], "color": colours[label]}
        for number, label in enumerate(labels)
    }


def _draw_places(ax: Axes, texts: list[Text], look: Look, styles: dict[str, dict]) -> None:
    views = np.array([texts[cell.text].view for cell in look.cells])
    names = np.array([cell.label for cell in look.cells])
    for label, style in styles.items():
        for view, fill in FILLS.items():
            x, y = look.plane[(names == label) & (views == view)].T
            ax.plot(x, y, linestyle="", markersize=4, markeredgewidth=0.6, fillstyle=fill, **style)
    ax.set_title(look.model, loc="left", fontsize=10)
    ax.set_xticks([])
    ax.set_yticks([])


def _point(label: str, style: dict, fill: str) -> Line2D:
    return Line2D([], [], linestyle="", markersize=6, label=label, fillstyle=fill, **style)
