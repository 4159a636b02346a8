"""A look at each model of a cell, the untrained one first: all see the same texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from transformers import PreTrainedModel

from clner.diagnostics.plane import in_plane
from clner.diagnostics.texts import Cell, Text, sample_cells
from clner.diagnostics.vectors import Vectors, vectors_of
from clner.encoders.tokenizer import load_tokenizer
from clner.relations.settings import TokenPairSettings
from clner.tagging.model import load_tagger, new_tagger, tag_names_of
from clner.tagging.pieces import Pieces
from clner.tagging.settings import HeadSettings

if TYPE_CHECKING:
    from clner.diagnose import DiagnoseSettings

UNTRAINED = "untrained"
"""The name of the model before training."""


class Look(NamedTuple):
    """What one model makes of the texts."""

    model: str
    vectors: Vectors
    cells: list[Cell]
    plane: np.ndarray
    """(K, 2): the places in the plane."""


def look_at(
    settings: DiagnoseSettings, texts: list[Text], encoder: Path, models: list[Path], seed: int
) -> Iterator[Look]:
    """The untrained tagger, then each of `models`: a teacher and students of one encoder.

    The untrained one is what the teacher's training began with: `encoder`, and the teacher's head
    drawn with `seed`. Of long sentences the first window is read.
    """
    pieces = Pieces(load_tokenizer(encoder), settings.max_length)
    windows = [own[0] for own in pieces.windows([text.sentence.tokens for text in texts])]
    lengths = [len(window.firsts) for window in windows]
    for name, tagger in _taggers(encoder, models, seed):
        pairs = head_of(tagger).head == "token_pair"
        cells = sample_cells(texts, lengths, pairs, settings.vectors, seed)
        vectors = vectors_of(tagger, windows, cells, pieces.padding)
        yield Look(name, vectors, cells, in_plane(vectors.cells, settings.method, seed))


def _taggers(encoder: Path, models: list[Path], seed: int) -> Iterator[tuple[str, PreTrainedModel]]:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    teacher = load_tagger(models[0])
    untrained = new_tagger(encoder, tag_names_of(teacher), head_of(teacher), seed)
    yield UNTRAINED, untrained.to(device)
    yield models[0].name, teacher.to(device)
    for folder in models[1:]:
        yield folder.name, load_tagger(folder).to(device)


def head_of(tagger: PreTrainedModel) -> HeadSettings:
    """The settings of a tagger's head, as its configuration holds them."""
    stored = dict(getattr(tagger.config, "head", None) or {})
    if not stored:
        return HeadSettings()
    return HeadSettings(head=stored.pop("kind"), token_pair=TokenPairSettings(**stored))
