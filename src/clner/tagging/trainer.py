"""Training of a tagger under its objectives, on `transformers.Trainer`."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import Sampler
from transformers import (
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Trainer,
    TrainingArguments,
    set_seed,
)
from transformers.trainer_pt_utils import LengthGroupedSampler

from clner.artifacts import finished_folder, write_lines
from clner.checkpoints import resumable
from clner.objectives.settings import LabelledObjectives
from clner.scores import strict_scores
from clner.tagging.decoding import decode
from clner.tagging.inference import tag_probabilities
from clner.tagging.model import ObjectiveModel, tag_names_of
from clner.tagging.pieces import Pieces
from clner.tagging.rows import Collator, Example
from clner.tagging.settings import TrainingSettings
from clner.text.sentence import Sentence

LOGS = 50
"""Loss terms are logged about this many times a run."""
BUDGET = 8192
"""Subwords a batch when the dev set is tagged."""


def train_tagger(
    tagger: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    pieces: Pieces,
    examples: list[Example],
    dev: list[Sentence],
    settings: TrainingSettings,
    objectives: LabelledObjectives,
    seed: int,
    output: Path,
    checkpoints: Path,
) -> None:
    """Train `tagger` and save it with its tokenizer and `history.jsonl` under `output`.

    A checkpoint an epoch goes to `checkpoints`; where one is found, training resumes from it.
    The folder is removed at the end. `dev` is needed for `selection: source-dev` and scored
    once an epoch in either case, if it is not empty.
    """
    set_seed(seed)
    _prepare(tagger, settings)
    model = ObjectiveModel(tagger, objectives)
    trainer = _TaggerTrainer(
        model=model,
        args=_arguments(settings, seed, len(examples), bool(dev), checkpoints),
        train_dataset=examples,
        eval_dataset=dev or None,
        data_collator=Collator(
            pieces, tagger.config.num_labels, settings.hidden_tokens, settings.hidden_parts
        ),
    )
    trainer.pieces = pieces
    trainer.train(resume_from_checkpoint=resumable(checkpoints))
    tagger.config.untrained_layers = False
    with finished_folder(output) as partial:
        tagger.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        write_lines(partial / "history.jsonl", trainer.state.log_history)
    shutil.rmtree(checkpoints, ignore_errors=True)


def _prepare(tagger: PreTrainedModel, settings: TrainingSettings) -> None:
    if settings.freeze_embeddings:
        tagger.get_input_embeddings().requires_grad_(False)
    if settings.gradient_checkpointing:
        tagger.gradient_checkpointing_enable()


def _arguments(
    settings: TrainingSettings, seed: int, examples: int, has_dev: bool, checkpoints: Path
) -> TrainingArguments:
    per_epoch = math.ceil(examples / (settings.batch_size * settings.accumulation))
    steps = math.ceil(per_epoch * settings.epochs)
    select = settings.selection == "source-dev" and has_dev
    arguments = TrainingArguments(
        output_dir=str(checkpoints),
        max_steps=steps,
        per_device_train_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulation,
        learning_rate=settings.learning_rate,
        warmup_steps=round(settings.warmup * steps),
        weight_decay=settings.weight_decay,
        bf16=_bf16(settings.precision),
        seed=seed,
        eval_strategy="epoch" if has_dev else "no",
        save_strategy="epoch",
        save_total_limit=1,
        load_best_model_at_end=select,
        metric_for_best_model="eval_f1" if select else None,
        greater_is_better=True if select else None,
        logging_steps=max(1, steps // LOGS),
        report_to=[],
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    if arguments.n_gpu > 1:
        # The Trainer would split batches over all devices, and contrasts with them.
        arguments._n_gpu = 1
    return arguments


def _bf16(precision: str) -> bool:
    if precision == "auto":
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return precision == "bf16"


class _TaggerTrainer(Trainer):
    """Adds loss terms to the log, batches of like lengths, and F1 on the dev set."""

    pieces: Pieces

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._terms: dict[str, list[Tensor]] = {}

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        outputs = model(**inputs)
        for name, value in outputs.items():
            if name != "loss":
                self._terms.setdefault(name, []).append(value)
        return (outputs["loss"], outputs) if return_outputs else outputs["loss"]

    def log(self, logs: dict[str, float], *args, **kwargs) -> None:
        if "loss" in logs:
            means = {name: torch.stack(v).mean().item() for name, v in self._terms.items()}
            logs |= {f"loss_{name}": round(value, 6) for name, value in means.items()}
            self._terms.clear()
        super().log(logs, *args, **kwargs)

    def evaluate(self, eval_dataset=None, ignore_keys=None, metric_key_prefix="eval"):
        sentences = self.eval_dataset
        tagger = self.model.tagger
        tokens = [sentence.tokens for sentence in sentences]
        probabilities = tag_probabilities(tagger, self.pieces, tokens, BUDGET)
        predicted = decode(probabilities, tag_names_of(tagger))
        f1 = strict_scores([sentence.tags for sentence in sentences], predicted)["micro"].f1
        metrics = {f"{metric_key_prefix}_f1": f1}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def _get_train_sampler(self, *args) -> Sampler:
        lengths = [example.length for example in self.train_dataset]
        size = self.args.train_batch_size * self.args.gradient_accumulation_steps
        generator = torch.Generator().manual_seed(self.args.seed)
        return LengthGroupedSampler(size, lengths=lengths, generator=generator)
