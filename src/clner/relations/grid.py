"""From tags to the grid of relations, and from the grid's scores to distributions over tags."""

import torch
from torch import Tensor

from clner.relations.inventory import FIRST_TYPE, NNW
from clner.text.tags import IGNORED

TINY = 1e-12
"""Added to each mass before its logarithm."""
LEAST_OUTSIDE = 1e-5
"""What O keeps where spans take more than all; about what float32 can tell from a full sum."""


def gold_grid(tags: Tensor) -> Tensor:
    """(R, N, N) int64 relations of (R, N) int64 BIO2 tags in the order of `tag_set`.

    Strict, as `spans_of`: an I- that does not continue an entity of its type belongs to none.
    Cells with a word whose tag is IGNORED are IGNORED.
    """
    starts, inside = _entities(tags)
    length = tags.shape[1]
    places = torch.arange(length, device=tags.device)
    begins = starts == places
    last = torch.ones_like(inside)
    last[:, :-1] = begins[:, 1:]
    spans = torch.where(inside & last, FIRST_TYPE + _types(tags), 0)
    grid = tags.new_zeros(len(tags), length, length)
    grid.scatter_(2, starts.unsqueeze(2), spans.unsqueeze(2))
    grid.diagonal(1, 1, 2)[:] = torch.where(inside & ~begins, NNW, 0)[:, 1:]
    known = tags != IGNORED
    return grid.masked_fill_(~(known.unsqueeze(2) & known.unsqueeze(1)), IGNORED)


def _types(tags: Tensor) -> Tensor:
    return torch.div(tags - 1, 2, rounding_mode="floor")


def _entities(tags: Tensor) -> tuple[Tensor, Tensor]:
    """(R, N) int64: where the stretch of words of one type that holds a word begins; and (R, N)
    bool: whether that stretch is an entity, which it is if it begins with a B-."""
    types = _types(tags)
    goes_on = torch.zeros_like(tags, dtype=torch.bool)
    goes_on[:, 1:] = (types[:, 1:] == types[:, :-1]) & (tags[:, 1:] > 0) & (tags[:, 1:] % 2 == 0)
    places = torch.arange(tags.shape[1], device=tags.device).expand_as(tags)
    starts = torch.where(goes_on, 0, places).cummax(1).values
    first = tags.gather(1, starts)
    return starts, (first > 0) & (first % 2 == 1)


def tag_log_marginals(logits: Tensor, mask: Tensor) -> Tensor:
    """(R, N, T) log-probabilities of tags, T = 1 + 2 (C - 2), from a grid's logits [ours].

    `logits` (R, N, N, C) floats; `mask` (R, N) bool marks the words, which stand before padding.
    With cells independent, a span i..j of a type has the probability of its THW at (j, i) times
    those of NNW at (i, i + 1) .. (j - 1, j). B- of word k is the mass of spans that begin there,
    I- that of spans over k that began before. O is what is left of 1, at least LEAST_OUTSIDE;
    where overlapping spans sum to more than 1, all is divided by the sum. Padding is O.
    """
    relations = torch.log_softmax(logits, dim=-1)
    typed = relations[..., FIRST_TYPE:].permute(0, 3, 1, 2)
    spans = (typed + _links(relations[..., NNW]).unsqueeze(1)).exp().tril()
    spans = spans * (mask.unsqueeze(2) & mask.unsqueeze(1)).unsqueeze(1)
    # (R, types, k, i): the spans that begin at i and end at k or later
    reaching = spans.flip(2).cumsum(2).flip(2)
    begin = reaching.diagonal(dim1=2, dim2=3)
    within = reaching.tril(-1).sum(3)
    taken = torch.stack([begin, within], dim=2).flatten(1, 2).transpose(1, 2)
    outside = (1 - taken.sum(2, keepdim=True)).clamp_min(LEAST_OUTSIDE)
    masses = torch.cat([outside, taken], dim=2) + TINY
    return masses.log() - masses.sum(2, keepdim=True).log()


def _links(nnw: Tensor) -> Tensor:
    """(R, N, N): at (j, i), j >= i, the log-probability that words i..j are linked.

    `nnw` (R, N, N) are log-probabilities of NNW. Sums run from each i on its own: differences of
    one running sum would lose the digits of short spans in long sentences.
    """
    length = nnw.shape[1]
    steps = nnw.new_zeros(nnw.shape[:2])
    steps[:, 1:] = nnw.diagonal(1, 1, 2)
    after = steps.unsqueeze(2).expand(-1, -1, length).tril(-1)
    return after.cumsum(1)
