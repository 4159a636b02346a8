"""What the folders of trained models tell of their training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from clner.artifacts import read_json, read_lines
from clner.rounds import RECORD, bettered, read_round


class Trained(NamedTuple):
    """A trained model by its name: its record (`training.json`), and its log."""

    name: str
    record: dict
    history: list[dict]


def read_training(folders: Iterable[Path]) -> list[Trained]:
    """The models in `folders`, a teacher and its students in order.

    A student that does not better the round before has a warning of that beside its own. Raises
    ClnerError where a folder holds no trained model.
    """
    trained = []
    before = None
    for folder in folders:
        record = read_json(folder / RECORD)
        now = read_round(folder)
        if before is not None and not now.stopped:
            record["warnings"] = [*record["warnings"], *_no_better(before, now)]
        trained.append(Trained(folder.name, record, list(read_lines(folder / "history.jsonl"))))
        before = now
    return trained


def _no_better(before, now) -> Iterator[str]:
    if not bettered(before, now):
        yield (
            f"plateau: the dev F1 of round {now.number}, {now.dev_f1:.3f}, does not better that of "
            f"round {before.number}, {before.dev_f1:.3f}; lower student.rounds, set student.stop "
            "to source-dev, or raise filter.entity_confidence"
        )
