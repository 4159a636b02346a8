"""Bilingual piece vectors: truncated SVD of positive pointwise mutual information.

Two languages share a space because their co-occurrence counts are mixed through a dictionary:
with M the matrix that replaces a piece by its translations with a given probability, Mᵀ C M is
the expected count matrix C of a text code-switched afresh infinitely often, without drawing it.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

Entry = tuple[list[int], list[int]]
"""Pieces that translate each other as a whole; one on one side at least."""

SMOOTHING = 0.75
"""Exponent of the context distribution (Levy, Goldberg and Dagan 2015)."""


def cooccurrences(ids: list[np.ndarray], size: int, window: int) -> sparse.csr_matrix:
    """(size, size) counts of a row's piece up to `window` before a column's, over their distance.

    `ids` holds one (S,) int64 array a sentence; nothing is counted across sentences.
    """
    flat = np.concatenate(ids)
    sentence = np.repeat(np.arange(len(ids)), [len(own) for own in ids])
    counts = sparse.csr_matrix((size, size), dtype=np.float32)
    for distance in range(1, window + 1):
        inside = sentence[:-distance] == sentence[distance:]
        left, right = flat[:-distance][inside], flat[distance:][inside]
        weights = np.full(len(left), 1 / distance, dtype=np.float32)
        counts += sparse.coo_matrix((weights, (left, right)), shape=(size, size)).tocsr()
    return counts


def translations(entries: list[Entry], size: int) -> sparse.csr_matrix:
    """(size, size) float32: for a row's piece how often an entry has a column's for it.

    A piece that stands for several, as a word does for its characters in a script without spaces,
    stands for each of them in equal parts; each of several stands for the one.
    """
    rows, columns, parts = [], [], []
    for one, other in entries:
        for left, right in ((one, other), (other, one)):
            rows += [piece for piece in left for _ in right]
            columns += right * len(left)
            parts += [1 / len(right)] * (len(left) * len(right))
    values = np.array(parts, dtype=np.float32)
    places = (np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64))
    return sparse.coo_matrix((values, places), shape=(size, size)).tocsr()


def mixed(
    counts: sparse.csr_matrix, replacing: sparse.csr_matrix, share: float
) -> sparse.csr_matrix:
    """Counts expected if every piece with translations were replaced with probability `share`.

    `replacing` (V, V): how often a column's piece replaces a row's, as `translations` makes it.
    """
    if not replacing.nnz:
        return counts
    totals = np.asarray(replacing.sum(1)).ravel()
    scale = np.divide(share, totals, out=np.zeros_like(totals), where=totals > 0)
    keep = np.where(totals > 0, 1 - share, 1).astype(np.float32)
    mixing = sparse.diags(keep) + sparse.diags(scale) @ replacing
    return (mixing.T @ counts @ mixing).tocsr()


def pointwise_information(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Positive pointwise mutual information of a count matrix, context counts smoothed."""
    total = counts.sum()
    rows = np.asarray(counts.sum(1)).ravel()
    columns = np.asarray(counts.sum(0)).ravel() ** SMOOTHING
    columns *= total / max(columns.sum(), 1e-12)
    result = counts.tocoo()
    values = np.log(result.data * total / (rows[result.row] * columns[result.col]))
    positive = values > 0
    indices = (result.row[positive], result.col[positive])
    return sparse.csr_matrix((values[positive], indices), shape=counts.shape, dtype=np.float32)


def piece_vectors(
    ids: list[np.ndarray],
    replacing: sparse.csr_matrix,
    dimension: int,
    window: int,
    share: float,
    seed: int,
) -> np.ndarray:
    """(V, dimension) float32 vectors of unit mean square; zeros for pieces never seen.

    `ids` as in `cooccurrences`, `replacing` (V, V) as in `mixed`.
    """
    counts = mixed(cooccurrences(ids, replacing.shape[0], window), replacing, share)
    # What stands before a piece and what stands after it are different contexts.
    information = pointwise_information(sparse.hstack([counts, counts.T], format="csr"))
    left, values, _ = randomized_svd(information, dimension, n_iter=3, random_state=seed)
    vectors = left * np.sqrt(values)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-6)
    return (vectors * np.sqrt(dimension)).astype(np.float32)
