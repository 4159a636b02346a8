"""Samples of what there is far too much of: tokens outside entities, cells without a relation."""

import torch
from torch import Tensor


def balanced(classes: Tensor, share: float) -> Tensor:
    """Indices into (M,) `classes`: all above 0, and `share` times as many that are 0.

    Those of 0, which is O among tags and NONE among relations, are drawn at random, as far as
    there are so many; what is below 0 is left out.
    """
    rare = (classes > 0).nonzero().squeeze(1)
    return torch.cat([rare, drawn((classes == 0).nonzero().squeeze(1), share * len(rare))])


def drawn(values: Tensor, count: float) -> Tensor:
    """At most `count`, rounded, of (M,) `values`, at random and without repetition."""
    size = min(len(values), round(count))
    return values[torch.randperm(len(values), device=values.device)[:size]]
