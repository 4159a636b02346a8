"""Vectors of sentences from those of their subwords."""

from torch import Tensor


def mean_pooled(hidden: Tensor, real: Tensor) -> Tensor:
    """(R, H): mean over the subwords of (R, S, H) where (R, S) `real`; zeros where none is."""
    weights = real.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp_min(1)


def max_pooled(hidden: Tensor, real: Tensor) -> Tensor:
    """(R, H): maximum over the subwords of (R, S, H) where (R, S) `real`; zeros where none is."""
    highest = hidden.masked_fill(~real.unsqueeze(-1), float("-inf")).amax(1)
    return highest.masked_fill(~real.any(1, keepdim=True), 0.0)
