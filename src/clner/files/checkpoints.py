"""Checkpoints of training that was cut off."""

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from transformers import TrainerCallback

from clner.errors import ClnerError
from clner.files.disk import writing
from clner.files.sums import check_seal, seal

log = logging.getLogger(__name__)


class Sealing(TrainerCallback):
    """Puts checksums beside the files of each checkpoint."""

    def on_save(self, args, state, control, **kwargs) -> None:
        if state.is_world_process_zero:
            seal(Path(args.output_dir) / f"checkpoint-{state.global_step}")


class EveryFewEpochs(TrainerCallback):
    """Leaves out the checkpoints and evaluations of epochs between each `every` and the last."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._epochs = 0

    def on_train_begin(self, args, state, control, **kwargs) -> None:
        self._epochs = round(state.epoch or 0)

    def on_epoch_end(self, args, state, control, **kwargs) -> None:
        self._epochs += 1
        if self._epochs % self._every and not control.should_training_stop:
            control.should_evaluate = control.should_save = False


@contextmanager
def held_checkpoints(folder: Path) -> Iterator[bool]:
    """Whether `folder` holds a checkpoint to resume from; removed if the block ends without error.

    One process at a time: where a killed run left its training behind, that one is waited for.
    """
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder.with_name(f"{folder.name}.lock"))
    try:
        lock.acquire(blocking=False)
    except Timeout:
        log.warning("%s: in use by another process, perhaps left by a killed run; waiting", folder)
        lock.acquire()
    try:
        yield resumable(folder)
        shutil.rmtree(folder, ignore_errors=True)
        Path(lock.lock_file).unlink(missing_ok=True)
    finally:
        lock.release()


def resumable(folder: Path) -> bool:
    """Whether `folder` holds a checkpoint to resume from; any half-written or damaged is removed.

    The Trainer writes `trainer_state.json` last: without it, or with a part of it, the rest of a
    checkpoint cannot be trusted either.
    """
    for checkpoint in folder.glob("checkpoint-*"):
        try:
            json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
            check_seal(checkpoint)
        except (OSError, ValueError, ClnerError):
            log.warning("%s: half-written or damaged; training does without it", checkpoint)
            shutil.rmtree(checkpoint)
    return any(folder.glob("checkpoint-*"))
