"""The vectors of words, from one layer of an encoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoConfig, AutoModel, PreTrainedModel
from transformers.utils import logging

from clner.alignment.settings import EmbeddingSettings
from clner.encoders.tokenizer import first_line, load_tokenizer
from clner.errors import ClnerError
from clner.files.sums import check_seal
from clner.jobs.precision import in_bf16
from clner.tagging.pieces import Pieces, Window
from clner.tagging.windows import collate_windows, longest_first


@dataclass(slots=True)
class Reader:
    """An encoder up to the layer that is read, and its subwords."""

    model: PreTrainedModel
    pieces: Pieces
    layer: int
    budget: int
    bf16: bool

    def read(self, sentences: list[list[Window]]) -> tuple[Tensor, Tensor]:
        """The vectors (R, N, H) float32 of the words of R sentences, and which are no padding.

        Each sentence is given as its windows, each word read in the one that keeps it.
        """
        windows = [window for own in sentences for window in own]
        lengths = [len(window.ids) for window in windows]
        kept: list[Tensor] = [torch.empty(0)] * len(windows)
        for chosen in longest_first(lengths, self.budget):
            vectors = self._vectors([windows[n] for n in chosen])
            for number, own in zip(chosen, vectors, strict=True):
                window = windows[number]
                start = window.start
                kept[number] = own[window.keep_start - start : window.keep_end - start]
        counts = [own[-1].keep_end for own in sentences]
        words = pad_sequence(torch.cat(kept).split(counts), batch_first=True)
        places = torch.arange(words.shape[1], device=words.device)
        return words, places < torch.tensor(counts, device=words.device).unsqueeze(1)

    def _vectors(self, windows: list[Window]) -> Sequence[Tensor]:
        """(n, H) float32 for each window: the means of the subwords of its words."""
        device = self.model.device
        batch = {
            name: values.to(device)
            for name, values in collate_windows(windows, self.pieces.padding).items()
        }
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, self.bf16):
            output = self.model(
                input_ids=batch["input_ids"],
                attention_mask=batch["attention_mask"],
                output_hidden_states=True,
            )
        pieces = output.hidden_states[self.layer][batch["words"] < batch["mask"].shape[1]]
        lengths = np.concatenate([np.diff(w.firsts, append=w.end) for w in windows])
        words = torch.segment_reduce(
            pieces.float(), "mean", lengths=torch.from_numpy(lengths).to(device), axis=0
        )
        return words.split([len(window.firsts) for window in windows])


def load_reader(folder: Path, settings: EmbeddingSettings) -> Reader:
    """The encoder in `folder` up to the layer of `settings`. Raises ClnerError for none."""
    check_seal(folder)
    try:
        config = AutoConfig.from_pretrained(folder)
        layer = _layer(settings.layer, config.num_hidden_layers)
        # Some encoders cannot be without any layer.
        config.num_hidden_layers = max(1, layer)
        with _quiet():
            model, loaded = AutoModel.from_pretrained(
                folder,
                config=config,
                use_safetensors=True,
                dtype=torch.float32,
                output_loading_info=True,
            )
    except (OSError, ValueError, RuntimeError) as error:
        raise ClnerError(f"{folder}: no usable encoder ({first_line(error)})") from None
    absent = sorted(name for name in loaded["missing_keys"] if "pooler" not in name)
    if absent:
        raise ClnerError(f"{folder}: no usable encoder ({absent[0]} is missing)")
    pieces = Pieces(load_tokenizer(folder), settings.max_length)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    return Reader(model.eval(), pieces, layer, settings.budget, in_bf16(settings.precision))


def _layer(layer: int | None, layers: int) -> int:
    """The layer that is meant, 0 to `layers`. Raises ClnerError where there is none."""
    if layer is None:
        return round(2 * layers / 3)
    if layer > layers:
        raise ClnerError(f"layer = {layer}: this encoder has {layers}; give -1 to {layers}")
    return layers if layer == -1 else layer


@contextmanager
def _quiet() -> Iterator[None]:
    """Without transformers' warning of the layers that are left out on purpose."""
    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)
