"""What an objective sees and what it is."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

IGNORED = -100
"""Tag index of tokens that have no tag: padding, and tokens of unlabelled text."""


@dataclass
class Views:
    """A batch after the encoder: R rows (sentences of all views) of at most N tokens.

    Floats are float32 whatever the encoder computed in; T is the number of tags, H the width.
    """

    tokens: Tensor
    """(R, N, H) float: the vector of each token's first subword."""
    sentences: Tensor
    """(R, H) float: mean over the row's subwords, special tokens and padding excluded."""
    logits: Tensor
    """(R, N, T) float: the tag head's scores."""
    mask: Tensor
    """(R, N) bool: real tokens."""
    tags: Tensor
    """(R, N) int64: gold or projected tags, IGNORED elsewhere."""
    meaning: Tensor
    """(R,) int64: rows with the same number say the same thing in different views."""
    soft: Tensor
    """(R, N, T) float: a teacher's distributions; zeros where `trusted` is false."""
    trusted: Tensor
    """(R, N) bool: tokens whose teacher distribution the filter let through."""
    pseudo: Tensor
    """(R, N) int64: a teacher's tags on trusted tokens, IGNORED elsewhere."""


class Objective(nn.Module):
    """A term of the loss: `forward(views) -> scalar`.

    An objective that finds nothing to compare returns an exact zero that has a gradient path.
    """

    def forward(self, views: Views) -> Tensor:
        raise NotImplementedError


def mean_or_zero(values: Tensor, path: Tensor) -> Tensor:
    """Mean of `values`; where there are none, zero times `path`, which keeps the graph whole."""
    return values.mean() if values.numel() else path.sum() * 0.0


def projection_head(width: int, size: int) -> nn.Module:
    """Two layers from `width` to `size` with a ReLU between; the identity where `size` is 0."""
    if size == 0:
        return nn.Identity()
    return nn.Sequential(nn.Linear(width, size), nn.ReLU(), nn.Linear(size, size))


def normalised(vectors: Tensor) -> Tensor:
    """Rows of length one, in float32."""
    return torch.nn.functional.normalize(vectors.float(), dim=-1)
