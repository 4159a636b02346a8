"""What an objective sees: a batch after the encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from clner.encoders.pooling import max_pooled, mean_pooled
from clner.jobs import ranks
from clner.objectives.objective import Pooling
from clner.relations.grid import gold_grid, tag_log_marginals
from clner.text.tags import IGNORED

VIEWS = ("source", "translation", "codeswitch", "target")
"""The views of the data, in the order of the numbers in `Views.view`."""

Relate = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass
class Views:
    """A batch: R rows (sentences of all views) of at most S subwords and N tokens.

    Floats are float32 whatever the encoder computed in; T is the number of tags, C of relations,
    H the width.
    """

    layers: Sequence[Tensor]
    """(R, S, H) float each: what the encoder reads, and what each of its layers makes of it."""
    words: Tensor
    """(R, S) int64: the token that each subword is of; N for special tokens and padding."""
    tokens: Tensor
    """(R, N, H) float: the vector of each token, as the head reads it."""
    scores: Tensor
    """The head's: (R, N, T) of tags, or (R, N, N, C) of relations."""
    relate: Relate | None
    """Rows, words i and words j, (K,) each, to relation vectors (K, H); None: a head of tags."""
    mask: Tensor
    """(R, N) bool: real tokens."""
    tags: Tensor
    """(R, N) int64: gold or projected tags, IGNORED elsewhere."""
    meaning: Tensor
    """(R,) int64: rows with the same number say the same thing in different views.

    Where several processes train, the numbers of one are unlike those of the others.
    """
    view: Tensor
    """(R,) int64: which view a row is, by its place in VIEWS."""
    soft: Tensor
    """(R, N, T) float: a teacher's distributions; zeros where `trusted` is false."""
    trusted: Tensor
    """(R, N) bool: tokens whose teacher distribution the filter let through."""
    pseudo: Tensor
    """(R, N) int64: a teacher's tags on trusted tokens, IGNORED elsewhere."""

    def classes(self, tags: Tensor) -> Tensor:
        """What the head is to find for (R, N) `tags`: the tags themselves, or their relations."""
        return tags if self.scores.dim() == 3 else gold_grid(tags)

    def tag_logits(self) -> Tensor:
        """(R, N, T) float: scores of tags, whatever the head; softmax makes them probabilities."""
        return self.scores if self.scores.dim() == 3 else tag_log_marginals(self.scores, self.mask)

    def known_tags(self) -> Tensor:
        """(R, N) int64: tags, gold where there are any, else a teacher's."""
        return torch.where(self.tags == IGNORED, self.pseudo, self.tags)

    def sentences(self, layer: int = -1, pooling: Pooling = "mean") -> Tensor:
        """(R, H) float: a vector of each row, from the subwords' of one of the `layers`.

        Of those of tokens the mean or the maximum; or the mean over "context", those of tokens
        that are no entity, as far as is known; or the row's first, which is no token's.
        """
        hidden, real = self.layers[layer], self.words < self.mask.shape[1]
        if pooling == "first":
            return hidden[:, 0]
        if pooling == "max":
            return max_pooled(hidden, real)
        return mean_pooled(hidden, self._context(real) if pooling == "context" else real)

    def _context(self, real: Tensor) -> Tensor:
        """(R, S) bool: `real` subwords outside entities; all of a row that has no others."""
        tags = functional.pad(self.known_tags(), (0, 1), value=IGNORED)
        outside = real & (tags.gather(1, self.words) <= 0)  # O, or unknown
        return torch.where(outside.any(1, keepdim=True), outside, real)

    def rows_of(self, names: frozenset[str]) -> Tensor:
        """(K,) int64: the rows that are of one of these views."""
        numbers = [VIEWS.index(name) for name in sorted(names)]
        return torch.isin(self.view, self.view.new_tensor(numbers)).nonzero().squeeze(1)


def class_loss(scores: Tensor, classes: Tensor) -> Tensor:
    """Cross-entropy of (R, N, ..., C) scores where the (R, N, ...) classes are not IGNORED.

    The sum over tokens, or over cells, by the number of tokens that have one [ours]: a mean over
    cells would shrink with the length of sentences, and beside the other objectives. Where there
    are none, an exact zero with a gradient path. The mean over ranks is the loss of all rows.
    """
    known = classes != IGNORED
    total = functional.cross_entropy(
        scores.flatten(0, -2), classes.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    tokens = known.reshape(*known.shape[:2], -1).any(-1).sum()
    weight = ranks.size() * ranks.share(tokens, tokens.device)
    return total / tokens.clamp_min(1) * weight


def mean_or_zero(values: Tensor, path: Tensor) -> Tensor:
    """Mean of `values`; where there are none, zero times `path`, which keeps the graph whole.

    The mean over ranks is the mean of all their values.
    """
    weight = ranks.size() * ranks.share(values.numel(), values.device)
    return values.mean() * weight if values.numel() else path.sum() * 0.0


def projection(width: int, size: int) -> nn.Module:
    """Two layers from `width` to `size` with a ReLU between; the identity where `size` is 0."""
    if size == 0:
        return nn.Identity()
    return nn.Sequential(nn.Linear(width, size), nn.ReLU(), nn.Linear(size, size))


def normalised(vectors: Tensor) -> Tensor:
    """Rows of length one, in float32 at least."""
    if vectors.dtype not in (torch.float32, torch.float64):
        vectors = vectors.float()
    return functional.normalize(vectors, dim=-1)
