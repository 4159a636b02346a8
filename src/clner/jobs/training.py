"""What the trainings of all stages have in common, on `transformers.Trainer`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import torch
from transformers import TrainingArguments
from transformers.trainer_pt_utils import LengthGroupedSampler

from clner.jobs import ranks
from clner.jobs.precision import in_bf16


def training_arguments(checkpoints: Path, precision: str, seed: int, **own) -> TrainingArguments:
    """A checkpoint an epoch, no reports, one device a process, and a stage's `own` arguments.

    Sets the environment's ACCELERATE_MIXED_PRECISION. Raises ClnerError as `in_bf16` does.
    """
    bf16 = in_bf16(precision)
    # Of arguments without bf16 the environment decides, which an earlier training leaves changed.
    os.environ["ACCELERATE_MIXED_PRECISION"] = "bf16" if bf16 else "no"
    arguments = TrainingArguments(
        output_dir=str(checkpoints),
        bf16=bf16,
        seed=seed,
        use_cpu=not torch.cuda.is_available(),
        save_strategy="epoch",
        save_total_limit=1,
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
        **own,
    )
    if arguments.n_gpu > 1:
        # One process would split batches over all devices, and contrasts with them.
        arguments._n_gpu = 1
    return arguments


class ByLength(LengthGroupedSampler):
    """Batches of like lengths, by torch's own generator, which a checkpoint restores; in the first
    rank's order."""

    def __iter__(self) -> Iterator[int]:
        return iter(ranks.from_first(list(super().__iter__())))
