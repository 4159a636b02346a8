"""Checkpoints of training that was cut off."""

import json
import shutil
from pathlib import Path


def resumable(folder: Path) -> bool:
    """Whether `folder` holds a checkpoint to resume from; one half-written is removed.

    The Trainer writes `trainer_state.json` last: without it, or with a part of it, the rest of a
    checkpoint cannot be trusted either.
    """
    for checkpoint in folder.glob("checkpoint-*"):
        try:
            json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            shutil.rmtree(checkpoint)
    return any(folder.glob("checkpoint-*"))
