"""What a tagger says about sentences of any length, in batches of a subword budget."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from clner.jobs.progress import progress
from clner.relations.decoding import decode_grid
from clner.relations.grid import tag_log_marginals
from clner.relations.tagger import TokenPairTagger
from clner.tagging.decoding import entities
from clner.tagging.model import read, tag_names_of
from clner.tagging.pieces import Pieces, Window
from clner.tagging.windows import collate_windows, longest_first
from clner.text.spans import ScoredSpan, flat_tags

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tagged:
    """A sentence as a tagger sees it."""

    probabilities: np.ndarray
    """(N, T) float32: distributions over tags."""
    spans: list[ScoredSpan]
    """Its entities with their confidence; those of a grid may be nested."""

    @property
    def tags(self) -> list[str]:
        """The best BIO2 tags: of nested entities, the most confident."""
        return flat_tags(self.spans, len(self.probabilities))


def tag(
    tagger: PreTrainedModel | TokenPairTagger,
    pieces: Pieces,
    sentences: list[list[str]],
    budget: int,
    bf16: bool = False,
    recall: bool = False,
    job: str | None = None,
) -> list[Tagged]:
    """The distributions and entities of each sentence of tokens.

    Windows are sorted by length and batched to at most `budget` subwords, padding included (a
    longer window goes alone). Every token gets its distribution from the window that keeps it,
    and an entity of a grid is the window's that keeps its first token. `bf16` computes under
    autocast; `recall` is that of `decode_grid`. `job` is what the lines of progress begin with;
    without one nothing is said.
    """
    owners, windows = [], []
    for number, own in enumerate(pieces.windows(sentences)):
        owners += [number] * len(own)
        windows += own
    results = [
        Tagged(np.zeros((len(tokens), tagger.config.num_labels), np.float32), [])
        for tokens in sentences
    ]
    training = tagger.training
    tagger.eval()
    doubts = Counter()
    shown = progress(job, len(windows), "windows") if job else nullcontext(lambda count: None)
    with shown as advance:
        for chosen in longest_first([len(window.ids) for window in windows], budget):
            batch = collate_windows([windows[i] for i in chosen], pieces.padding)
            for i, said in zip(chosen, _forward(tagger, batch, bf16, recall, doubts), strict=True):
                _take(results[owners[i]], windows[i], said)
            advance(len(chosen))
    tagger.train(training)
    if doubts and job:
        log.info("grids: %s", ", ".join(f"{n:,} {name}" for name, n in doubts.items()))
    if not isinstance(tagger, TokenPairTagger):
        found = entities([result.probabilities for result in results], tag_names_of(tagger))
        for result, spans in zip(results, found, strict=True):
            result.spans = spans
    return results


@torch.inference_mode()
def _forward(
    tagger: PreTrainedModel | TokenPairTagger,
    batch: dict[str, Tensor],
    bf16: bool,
    recall: bool,
    doubts: Counter,
) -> list[Tagged]:
    """What is said about each window: distributions and, by a grid, entities.

    `doubts` counts what does not make sense in a grid.
    """
    device = tagger.device
    batch = {name: values.to(device) for name, values in batch.items()}
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
        scores = read(tagger, batch).scores
    if scores.dim() == 3:
        return [Tagged(own, []) for own in torch.softmax(scores, -1).cpu().numpy()]
    found = decode_grid(torch.softmax(scores, -1), batch["mask"].sum(1), recall)
    doubts.update({"open chains": found.open_chains, "unlinked entities": found.unlinked})
    types = [name[2:] for name in tag_names_of(tagger)[1::2]]
    probabilities = tag_log_marginals(scores, batch["mask"]).exp().cpu().numpy()
    spans = found.by_row(types, len(scores))
    return [Tagged(*own) for own in zip(probabilities, spans, strict=True)]


def _take(result: Tagged, window: Window, said: Tagged) -> None:
    """Add to a sentence's result what a window says about the tokens that it keeps."""
    own = slice(window.keep_start - window.start, window.keep_end - window.start)
    result.probabilities[window.keep_start : window.keep_end] = said.probabilities[own]
    for start, end, kind, confidence in said.spans:
        if own.start <= start < own.stop:
            place = (start + window.start, end + window.start)
            result.spans.append(ScoredSpan(*place, kind, confidence))
