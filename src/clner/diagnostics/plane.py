"""Vectors in the plane, for the eye."""

from typing import Literal

import numpy as np

PERPLEXITY = 30.0
"""Of t-SNE, at most; about how many neighbours of a vector stay near it."""
STEPS = 500
"""Of t-SNE's optimisation; some hundred vectors need no more."""


def in_plane(vectors: np.ndarray, method: Literal["tsne", "pca"], seed: int) -> np.ndarray:
    """(K, 2) float: K vectors (K, H), each made of length one, in two dimensions.

    Few vectors, which t-SNE cannot spread, go by PCA. Vectors that are not finite have no place:
    all is NaN then.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    count = len(vectors)
    if not np.isfinite(vectors).all() or count < 3:
        return np.full((count, 2), np.nan)
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    if method == "pca" or count < 10:
        return PCA(2, random_state=seed).fit_transform(unit)
    perplexity = min(PERPLEXITY, (count - 1) / 3)
    spread = TSNE(2, perplexity=perplexity, max_iter=STEPS, random_state=seed)
    return spread.fit_transform(unit)
