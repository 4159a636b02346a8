"""Vectors of texts and of places in them, as a tagger makes them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from clner.diagnostics.texts import Cell
from clner.encoders.pooling import mean_pooled
from clner.tagging.model import Reading, read
from clner.tagging.pieces import Window
from clner.tagging.windows import collate_windows

ROWS = 32
"""Texts a batch."""


class Vectors(NamedTuple):
    """What a tagger makes of texts: `sentences` (M, H) and `cells` (K, H), float32."""

    sentences: np.ndarray
    cells: np.ndarray


@torch.inference_mode()
def vectors_of(
    tagger: PreTrainedModel, windows: list[Window], cells: list[Cell], padding: int
) -> Vectors:
    """The vectors of M windows and of the K places in them, on the tagger's device.

    A place has its relation vector, or from a head of tags the vector of its first token.
    """
    tagger.eval()
    width = tagger.config.hidden_size
    sentences = np.zeros((len(windows), width), dtype=np.float32)
    places = np.zeros((len(cells), width), dtype=np.float32)
    owners = np.array([cell.text for cell in cells], dtype=np.int64)
    order = np.argsort([len(window.ids) for window in windows], kind="stable")
    for chosen in np.split(order, range(ROWS, len(order), ROWS)):
        batch = collate_windows([windows[number] for number in chosen], padding)
        batch = {name: values.to(tagger.device) for name, values in batch.items()}
        reading = read(tagger, batch)
        real = batch["words"] < batch["mask"].shape[1]
        sentences[chosen] = mean_pooled(reading.layers[-1], real).cpu().numpy()
        own = np.isin(owners, chosen).nonzero()[0]
        places[own] = _places(reading, [cells[k] for k in own], chosen).float().cpu().numpy()
    return Vectors(sentences, places)


def _places(reading: Reading, cells: list[Cell], texts: np.ndarray) -> Tensor:
    """(K, H): the vectors of cells of a batch of these texts."""
    row = {int(text): number for number, text in enumerate(texts)}
    at = [(row[cell.text], cell.first, cell.second) for cell in cells]
    rows, first, second = torch.tensor(at, device=reading.tokens.device).reshape(-1, 3).long().T
    if reading.relate is None:
        return reading.tokens[rows, first]
    return reading.relate(rows, first, second)
