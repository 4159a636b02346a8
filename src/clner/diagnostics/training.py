"""What the folders of trained models tell of their training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from clner.files.artifacts import read_json, read_lines
from clner.files.sums import check_seal
from clner.tagging.rounds import HISTORY, RECORD, RISE

FALL = 0.01
"""How far the dev F1 may lie below the best round's."""
IDLE = 2
"""Rounds without a rise that make a plateau."""


class Trained(NamedTuple):
    """A trained model by its name: its record (`training.json`), and its log."""

    name: str
    record: dict
    history: list[dict]


def read_training(folders: Iterable[Path]) -> list[Trained]:
    """The models in `folders`, a teacher and its students in order.

    Beside its own warnings a student has that of its round. Raises ClnerError where a folder
    holds no trained model, or a file of it is damaged.
    """
    trained: list[Trained] = []
    for folder in folders:
        check_seal(folder)
        record = read_json(folder / RECORD)
        earlier = [model.record["dev_f1"] for model in trained]
        if not record["stopped"]:
            own = round_warnings(earlier, record["dev_f1"])
            record["warnings"] = [*record["warnings"], *own]
        trained.append(Trained(folder.name, record, list(read_lines(folder / HISTORY))))
    return trained


def round_warnings(earlier: list[float | None], now: float | None) -> Iterator[str]:
    """What is wrong with a round, by the dev F1 of the `earlier` ones, the teacher's first.

    The first student is not judged: teachers see other data. Without dev F1 none is.
    """
    if len(earlier) < 2 or now is None or None in earlier:
        return
    best = max(range(1, len(earlier)), key=earlier.__getitem__)
    if now < earlier[best] - FALL:
        fault = "falls"
    elif len(earlier) - best >= IDLE and now <= earlier[best] + RISE:
        fault = "does not rise"
    else:
        return
    yield (
        f"self-training: the dev F1 {fault}, {now:.3f} after round {len(earlier)}, "
        f"{earlier[best]:.3f} after round {best}; lower student.rounds, set student.stop to "
        "source-dev, or raise filter.entity_confidence"
    )
