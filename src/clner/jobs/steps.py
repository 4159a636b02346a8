"""The steps of a transformers Trainer as progress, and a line an epoch: loss and dev F1."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from transformers import PrinterCallback, Trainer, TrainerCallback

from clner.jobs.progress import progress

log = logging.getLogger(__name__)


@contextmanager
def shown_steps(trainer: Trainer, job: str) -> Iterator[None]:
    """Show the progress of a training in the block, instead of every value that is logged.

    The trainer's own bar must be off (`disable_tqdm`). Of several processes the first one speaks.
    """
    trainer.remove_callback(PrinterCallback)
    with ExitStack() as shown:
        if trainer.is_world_process_zero():
            trainer.add_callback(_Steps(job, shown))
        yield


class _Steps(TrainerCallback):
    def __init__(self, job: str, shown: ExitStack) -> None:
        self._job = job
        self._shown = shown
        self._loss = float("nan")

    def on_train_begin(self, args, state, control, **kwargs) -> None:
        steps = progress(self._job, state.max_steps, "steps", done=state.global_step)
        self._advance = self._shown.enter_context(steps)

    def on_step_end(self, args, state, control, **kwargs) -> None:
        self._advance(1)

    def on_log(self, args, state, control, logs=None, **kwargs) -> None:
        self._loss = logs.get("loss", self._loss)
        if "eval_f1" in logs:
            self._say(state.epoch, f", dev F1 {logs['eval_f1']:.3f}")

    def on_epoch_end(self, args, state, control, **kwargs) -> None:
        if args.eval_strategy == "no":
            self._say(state.epoch)

    def _say(self, epoch: float, score: str = "") -> None:
        log.info("%s: epoch %g, loss %.3f%s", self._job, epoch, self._loss, score)
