"""The supervised contrast and two approximations of it, in memory linear in the vectors.

    L = mean over anchors i with P(i) ≠ ∅ of  -1/|P(i)| Σ_{p∈P(i)} log softmax_{k≠i}(x_i·x_k / τ)_p

(Khosla et al. 2020, the form with the sum outside the logarithm.) The sum over positives needs
only class sums, x_i·(S_c(i) - x_i); the log-sum-exp goes over blocks of anchors, and so does its
gradient in the same pass, so that no matrix outlives its block.

All take `vectors` (M, d), rows of length one, with `labels` (M,) of any integers, and return a
scalar of float32, or of float64 if given so, whatever autocast says. An anchor is a vector with
another one of its label; where there is none, the result is an exact zero with a gradient path.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from clner.objectives.sampling import drawn

BLOCK = 256
"""Anchors a block: the largest matrix held is BLOCK×M."""


def _precise(contrast: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Compute it in float32 at least."""

    @wraps(contrast)
    def precise(vectors: Tensor, *args, **kwargs) -> Tensor:
        if vectors.dtype not in (torch.float32, torch.float64):
            vectors = vectors.float()
        with torch.autocast(vectors.device.type, enabled=False):
            return contrast(vectors, *args, **kwargs)

    return precise


@_precise
def supervised_contrast(
    vectors: Tensor, labels: Tensor, temperature: float, block: int = BLOCK
) -> Tensor:
    """The exact contrast, in time O(M²·d) and memory O(block·M)."""
    classes = _Classes.among(vectors, labels)
    return _mean_over(classes.anchors, vectors, classes, temperature, block)


@_precise
def sampled_contrast(
    vectors: Tensor, labels: Tensor, temperature: float, anchors: int, block: int = BLOCK
) -> Tensor:
    """The exact terms of `anchors` anchors at most, drawn by torch's generator [ours].

    Each against all vectors, so that its expectation is the exact contrast; with M anchors or
    more it is the exact one. Time O(anchors·M·d), memory O(block·M).
    """
    classes = _Classes.among(vectors, labels)
    return _mean_over(drawn(classes.anchors, anchors), vectors, classes, temperature, block)


@_precise
def prototype_contrast(vectors: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """Anchors against the normalised means of the K classes, cross-entropy [ours].

    An anchor meets its own class as the mean of the *other* members, or it would be its own
    positive. Classes of one are negatives. A number of its own, not an estimate of the exact
    contrast: a class counts once, whatever its size, and one class alone is a zero. Time
    O(M·K·d), memory O(M·(K + d)).
    """
    classes = _Classes.among(vectors, labels)
    own = classes.of[classes.anchors]
    anchors = vectors.index_select(0, classes.anchors)
    others = functional.normalize(classes.sums.index_select(0, own) - anchors, dim=1)
    cosines = anchors @ functional.normalize(classes.sums, dim=1).T
    cosines = cosines.scatter(1, own[:, None], (anchors * others).sum(1, keepdim=True))
    total = functional.cross_entropy(cosines / temperature, own, reduction="sum")
    return total / max(len(own), 1)


@dataclass
class _Classes:
    """The K classes of M labelled vectors."""

    of: Tensor
    """(M,) int64: the class of each vector."""
    sizes: Tensor
    """(K,) int64."""
    sums: Tensor
    """(K, d): of the vectors of each class."""
    anchors: Tensor
    """Indices of the vectors in classes of two or more."""

    @classmethod
    def among(cls, vectors: Tensor, labels: Tensor) -> "_Classes":
        _, of, sizes = torch.unique(labels, return_inverse=True, return_counts=True)
        sums = vectors.new_zeros(len(sizes), vectors.shape[1]).index_add(0, of, vectors)
        return cls(of, sizes, sums, (sizes[of] > 1).nonzero().squeeze(1))


def _mean_over(
    anchors: Tensor, vectors: Tensor, classes: _Classes, temperature: float, block: int
) -> Tensor:
    """The mean of the terms of some anchors."""
    own, chosen = classes.of[anchors], vectors.index_select(0, anchors)
    others = classes.sums.index_select(0, own) - chosen
    attraction = (chosen * others).sum(1) / (classes.sizes[own] - 1) / temperature
    repulsion = _Repulsion.apply(vectors, anchors, temperature, block)
    return (repulsion - attraction.sum()) / max(len(anchors), 1)


class _Repulsion(torch.autograd.Function):
    """Σ_i log Σ_{k≠i} exp(x_i·x_k / τ) over the anchors i: a scalar.

    The gradient of a sum is known up to a factor. So the forward pass makes it at once, from the
    scores of a block while they are there, and nothing is computed again in the backward pass.
    """

    @staticmethod
    def forward(ctx, vectors, anchors, temperature, block):
        total = vectors.new_zeros(())
        gradient = torch.zeros_like(vectors) if ctx.needs_input_grad[0] else None
        for start in range(0, len(anchors), block):
            chunk = anchors[start : start + block]
            scores = _scores(vectors, chunk, temperature)
            highest = scores.amax(1, keepdim=True)
            weights = scores.sub_(highest).exp_()
            sums = weights.sum(1, keepdim=True)
            total += (highest + sums.log()).sum()
            if gradient is not None:
                gradient.index_add_(0, chunk, (weights @ vectors) / sums)
                gradient.addmm_(weights.T, vectors[chunk] / sums)
        if gradient is not None:
            ctx.save_for_backward(gradient.div_(temperature))
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx, factor):
        (gradient,) = ctx.saved_tensors
        return gradient * factor, None, None, None


def _scores(vectors: Tensor, anchors: Tensor, temperature: float) -> Tensor:
    """Cosines over temperature of some anchors with all vectors; minus infinity for itself."""
    scores = (vectors[anchors] / temperature) @ vectors.T
    scores[torch.arange(len(anchors), device=scores.device), anchors] = float("-inf")
    return scores
