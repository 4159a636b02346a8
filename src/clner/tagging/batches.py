"""Training batches: padded windows, with what the objectives read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

import numpy as np
import torch

from clner.objectives.views import VIEWS
from clner.tagging.pieces import Window
from clner.tagging.rows import Example, Row, RowMaker
from clner.tagging.windows import collate_windows
from clner.text.tags import IGNORED


@dataclass(slots=True)
class Collator:
    """Makes one batch of some examples: all their rows, padded, with what objectives read."""

    maker: RowMaker
    hidden: float = 0.0
    """Share of the tokens that are hidden, drawn afresh for each batch."""
    parts: int = 1
    """Subwords at most that a hidden word is shown as; 1: as many as it has."""

    def __call__(self, examples: Iterable[Example]) -> dict[str, torch.Tensor]:
        # All that is drawn hangs on torch's generator, which a checkpoint restores.
        rng = Random(int(torch.randint(2**62, ())))
        rows = [example.rows + self.maker.switched(example, rng) for example in examples]
        flat = [row for own in rows for row in own]
        batch = self._read([row.window for row in flat])
        meaning = np.repeat(np.arange(len(rows)), [len(own) for own in rows])
        # Only the first windows of long sentences say the same thing.
        later = np.array([row.window.start > 0 for row in flat])
        meaning[later] = len(rows) + np.arange(later.sum())
        view = np.array([VIEWS.index(row.view) for row in flat])
        own = _labels(flat, batch["mask"].shape, len(self.maker.tag_names))
        own |= {"meaning": meaning, "view": view}
        return batch | {name: torch.from_numpy(array) for name, array in own.items()}

    def _read(self, windows: list[Window]) -> dict[str, torch.Tensor]:
        """The padded windows, some of their tokens hidden."""
        pieces = self.maker.pieces
        if self.hidden > 0:
            width = max(len(window.firsts) for window in windows)
            drawn = (torch.rand(len(windows), width) < self.hidden).numpy()
            windows = [
                pieces.hide(window, row[: len(window.firsts)], self.parts)
                for window, row in zip(windows, drawn, strict=True)
            ]
        return collate_windows(windows, pieces.padding)


def _labels(rows: list[Row], shape: tuple[int, int], tags: int) -> dict[str, np.ndarray]:
    """What is known of each token: `tags`, `pseudo`, `trusted` (R, N), and `soft` (R, N, T)."""
    known = {name: np.full(shape, IGNORED, dtype=np.int64) for name in ("tags", "pseudo")}
    trusted = np.zeros(shape, dtype=bool)
    soft = np.zeros((*shape, tags), dtype=np.float32)
    for number, row in enumerate(rows):
        count = len(row.window.firsts)
        for name, array in known.items():
            if (values := getattr(row, name)) is not None:
                array[number, :count] = values
        if row.soft is not None:
            trusted[number, :count] = row.trusted
            soft[number, :count] = row.soft * row.trusted[:, None]
    return known | {"trusted": trusted, "soft": soft}
