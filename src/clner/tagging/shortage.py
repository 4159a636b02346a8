"""What to do when memory runs out: the same steps, in smaller batches."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from typing import TypeVar

import torch

from clner.errors import ClnerError, MemoryShortageError
from clner.jobs import ranks
from clner.tagging.settings import TrainingSettings

log = logging.getLogger(__name__)

T = TypeVar("T")


def sparing_memory(train: Callable[[TrainingSettings], T], settings: TrainingSettings) -> T:
    """`train(settings)`; where memory runs out, once more with half the batch, twice a step.

    A step sees as many sentences as before, so that `train` can go on from a checkpoint. Of
    several processes those that have memory left wait for the one that has not: that one raises
    MemoryShortageError, and the second attempt is one of new processes. Raises ClnerError where
    half a batch was too much as well, and where a batch cannot be halved.
    """
    if ranks.sparing():
        return _last_attempt(train, _halved(settings))
    try:
        return train(settings)
    except torch.OutOfMemoryError:
        smaller = _halved(settings)
        if ranks.size() > 1:
            raise MemoryShortageError("out of memory: starting all processes again") from None
    # Only here, outside of the handler, nothing holds the tensors of the first attempt.
    gc.collect()
    torch.cuda.empty_cache()
    return _last_attempt(train, smaller)


def _last_attempt(train: Callable[[TrainingSettings], T], smaller: TrainingSettings) -> T:
    log.warning(
        "out of memory with batch_size = %d: going on with batch_size = %d and "
        "accumulation = %d, from the last checkpoint if there is one",
        2 * smaller.batch_size,
        smaller.batch_size,
        smaller.accumulation,
    )
    try:
        return train(smaller)
    except torch.OutOfMemoryError:
        raise _too_much(smaller) from None


def _halved(settings: TrainingSettings) -> TrainingSettings:
    size = settings.batch_size
    if size % (2 * ranks.size()):
        raise _too_much(settings) from None
    changes = {"batch_size": size // 2, "accumulation": 2 * settings.accumulation}
    return settings.model_copy(update=changes)


def _too_much(settings: TrainingSettings) -> ClnerError:
    return ClnerError(
        f"batch_size = {settings.batch_size}: out of memory; take a smaller one with more "
        "accumulation, a smaller max_length, or gradient_checkpointing: true"
    )
