"""Rounds of self-training: what is known of the round before, and whether it was the last."""

import shutil
from pathlib import Path
from typing import NamedTuple

from clner.files.artifacts import finished_folder, read_json, write_json
from clner.files.sums import check_seal

HISTORY = "history.jsonl"
"""In the folder of a trained model: the log of its training."""
REJECTED = "rejected.jsonl"
"""The log of a training whose model was not kept."""
RISE = 0.001
"""Least rise of the dev F1 that warnings of a plateau take for one."""
RECORD = "training.json"
"""In the folder of a trained model: its round, and what came of its training."""
CARD = "README.md"
"""In the folder of a student, written after it was scored: what it is."""


class Round(NamedTuple):
    """A round's outcome; round 0 is the teacher."""

    number: int
    dev_f1: float | None
    """F1 on the sources' dev sets, 0 to 1; None without any."""
    stopped: bool
    """Whether the model is an earlier round's, because this one did not better it."""


def read_round(folder: Path) -> Round:
    """The round of the model in a folder. Raises ClnerError where there is none, or one damaged."""
    check_seal(folder)
    record = read_json(folder / RECORD)
    return Round(record["round"], record["dev_f1"], record["stopped"])


def bettered(before: Round, now: Round) -> bool:
    """Whether a round is worth more than the one before.

    The first always is, as teachers see other data; so is one without dev sets.
    """
    if before.number == 0 or before.dev_f1 is None or now.dev_f1 is None:
        return True
    return now.dev_f1 > before.dev_f1


def keep(before: Path, output: Path) -> None:
    """Hand on the model of the round before, in folder `before`, as that of this round.

    Of a model that was trained for this round, in `output`, the history stays as `rejected.jsonl`.
    """
    record = read_json(before / RECORD)
    with finished_folder(output) as partial:
        # Each round's card is its own, and may be written at this moment.
        others = shutil.ignore_patterns(CARD, f".{CARD}.*")
        shutil.copytree(before, partial, dirs_exist_ok=True, ignore=others)
        if (output / HISTORY).exists():
            shutil.copy(output / HISTORY, partial / REJECTED)
        write_json(partial / RECORD, record | {"round": record["round"] + 1, "stopped": True})
