"""Distributions over tags for sentences of any length, in batches of a subword budget."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from tqdm import tqdm
from transformers import PreTrainedModel

from clner.tagging.model import first_subwords
from clner.tagging.pieces import Pieces
from clner.tagging.rows import collate_windows


def tag_probabilities(
    tagger: PreTrainedModel,
    pieces: Pieces,
    sentences: list[list[str]],
    budget: int,
    progress: bool = False,
) -> list[np.ndarray]:
    """For each sentence its (N, T) float32 distributions over tags.

    Windows are sorted by length and batched to at most `budget` subwords, padding included (a
    longer window goes alone). Every token gets its distribution from the window that keeps it.
    """
    owners, windows = [], []
    for number, own in enumerate(pieces.windows(sentences)):
        owners += [number] * len(own)
        windows += own
    count = tagger.config.num_labels
    results = [np.zeros((len(tokens), count), dtype=np.float32) for tokens in sentences]
    order = np.argsort([len(window.ids) for window in windows], kind="stable")[::-1]
    bar = tqdm(total=len(windows), unit="window", disable=not progress, mininterval=5)
    training = tagger.training
    tagger.eval()
    for chosen in _batches(order, [len(window.ids) for window in windows], budget):
        batch = collate_windows([windows[i] for i in chosen], pieces.padding)
        probabilities = _forward(tagger, batch)
        for row, i in enumerate(chosen):
            window = windows[i]
            kept = slice(window.keep_start - window.start, window.keep_end - window.start)
            results[owners[i]][window.keep_start : window.keep_end] = probabilities[row, kept]
        bar.update(len(chosen))
    bar.close()
    tagger.train(training)
    return results


def _batches(order: np.ndarray, lengths: list[int], budget: int) -> Iterator[list[int]]:
    """Groups of consecutive windows, longest first, each padded to at most `budget` subwords."""
    start = 0
    while start < len(order):
        size = max(1, budget // lengths[order[start]])
        yield [int(i) for i in order[start : start + size]]
        start += size


@torch.inference_mode()
def _forward(tagger: PreTrainedModel, batch: dict[str, torch.Tensor]) -> np.ndarray:
    """(R, N, T) float32 distributions on the CPU; bfloat16 autocast on a GPU that has it."""
    device = tagger.device
    bf16 = device.type == "cuda" and torch.cuda.is_bf16_supported()
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
        logits = tagger(
            input_ids=batch["input_ids"].to(device),
            attention_mask=batch["attention_mask"].to(device),
        ).logits
    scores = first_subwords(logits.float(), batch["firsts"].to(device))
    return torch.softmax(scores, dim=-1).cpu().numpy()
