"""Word alignment by the vectors of an encoder.

A word's vector is the mean of its subwords' at one layer; the layers above are not even loaded.
Pairs of like lengths are read together, and all their links found at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from pydantic import Field

from clner.errors import ClnerError
from clner.stage import Settings
from clner.tagging.settings import Precision

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

    from clner.tagging.pieces import Pieces, Window

TOGETHER = 8192
"""Words a side, padding included, of the pairs that are linked at once."""
FEWEST = 3
"""Words on either side below which one pass is all (as SimAlign has it)."""


class EmbeddingSettings(Settings):
    """How words are linked by their vectors."""

    method: Literal["mutual", "iterated", "softmax"] = Field(
        "iterated",
        description="mutual: words that are each other's most similar; iterated: that again on "
        "what is left (SimAlign's argmax and itermax); softmax: words that choose each other with "
        "some probability (awesome-align)",
    )
    layer: int | None = Field(
        None,
        ge=-1,
        description="hidden layer that is compared: 0 the embeddings, -1 the last, null two thirds "
        "of the way up (8 of 12)",
    )
    iterations: int = Field(2, ge=1, description="iterated: passes, the first one included")
    discount: float = Field(
        0.9, gt=0, le=1, description="iterated: factor for a word that is linked already"
    )
    threshold: float = Field(
        0.001, gt=0, lt=1, description="softmax: least probability, in both directions"
    )
    budget: int = Field(
        512,
        ge=1,
        description="subwords a batch, padding included; on a CPU more is slower",
    )
    max_length: int = Field(
        256, ge=8, description="subwords a window; longer sentences are cut, read and stitched"
    )
    precision: Precision = Field(
        "auto", description="auto: bf16 autocast on a GPU that has it, else fp32"
    )


class Aligned(NamedTuple):
    """The links of a sentence pair and what speaks for each."""

    links: np.ndarray
    """(K, 2) int64: source and target position, from 0, sorted."""
    scores: np.ndarray
    """(K,) float32, 0 to 1: (1 + cosine) / 2, or the smaller of the two probabilities."""


def align_by_embeddings(
    pairs: list[tuple[list[str], list[str]]],
    encoder: Path,
    settings: EmbeddingSettings,
    progress: bool = False,
) -> list[Aligned]:
    """The links of each pair of source and target words; none where either side is empty.

    `encoder` is a folder that `AutoModel` and `AutoTokenizer` read, an encoder's or a tagger's.
    A batch has at most `settings.budget` subwords (a longer window goes alone). A GPU is used
    where there is one. Raises ClnerError where the folder holds no encoder or it has no such layer.
    """
    from tqdm import tqdm

    from clner.tagging.inference import _batches

    reader = _load_reader(encoder, settings)
    sources = reader.pieces.windows([source for source, _ in pairs])
    targets = reader.pieces.windows([target for _, target in pairs])
    aligned = [Aligned(np.zeros((0, 2), np.int64), np.zeros(0, np.float32)) for _ in pairs]
    longer = [max(len(source), len(target)) for source, target in pairs]
    whole = [number for number, pair in enumerate(pairs) if all(pair)]
    bar = tqdm(total=len(whole), unit="pair", disable=not progress, mininterval=5)
    for chosen in _batches(sorted(whole, key=lambda n: -longer[n]), longer, TOGETHER):
        words, real = reader.read([side[n] for side in (sources, targets) for n in chosen])
        for number, found in zip(chosen, _link(words, real, settings), strict=True):
            aligned[number] = found
        bar.update(len(chosen))
    bar.close()
    return aligned


def mutual(similarities: Tensor, allowed: Tensor) -> Tensor:
    """Cells (B, N, M) that are the highest allowed ones of both their row and their column.

    Of equal ones the first counts. This is SimAlign's "argmax" (Jalili Sabet et al. 2020).
    """
    shown = similarities.masked_fill(~allowed, -float("inf"))
    nowhere = allowed.new_zeros(allowed.shape)
    of_row, of_column = (nowhere.scatter(d, shown.argmax(d, keepdim=True), True) for d in (2, 1))
    return allowed & of_row & of_column


def iterated(similarities: Tensor, real: Tensor, iterations: int, discount: float) -> Tensor:
    """Cells (B, N, M) that are mutual, and those that become so among what is left.

    Each further pass leaves out the cells of two linked words and multiplies those of one by
    `discount`; a pair ends when all its source or target words are linked. `similarities` are at
    least 0, `real` the cells that are not padding. This is SimAlign's "itermax" (Jalili Sabet et
    al. 2020, algorithm 1).
    """
    links = mutual(similarities, real)
    rows, columns = real.any(2, keepdim=True), real.any(1, keepdim=True)
    long = (rows.sum(1, keepdim=True) >= FEWEST) & (columns.sum(2, keepdim=True) >= FEWEST)
    for _ in range(iterations - 1):
        free_rows = rows & ~links.any(2, keepdim=True)
        free_columns = columns & ~links.any(1, keepdim=True)
        open_pairs = long & free_rows.any(1, keepdim=True) & free_columns.any(2, keepdim=True)
        left = similarities.where(free_rows & free_columns, discount * similarities)
        links = links | mutual(left, real & open_pairs & (free_rows | free_columns))
    return links


def agreement(products: Tensor, real: Tensor) -> Tensor:
    """(B, N, M) probabilities that two words choose each other: the smaller of both directions'.

    Softmax of inner products over each row and each column, as awesome-align has it (Dou and
    Neubig 2021); 0 for padding.
    """
    shown = products.masked_fill(~real, -float("inf"))
    both = shown.softmax(2).minimum(shown.softmax(1))
    return both.where(real, 0.0)


def _link(words: Tensor, real: Tensor, settings: EmbeddingSettings) -> list[Aligned]:
    """The links of B pairs. `words` (2B, N, H), sources first; `real` (2B, N): no padding."""
    from torch.nn.functional import normalize

    sources, targets = words.chunk(2)
    rows, columns = real.chunk(2)
    cells = rows.unsqueeze(2) & columns.unsqueeze(1)
    if settings.method == "softmax":
        scores = agreement(sources @ targets.mT, cells)
        return _by_pair(scores > settings.threshold, scores)
    cosines = normalize(sources, dim=2) @ normalize(targets, dim=2).mT
    scores = ((1 + cosines) / 2).clamp(0, 1)
    passes = settings.iterations if settings.method == "iterated" else 1
    return _by_pair(iterated(scores, cells, passes, settings.discount), scores)


def _by_pair(links: Tensor, scores: Tensor) -> list[Aligned]:
    """What is linked in each of B grids: `links` (B, N, M) bool, `scores` (B, N, M)."""
    cells = links.nonzero().cpu().numpy()
    ends = np.searchsorted(cells[:, 0], np.arange(1, len(links)))
    chosen = scores[links].cpu().numpy()
    return [
        Aligned(*own)
        for own in zip(np.split(cells[:, 1:], ends), np.split(chosen, ends), strict=True)
    ]


@dataclass(slots=True)
class _Reader:
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
        import torch
        from torch.nn.utils.rnn import pad_sequence

        from clner.tagging.inference import _batches

        windows = [window for own in sentences for window in own]
        lengths = [len(window.ids) for window in windows]
        kept: list[Tensor] = [torch.empty(0)] * len(windows)
        for chosen in _batches(np.argsort(lengths, kind="stable")[::-1], lengths, self.budget):
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
        import torch

        from clner.tagging.windows import collate_windows

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


def _load_reader(folder: Path, settings: EmbeddingSettings) -> _Reader:
    import torch
    from transformers import AutoConfig, AutoModel

    from clner.encoders.tokenizer import first_line, load_tokenizer
    from clner.tagging.pieces import Pieces
    from clner.tagging.precision import in_bf16

    try:
        config = AutoConfig.from_pretrained(folder)
        layer = _layer(settings.layer, config.num_hidden_layers)
        # Some encoders cannot be without any layer.
        config.num_hidden_layers = max(1, layer)
        with _quiet():
            model, loaded = AutoModel.from_pretrained(
                folder, config=config, dtype=torch.float32, output_loading_info=True
            )
    except (OSError, ValueError, RuntimeError) as error:
        raise ClnerError(f"{folder}: no usable encoder ({first_line(error)})") from None
    absent = sorted(name for name in loaded["missing_keys"] if "pooler" not in name)
    if absent:
        raise ClnerError(f"{folder}: no usable encoder ({absent[0]} is missing)")
    pieces = Pieces(load_tokenizer(folder), settings.max_length)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    return _Reader(model.eval(), pieces, layer, settings.budget, in_bf16(settings.precision))


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
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)
