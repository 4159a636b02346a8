"""Vectors of words from those of their subwords."""

from typing import Literal

import torch
from torch import Tensor


def pool_words(hidden: Tensor, words: Tensor, count: int, how: Literal["max", "first"]) -> Tensor:
    """(R, N, H): the maximum over each word's subwords, or the first of them; zeros where none.

    `hidden` (R, S, H) floats; `words` (R, S) int64 is the word of each subword, or N = `count`
    for those of no word (special tokens, padding). A word's subwords stand together and words
    stand in order. Subwords of equal maximum share the gradient.
    """
    rows = len(hidden)
    real = words < count
    pieces = hidden[real]
    numbers = words + count * torch.arange(rows, device=words.device).unsqueeze(1)
    lengths = torch.bincount(numbers[real], minlength=rows * count)
    if how == "max":
        pooled = torch.segment_reduce(pieces, "max", lengths=lengths, axis=0)
    else:
        firsts = (lengths.cumsum(0) - lengths).clamp_max(len(pieces) - 1)
        pooled = pieces[firsts]
    return torch.where((lengths > 0).unsqueeze(1), pooled, 0.0).view(rows, count, -1)
