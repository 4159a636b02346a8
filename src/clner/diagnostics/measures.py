"""What can be measured on vectors of texts and of places in them."""

from __future__ import annotations

import numpy as np
import torch

from clner.diagnostics.texts import Cell, Text
from clner.diagnostics.vectors import Vectors
from clner.tagging.monitors import geometry


def cosines(texts: list[Text], sentences: np.ndarray) -> dict[str, np.ndarray]:
    """Cosines of source sentences' vectors: with their other `views`, and `unrelated` ones.

    `sentences` (M, H) are the vectors of the M texts. The arrays are 1-D; a view that no text is
    of has none.
    """
    unit = sentences / np.maximum(np.linalg.norm(sentences, axis=1, keepdims=True), 1e-12)
    source = np.array([number for number, text in enumerate(texts) if text.view == "source"])
    by_meaning = {texts[number].meaning: number for number in source}
    found = {}
    for view in sorted({text.view for text in texts} - {"source"}):
        own = [number for number, text in enumerate(texts) if text.view == view]
        theirs = [by_meaning[texts[number].meaning] for number in own]
        found[view] = (unit[own] * unit[theirs]).sum(1)
    among = unit[source] @ unit[source].T
    return found | {"unrelated": among[np.triu_indices(len(source), 1)]}


def statistics(texts: list[Text], vectors: Vectors, cells: list[Cell]) -> dict:
    """Mean and deviation of each of the `cosines`, effective rank, and silhouette of the places.

    The rank is that of the source sentences, as the monitors' `geometry`; the silhouette (-1 to
    1, by cosine) tells how far places of one label lie together. None where undefined.
    """
    among = {
        name: {
            "mean": _rounded(values.mean()),
            "deviation": _rounded(values.std()),
            "pairs": len(values),
        }
        for name, values in cosines(texts, vectors.sentences).items()
        if len(values)
    }
    source = vectors.sentences[[text.view == "source" for text in texts]]
    rank = geometry(torch.from_numpy(source), torch.arange(len(source))).get("effective_rank")
    return {
        "cosines": among,
        "effective_rank": None if rank is None else round(rank, 6),
        "silhouette": _silhouette(vectors.cells, [cell.label for cell in cells]),
    }


def _silhouette(vectors: np.ndarray, labels: list[str]) -> float | None:
    from sklearn.metrics import silhouette_score

    if not 2 <= len(set(labels)) < len(labels) or not np.isfinite(vectors).all():
        return None
    return _rounded(silhouette_score(vectors, labels, metric="cosine"))


def _rounded(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None
