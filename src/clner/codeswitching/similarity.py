"""How near the sentence vectors of two forms of a sentence are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, PreTrainedModel

from clner.encoders.pooling import mean_pooled
from clner.encoders.tokenizer import first_line, load_tokenizer
from clner.errors import ClnerError
from clner.files.sums import check_seal
from clner.jobs.progress import progress
from clner.tagging.pieces import Pieces, Window
from clner.tagging.windows import collate_windows

ROWS = 32
"""Windows a batch."""


def similarities(
    folder: Path,
    source: list[list[str]],
    mixed: list[list[str]],
    max_length: int,
    job: str = "similarity",
) -> np.ndarray:
    """(M,) float64 from -1 to 1: cosines of the vectors of M source sentences and mixed forms.

    A vector is the mean over subwords of the last layer of the encoder in `folder`, as it is
    before any training. Of sentences above `max_length` subwords the first window is read. `job` is
    what the lines of progress begin with. Raises ClnerError where `folder` holds no encoder.
    """
    pieces = Pieces(load_tokenizer(folder), max_length)
    windows = [own[0] for own in pieces.windows([*source, *mixed])]
    vectors = _vectors(_encoder(folder), windows, pieces.padding, job)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    before, after = np.split(vectors / np.maximum(lengths, 1e-12), 2)
    return np.clip((before * after).sum(1), -1, 1)


def _encoder(folder: Path) -> PreTrainedModel:
    check_seal(folder)
    try:
        encoder = AutoModel.from_pretrained(folder, use_safetensors=True, dtype=torch.float32)
    except (OSError, ValueError) as error:
        raise ClnerError(f"{folder}: no usable encoder ({first_line(error)})") from None
    return encoder.to("cuda" if torch.cuda.is_available() else "cpu").eval()


@torch.inference_mode()
def _vectors(encoder: PreTrainedModel, windows: list[Window], padding: int, job: str) -> np.ndarray:
    """(M, H) float64: the vectors of M windows, which are batched by their length."""
    vectors = np.zeros((len(windows), encoder.config.hidden_size))
    order = np.argsort([len(window.ids) for window in windows], kind="stable")
    with progress(job, len(order), "windows") as advance:
        for chosen in np.split(order, range(ROWS, len(order), ROWS)):
            batch = collate_windows([windows[number] for number in chosen], padding)
            batch = {name: values.to(encoder.device) for name, values in batch.items()}
            inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
            hidden = encoder(**inputs).last_hidden_state
            real = batch["words"] < batch["mask"].shape[1]
            vectors[chosen] = mean_pooled(hidden, real).cpu().numpy()
            advance(len(chosen))
    return vectors
