"""Word alignment by the vectors of an encoder.

A word's vector is the mean of its subwords' at one layer; the layers above are not even loaded.
Pairs of like lengths are read together, and all their links found at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clner.alignment.settings import EmbeddingSettings
from clner.jobs.progress import progress

if TYPE_CHECKING:
    from torch import Tensor

TOGETHER = 8192
"""Words a side, padding included, of the pairs that are linked at once."""
FEWEST = 3
"""Words on either side below which one pass is all (as SimAlign has it)."""


class Aligned(NamedTuple):
    """The links of a sentence pair and what speaks for each."""

    links: np.ndarray
    """(K, 2) int64: source and target position, from 0, sorted."""
    scores: np.ndarray
    """(K,) float32, 0 to 1: (1 + cosine) / 2, or the smaller of the two probabilities."""


def align_by_embeddings(
    pairs: list[tuple[list[str], list[str]]],
    encoder: Path,
    settings: EmbeddingSettings,
    job: str = "alignment",
) -> list[Aligned]:
    """The links of each pair of source and target words; none where either side is empty.

    `encoder` is a folder that `AutoModel` and `AutoTokenizer` read, an encoder's or a tagger's.
    A batch has at most `settings.budget` subwords (a longer window goes alone). A GPU is used
    where there is one. `job` is what the lines of progress begin with. Raises ClnerError where the
    folder holds no encoder or it has no such layer.
    """
    from clner.alignment.vectors import load_reader
    from clner.tagging.windows import longest_first

    reader = load_reader(encoder, settings)
    sources = reader.pieces.windows([source for source, _ in pairs])
    targets = reader.pieces.windows([target for _, target in pairs])
    aligned = [Aligned(np.zeros((0, 2), np.int64), np.zeros(0, np.float32)) for _ in pairs]
    longer = [max(len(source), len(target)) for source, target in pairs]
    whole = [number for number, pair in enumerate(pairs) if all(pair)]
    with progress(f"{job}, embeddings", len(whole), "pairs") as advance:
        for group in longest_first([longer[n] for n in whole], TOGETHER):
            chosen = [whole[n] for n in group]
            words, real = reader.read([side[n] for side in (sources, targets) for n in chosen])
            for number, found in zip(chosen, _link(words, real, settings), strict=True):
                aligned[number] = found
            advance(len(chosen))
    return aligned


def mutual(similarities: Tensor, allowed: Tensor) -> Tensor:
    """Cells (B, N, M) that are the highest allowed ones of both their row and their column.

    Of equal ones the first counts. This is SimAlign's "argmax" (Jalili Sabet et al. 2020).
    """
    shown = similarities.masked_fill(~allowed, -float("inf"))
    nowhere = allowed.new_zeros(allowed.shape)
    of_row, of_column = (nowhere.scatter(d, shown.argmax(d, keepdim=True), True) for d in (2, 1))
    return allowed & of_row & of_column


def iterated(similarities: Tensor, real: Tensor, iterations: int, discount: float) -> Tensor:
    """Cells (B, N, M) that are mutual, and those that become so among what is left.

    Each further pass leaves out the cells of two linked words and multiplies those of one by
    `discount`; a pair ends when all its source or target words are linked. `similarities` are at
    least 0, `real` the cells that are not padding. This is SimAlign's "itermax" (Jalili Sabet et
    al. 2020, algorithm 1).
    """
    links = mutual(similarities, real)
    rows, columns = real.any(2, keepdim=True), real.any(1, keepdim=True)
    long = (rows.sum(1, keepdim=True) >= FEWEST) & (columns.sum(2, keepdim=True) >= FEWEST)
    for _ in range(iterations - 1):
        free_rows = rows & ~links.any(2, keepdim=True)
        free_columns = columns & ~links.any(1, keepdim=True)
        open_pairs = long & free_rows.any(1, keepdim=True) & free_columns.any(2, keepdim=True)
        left = similarities.where(free_rows & free_columns, discount * similarities)
        links = links | mutual(left, real & open_pairs & (free_rows | free_columns))
    return links


def agreement(products: Tensor, real: Tensor) -> Tensor:
    """(B, N, M) probabilities that two words choose each other: the smaller of both directions'.

    Softmax of inner products over each row and each column, as awesome-align has it (Dou and
    Neubig 2021); 0 for padding.
    """
    shown = products.masked_fill(~real, -float("inf"))
    both = shown.softmax(2).minimum(shown.softmax(1))
    return both.where(real, 0.0)


def _link(words: Tensor, real: Tensor, settings: EmbeddingSettings) -> list[Aligned]:
    """The links of B pairs. `words` (2B, N, H), sources first; `real` (2B, N): no padding."""
    from torch.nn.functional import normalize

    sources, targets = words.chunk(2)
    rows, columns = real.chunk(2)
    cells = rows.unsqueeze(2) & columns.unsqueeze(1)
    if settings.method == "softmax":
        scores = agreement(sources @ targets.mT, cells)
        return _by_pair(scores > settings.threshold, scores)
    cosines = normalize(sources, dim=2) @ normalize(targets, dim=2).mT
    scores = ((1 + cosines) / 2).clamp(0, 1)
    passes = settings.iterations if settings.method == "iterated" else 1
    return _by_pair(iterated(scores, cells, passes, settings.discount), scores)


def _by_pair(links: Tensor, scores: Tensor) -> list[Aligned]:
    """What is linked in each of B grids: `links` (B, N, M) bool, `scores` (B, N, M)."""
    cells = links.nonzero().cpu().numpy()
    ends = np.searchsorted(cells[:, 0], np.arange(1, len(links)))
    chosen = scores[links].cpu().numpy()
    return [
        Aligned(*own)
        for own in zip(np.split(cells[:, 1:], ends), np.split(chosen, ends), strict=True)
    ]
