"""Windows in batches of one shape."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from clner.tagging.pieces import Window


def longest_first(lengths: list[int], budget: int) -> Iterator[list[int]]:
    """Groups of positions in `lengths`, the longest first: padded, each is within `budget`.

    What is longer than that goes alone.
    """
    order = np.argsort(lengths, kind="stable")[::-1].tolist()
    start = 0
    while start < len(order):
        size = max(1, budget // lengths[order[start]])
        yield order[start : start + size]
        start += size


def collate_windows(windows: list[Window], padding: int) -> dict[str, Tensor]:
    """Pad R windows to S subwords and N tokens.

    `input_ids` and `attention_mask` (R, S) int64; `words` (R, S) int64, the token that each
    subword belongs to, N for special tokens and padding; `firsts` (R, N) int64, the first subword
    of each token; `mask` (R, N) bool.
    """
    width = max(len(window.ids) for window in windows)
    count = max(len(window.firsts) for window in windows)
    ids = np.full((len(windows), width), padding, dtype=np.int64)
    attention = np.zeros((len(windows), width), dtype=np.int64)
    words = np.full((len(windows), width), count, dtype=np.int64)
    firsts = np.zeros((len(windows), count), dtype=np.int64)
    mask = np.zeros((len(windows), count), dtype=bool)
    for number, window in enumerate(windows):
        ids[number, : len(window.ids)] = window.ids
        attention[number, : len(window.ids)] = 1
        words[number, window.firsts[0] : window.end] = window.words
        firsts[number, : len(window.firsts)] = window.firsts
        mask[number, : len(window.firsts)] = True
    arrays = {"input_ids": ids, "attention_mask": attention, "words": words}
    arrays |= {"firsts": firsts, "mask": mask}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}
