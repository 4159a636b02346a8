"""Training of a tagger under its objectives, on `transformers.Trainer`."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Sampler
from transformers import Trainer, TrainingArguments, set_seed

from clner.encoders.tokenizer import load_tokenizer
from clner.errors import ClnerError
from clner.files.artifacts import finished_folder, write_json, write_lines
from clner.files.checkpoints import EveryFewEpochs, Sealing, held_checkpoints, resumable
from clner.files.disk import writing
from clner.jobs import ranks
from clner.jobs.steps import shown_steps
from clner.jobs.training import ByLength, training_arguments
from clner.tagging.batches import Collator
from clner.tagging.calibration import calibrate
from clner.tagging.inference import Tagged, tag
from clner.tagging.learner import Learner
from clner.tagging.model import new_tagger
from clner.tagging.monitors import geometry, memory, warnings
from clner.tagging.pieces import Pieces
from clner.tagging.rounds import HISTORY, RECORD
from clner.tagging.rows import Example, RowMaker
from clner.tagging.scores import strict_scores
from clner.tagging.settings import TrainingSettings
from clner.tagging.shortage import sparing_memory
from clner.text.sentence import Sentence

log = logging.getLogger(__name__)

LOGS = 50
"""Loss terms are logged about this many times a run."""
BUDGET = 8192
"""Subwords a batch when the dev set is tagged."""


@dataclass
class Training:
    """A tagger that is going to be trained from the model in a folder, and all it is made with.

    `settings` are a teacher's or a student's: they hold `objectives`. `languages` (ISO 639) are
    those that it is for, the target first; its configuration keeps them.
    """

    settings: TrainingSettings
    start: Path
    tag_names: list[str]
    seed: int
    languages: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.tagger = new_tagger(self.start, self.tag_names, self.settings, self.seed)
        self.tokenizer = load_tokenizer(self.start)
        self.maker = RowMaker(Pieces(self.tokenizer, self.settings.max_length), self.tag_names)


def train_tagger(
    training: Training,
    examples: list[Example],
    dev: list[Sentence],
    output: Path,
    checkpoints: Path,
    round: int = 0,
) -> None:
    """Train a tagger and save it with its tokenizer, `history.jsonl` and `training.json`.

    A checkpoint an epoch goes to `checkpoints`; where one is found, training resumes from it.
    The folder is removed at the end. Where several processes train, the first one writes. `dev`
    is needed for `selection: source-dev` and scored once an epoch in either case, if it is not
    empty. `round` is that of self-training, 0 for a teacher. `training.json` holds it, the dev F1
    of the weights kept, their temperature, and the monitors' warnings.

    Raises ClnerError where `calibration` is asked for and cannot be.
    """
    if training.settings.calibration:
        _check_calibration(training.settings, dev)

    def train(settings: TrainingSettings) -> _TaggerTrainer:
        return _trained(training, settings, examples, dev, checkpoints, str(output))

    with held_checkpoints(checkpoints) if ranks.is_first() else nullcontext():
        trainer = sparing_memory(train, training.settings)
        if ranks.is_first():
            _write(training, trainer, output, round)


def _trained(
    training: Training,
    settings: TrainingSettings,
    examples: list[Example],
    dev: list[Sentence],
    checkpoints: Path,
    job: str,
) -> _TaggerTrainer:
    """The trainer of a new tagger, after training by `settings`; `job` names it in progress."""
    tagger = new_tagger(training.start, training.tag_names, settings, training.seed)
    set_seed(training.seed)
    _prepare(tagger, settings)
    arguments = _arguments(settings, training.seed, len(examples), bool(dev), checkpoints)
    trainer = _TaggerTrainer(
        maker=training.maker,
        model=Learner(tagger, settings.objectives),
        args=arguments,
        train_dataset=examples,
        eval_dataset=dev or None,
        data_collator=Collator(training.maker, settings.hidden_tokens, settings.hidden_parts),
        callbacks=[Sealing(), EveryFewEpochs(_epochs_a_look(settings, len(examples)))],
    )
    # Only the first rank mends the folder; the others wait for what it found.
    found = ranks.from_first(ranks.is_first() and resumable(checkpoints))
    with writing(checkpoints), shown_steps(trainer, job):
        trainer.train(resume_from_checkpoint=found)
    trainer.accelerator.wait_for_everyone()
    return trainer


def _write(training: Training, trainer: _TaggerTrainer, output: Path, round: int) -> None:
    history, tagger = trainer.state.log_history, trainer.model.tagger
    temperature = calibrate(tagger, *trainer.dev()) if training.settings.calibration else 1.0
    tagger.config.untrained_layers = False
    tagger.config.languages = list(training.languages)
    with finished_folder(output) as partial:
        tagger.save_pretrained(partial)
        training.tokenizer.save_pretrained(partial)
        write_lines(partial / HISTORY, history)
        record = {"round": round, "dev_f1": _dev_f1(history, training.settings.selection)}
        record |= {"stopped": False, "warnings": warnings(history), "temperature": temperature}
        write_json(partial / RECORD, record)


def _check_calibration(settings: TrainingSettings, dev: list[Sentence]) -> None:
    if settings.head != "tags":
        raise ClnerError(f"calibration: works with head = 'tags' only, not {settings.head!r}")
    if not dev:
        raise ClnerError("calibration: true needs a dev set of the sources; there is none")


def _dev_f1(history: list[dict], selection: str) -> float | None:
    """The dev F1 of the weights that are kept: the best epoch's, or the last one's."""
    scores = [record["eval_f1"] for record in history if "eval_f1" in record]
    if not scores:
        return None
    return max(scores) if selection == "source-dev" else scores[-1]


def _prepare(tagger: torch.nn.Module, settings: TrainingSettings) -> None:
    if settings.freeze_embeddings:
        tagger.get_input_embeddings().requires_grad_(False)
    if settings.gradient_checkpointing:
        # Reentrant checkpointing may lose gradients above frozen layers; DDP cannot follow it.
        options = {"use_reentrant": False}
        tagger.gradient_checkpointing_enable(gradient_checkpointing_kwargs=options)


def _arguments(
    settings: TrainingSettings, seed: int, examples: int, has_dev: bool, checkpoints: Path
) -> TrainingArguments:
    steps = max(
        math.ceil(_steps_an_epoch(settings, examples) * settings.epochs), settings.least_steps
    )
    select = settings.selection == "source-dev" and has_dev
    arguments = training_arguments(
        checkpoints,
        settings.precision,
        seed,
        max_steps=steps,
        per_device_train_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulation,
        learning_rate=settings.learning_rate,
        warmup_steps=round(settings.warmup * steps),
        weight_decay=settings.weight_decay,
        eval_strategy="epoch" if has_dev else "no",
        load_best_model_at_end=select,
        metric_for_best_model="eval_f1" if select else None,
        greater_is_better=True if select else None,
        logging_steps=max(1, steps // LOGS),
        remove_unused_columns=False,
    )
    arguments.per_device_train_batch_size = _part(settings.batch_size, arguments.world_size)
    return arguments


def _steps_an_epoch(settings: TrainingSettings, examples: int) -> int:
    return math.ceil(examples / (settings.batch_size * settings.accumulation))


def _epochs_a_look(settings: TrainingSettings, examples: int) -> int:
    """How many epochs lie between two looks at the dev set: 1, or more by `least_steps`.

    About as many looks are taken as there are epochs by the settings, and not more than twice.
    """
    passes = settings.least_steps / _steps_an_epoch(settings, examples)
    return max(1, int(passes / settings.epochs))


def _part(batch_size: int, processes: int) -> int:
    if batch_size % processes:
        raise ClnerError(
            f"batch_size = {batch_size}: cannot be shared by {processes} GPUs; take a multiple"
        )
    return batch_size // processes


class _TaggerTrainer(Trainer):
    """Adds loss terms and monitors to the log, batches of like lengths, and F1 on the dev set.

    Where several processes train, the log has what holds for all; its memory, `cosine_unrelated`
    and `effective_rank` are the first one's.
    """

    def __init__(self, maker: RowMaker, **kwargs) -> None:
        super().__init__(**kwargs)
        self._maker = maker
        self._terms: dict[str, list[Tensor]] = {}
        self._warned: set[str] = set()

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        self.model.progress = self.state.global_step / self.state.max_steps
        outputs = model(**inputs)
        for name in self.model.objectives:
            self._terms.setdefault(name, []).append(outputs[name])
        self._latest = outputs["sentences"], inputs["meaning"]
        return (outputs["loss"], outputs) if return_outputs else outputs["loss"]

    def log(self, logs: dict[str, float], *args, **kwargs) -> None:
        if "loss" in logs:
            means = {
                name: ranks.mean(torch.stack(values).mean().item(), self.args.device)
                for name, values in self._terms.items()
            }
            logs |= {f"loss_{name}": round(value, 6) for name, value in means.items()}
            logs |= geometry(*self._latest) | {"memory": memory()}
            self._terms.clear()
        super().log(logs, *args, **kwargs)
        for warning in warnings(self.state.log_history):
            if warning not in self._warned:
                log.warning(warning)
                self._warned.add(warning)

    def evaluate(self, eval_dataset=None, ignore_keys=None, metric_key_prefix="eval"):
        said, gold = self.dev()
        f1 = strict_scores(gold, [tagged.tags for tagged in said])["micro"].f1
        metrics = {f"{metric_key_prefix}_f1": ranks.from_first(f1)}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def dev(self) -> tuple[list[Tagged], list[list[str]]]:
        """What the tagger says about the dev set, and its gold tags."""
        tokens = [sentence.tokens for sentence in self.eval_dataset]
        said = tag(self.model.tagger, self._maker.pieces, tokens, BUDGET, self.args.bf16)
        return said, [sentence.tags for sentence in self.eval_dataset]

    def get_train_dataloader(self) -> DataLoader:
        # A checkpoint brings back the batch size that it was made with.
        self._train_batch_size = self.args.train_batch_size
        return super().get_train_dataloader()

    def _get_train_sampler(self, *args) -> Sampler:
        lengths = [example.length for example in self.train_dataset]
        together = self.args.gradient_accumulation_steps * self.args.world_size
        return ByLength(self.args.train_batch_size * together, lengths=lengths)
