"""The supervised contrast: exact, with memory linear in the number of vectors.

    L = mean over anchors i with P(i) ≠ ∅ of  -1/|P(i)| Σ_{p∈P(i)} log softmax_{k≠i}(x_i·x_k / τ)_p

(Khosla et al. 2020, the form with the sum outside the logarithm.) The sum over positives needs
only class sums, x_i·(S_c(i) - x_i); the log-sum-exp goes over blocks of anchors and is computed
again in the backward pass, so that no M×M matrix outlives its block.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

BLOCK = 1024
"""Anchors a block: the largest matrix held is BLOCK×M."""


def supervised_contrast(
    vectors: Tensor, labels: Tensor, temperature: float, block: int = BLOCK
) -> Tensor:
    """Scalar contrast of `vectors` (M, d), rows of length one, with `labels` (M,) of any integers.

    Anchors without another vector of their label are left out of the mean; with none left the
    result is an exact zero with a gradient path. Computed in float32, or float64 if given so.
    """
    if vectors.dtype not in (torch.float32, torch.float64):
        vectors = vectors.float()
    with torch.autocast(vectors.device.type, enabled=False):
        return _Contrast.apply(vectors, labels, temperature, block)


class _Contrast(torch.autograd.Function):
    @staticmethod
    def forward(ctx, vectors, labels, temperature, block):
        _, classes, sizes = torch.unique(labels, return_inverse=True, return_counts=True)
        sums = vectors.new_zeros(len(sizes), vectors.shape[1]).index_add_(0, classes, vectors)
        positives = sizes[classes] - 1
        anchors = positives.nonzero().squeeze(1)
        others = sums[classes] - vectors
        normaliser = vectors.new_empty(len(anchors))
        for start in range(0, len(anchors), block):
            chunk = anchors[start : start + block]
            scores = _scores(vectors, chunk, temperature)
            normaliser[start : start + block] = torch.logsumexp(scores, dim=1)
        ctx.save_for_backward(vectors, others, positives, anchors, normaliser)
        ctx.temperature, ctx.block = temperature, block
        if not len(anchors):
            return vectors.new_zeros(())
        attraction = (vectors * others).sum(1)[anchors] / positives[anchors] / temperature
        return (normaliser - attraction).mean()

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        vectors, others, positives, anchors, normaliser = ctx.saved_tensors
        result = torch.zeros_like(vectors)
        if not len(anchors):
            return result, None, None, None
        scale = gradient / (len(anchors) * ctx.temperature)
        for start in range(0, len(anchors), ctx.block):
            chunk = anchors[start : start + ctx.block]
            scores = _scores(vectors, chunk, ctx.temperature)
            weights = (scores - normaliser[start : start + ctx.block, None]).exp_()
            result.index_add_(0, chunk, weights @ vectors)
            result.addmm_(weights.T, vectors[chunk])
        # Every member of a class of two or more is both an anchor and a positive of the others.
        result[anchors] -= 2 * others[anchors] / positives[anchors, None]
        return result * scale, None, None, None


def _scores(vectors: Tensor, anchors: Tensor, temperature: float) -> Tensor:
    """Cosines over temperature of some anchors with all vectors; minus infinity for itself."""
    scores = vectors[anchors] @ vectors.T
    scores /= temperature
    scores[torch.arange(len(anchors), device=scores.device), anchors] = float("-inf")
    return scores
