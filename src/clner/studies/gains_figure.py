"""The figure of gains against distances."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from clner.reporting.style import plain, save, strokes


def draw_gains(path: Path, points: pd.DataFrame, said: dict[str, str], name: str) -> None:
    """Write a PNG: a point a pair of languages, a colour a variant; bars standard deviations.

    `points` are those of `answer_gains`; `said` goes into the legend, `name` beside the gains.
    """
    figure = Figure(figsize=(7.2, 4.2))
    ax = figure.subplots()
    ax.axhline(0, color="0.6", linewidth=0.8)
    for variant, style in strokes(list(said)).items():
        own = points[points["variant"] == variant]
        ax.errorbar(
            own["distance"],
            own["gain"],
            own["deviation"].fillna(0),
            label=f"{variant}: {said[variant]}",
            markersize=5,
            capsize=2,
            **style | {"linestyle": "none"},
        )
        for point in own.itertuples():
            ax.annotate(
                point.pair.rpartition(" → ")[2],
                (point.distance, point.gain),
                (4, 3),
                textcoords="offset points",
                fontsize=7,
                color=style["color"],
            )
    ax.set_xlabel("distance of the languages", fontsize=9)
    ax.set_ylabel(name, fontsize=9)
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.15), frameon=False, fontsize=8)
    plain(ax)
    save(figure, path)
