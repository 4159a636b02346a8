"""Training examples: the rows (views) of a sentence, and how a batch of them is padded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import torch

from clner.objectives.base import IGNORED
from clner.tagging.pieces import Pieces, Window
from clner.text.sentence import Sentence


@dataclass(slots=True)
class Row:
    """One window of one view. Arrays over its n tokens; `soft` is (n, T) or absent."""

    window: Window
    tags: np.ndarray | None = None
    soft: np.ndarray | None = None
    pseudo: np.ndarray | None = None
    trusted: np.ndarray | None = None


@dataclass(slots=True)
class Example:
    """All rows that say the same thing: a sentence, its translation, its code-switched form."""

    rows: list[Row] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Subwords of the longest row."""
        return max(len(row.window.ids) for row in self.rows)


def labelled_examples(
    views: list[list[Sentence]], pieces: Pieces, tag_names: list[str]
) -> list[Example]:
    """Join the labelled views of each source sentence into one example.

    Views other than the source carry the source's id in `origin["source_id"]`. The order is that
    of first appearance.
    """
    index = {name: number for number, name in enumerate(tag_names)}
    examples: dict[str, Example] = {}
    for view in views:
        windows = pieces.windows([sentence.tokens for sentence in view])
        for sentence, own in zip(view, windows, strict=True):
            tags = np.array([index[tag] for tag in sentence.tags], dtype=np.int64)
            example = examples.setdefault(sentence.origin.get("source_id", sentence.id), Example())
            example.rows += [Row(w, tags=tags[w.start : w.start + len(w.firsts)]) for w in own]
    return list(examples.values())


def pseudo_labelled_examples(
    sentences: list[Sentence],
    trusted: list[np.ndarray],
    probabilities: list[np.ndarray],
    pieces: Pieces,
    tag_names: list[str],
) -> list[Example]:
    """One example a pseudo-labelled sentence.

    `trusted` holds a (N,) bool and `probabilities` a (N, T) float array for each sentence.
    """
    index = {name: number for number, name in enumerate(tag_names)}
    examples = []
    windows = pieces.windows([sentence.tokens for sentence in sentences])
    for sentence, own, keep, soft in zip(sentences, windows, trusted, probabilities, strict=True):
        tags = np.array([index[tag] for tag in sentence.tags], dtype=np.int64)
        pseudo = np.where(keep, tags, IGNORED)
        rows = []
        for window in own:
            part = slice(window.start, window.start + len(window.firsts))
            rows.append(Row(window, soft=soft[part], pseudo=pseudo[part], trusted=keep[part]))
        examples.append(Example(rows))
    return examples


def collate_windows(windows: list[Window], padding: int) -> dict[str, torch.Tensor]:
    """Pad R windows: input_ids and attention_mask (R, S), firsts (R, N), mask (R, N) bool."""
    width = max(len(window.ids) for window in windows)
    count = max(len(window.firsts) for window in windows)
    ids = np.full((len(windows), width), padding, dtype=np.int64)
    attention = np.zeros((len(windows), width), dtype=np.int64)
    firsts = np.zeros((len(windows), count), dtype=np.int64)
    mask = np.zeros((len(windows), count), dtype=bool)
    for number, window in enumerate(windows):
        ids[number, : len(window.ids)] = window.ids
        attention[number, : len(window.ids)] = 1
        firsts[number, : len(window.firsts)] = window.firsts
        mask[number, : len(window.firsts)] = True
    arrays = {"input_ids": ids, "attention_mask": attention, "firsts": firsts, "mask": mask}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


@dataclass(slots=True)
class Collator:
    """Makes one batch of some examples: all their rows, padded, with what objectives read."""

    pieces: Pieces
    tag_count: int
    hidden: float = 0.0
    """Share of the tokens that are hidden, drawn afresh for each batch."""
    parts: int = 1
    """Subwords at most that a hidden word is shown as; 1: as many as it has."""

    def __call__(self, examples: Iterable[Example]) -> dict[str, torch.Tensor]:
        examples = list(examples)
        rows = [row for example in examples for row in example.rows]
        batch = self._read([row.window for row in rows])
        shape = batch["mask"].shape
        tags = np.full(shape, IGNORED, dtype=np.int64)
        pseudo = np.full(shape, IGNORED, dtype=np.int64)
        trusted = np.zeros(shape, dtype=bool)
        soft = np.zeros((*shape, self.tag_count), dtype=np.float32)
        for number, row in enumerate(rows):
            count = len(row.window.firsts)
            if row.tags is not None:
                tags[number, :count] = row.tags
            if row.soft is not None:
                trusted[number, :count] = row.trusted
                pseudo[number, :count] = row.pseudo
                soft[number, :count] = row.soft * row.trusted[:, None]
        meaning = np.repeat(np.arange(len(examples)), [len(e.rows) for e in examples])
        own = {"tags": tags, "pseudo": pseudo, "trusted": trusted, "soft": soft}
        own["meaning"] = meaning
        return batch | {name: torch.from_numpy(array) for name, array in own.items()}

    def _read(self, windows: list[Window]) -> dict[str, torch.Tensor]:
        """The padded windows, some of their tokens hidden."""
        if self.hidden > 0:
            width = max(len(window.firsts) for window in windows)
            drawn = (torch.rand(len(windows), width) < self.hidden).numpy()
            windows = [
                self.pieces.hide(window, row[: len(window.firsts)], self.parts)
                for window, row in zip(windows, drawn, strict=True)
            ]
        return collate_windows(windows, self.pieces.padding)
