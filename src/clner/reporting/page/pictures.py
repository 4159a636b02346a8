"""Figures inside a page: as data URIs, the same bytes for the same figure."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from clner.reporting.blocks import Picture
from clner.reporting.style import DOTS_AN_INCH

# Text stays text: a third of the bytes, and the browser's own fonts. Ids do not depend on chance.
SVG = {"svg.fonttype": "none", "svg.hashsalt": "clner"}

PIXELS_AN_INCH = 96
"""Of CSS."""


def drawn(figure: Figure, description: str, caption: str) -> Picture:
    """A figure as SVG."""
    file = BytesIO()
    with rc_context(SVG):
        figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
    return Picture(_uri("image/svg+xml", file.getvalue()), description, caption)


def stored(path: Path, description: str, caption: str) -> Picture:
    """A PNG as it lies there, as large as it was drawn."""
    content = path.read_bytes()
    dots = int.from_bytes(content[16:20], "big")  # of the header: the width
    width = round(dots * PIXELS_AN_INCH / DOTS_AN_INCH)
    return Picture(_uri("image/png", content), description, caption, width)


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"
