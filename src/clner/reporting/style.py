"""What all figures share: shades that differ in grey too, markers, saving."""

from pathlib import Path

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clner.files.artifacts import finished_file

MARKERS = "os^DvP*X<>"
LINES = ("-", "--", "-.", ":")
DOTS_AN_INCH = 150


def shades(names: list[str]) -> dict[str, tuple]:
    """A colour a name, dark to light: brightness rises steadily along viridis."""
    last = max(1, len(names) - 1)
    return {name: colormaps["viridis"](0.9 * k / last) for k, name in enumerate(names)}


def strokes(names: list[str]) -> dict[str, dict]:
    """Colour, marker and dashes of a name's line, as matplotlib's keywords."""
    return {
        name: {
            "color": colour,
            "marker": MARKERS[number % len(MARKERS)],
            "linestyle": LINES[number % len(LINES)],
        }
        for number, (name, colour) in enumerate(shades(names).items())
    }


def plain(ax: Axes, grid: str | None = "y") -> None:
    """Axes without a frame at the top and the right, and a light grid behind the data."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    if grid:
        ax.grid(axis=grid, color="0.9", linewidth=0.6)


def save(figure: Figure, path: Path) -> None:
    """Write a PNG, whole or not at all."""
    with finished_file(path) as partial:
        figure.savefig(partial, format="png", dpi=DOTS_AN_INCH, bbox_inches="tight")
