"""Masked-language modelling on a pair's own text, on one language or on translations (TLM)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from torch import Tensor
from torch.nn import Module
from torch.nn.functional import cross_entropy
from torch.utils.data import Sampler
from transformers import (
    AutoModelForMaskedLM,
    DataCollatorForLanguageModeling,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Trainer,
    set_seed,
)
from transformers.utils import ModelOutput

from clner.encoders.settings import AdaptationSettings
from clner.errors import ClnerError
from clner.files.checkpoints import Sealing, held_checkpoints
from clner.files.disk import writing
from clner.jobs.steps import shown_steps
from clner.jobs.training import ByLength, training_arguments
from clner.text.sentence import Sentence
from clner.text.tags import IGNORED


def adapt(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    sentences: list[Sentence],
    settings: AdaptationSettings,
    checkpoints: Path,
    job: str = "adaptation",
) -> PreTrainedModel:
    """`model`'s encoder after masked-language modelling on `sentences`; resumes if it can.

    A bare encoder gets a new language-model head for the time; a model with a head keeps its own.
    `job` is what the lines of progress begin with.

    Raises ClnerError where there is no text.
    """
    if not sentences:
        raise ClnerError("encoder.adaptation.epochs > 0 needs texts; name some in encoder.texts")
    set_seed(settings.seed)
    model = model if model.base_model is not model else _with_head(model)
    model.get_input_embeddings().requires_grad_(not settings.freeze_embeddings)
    trainer = Guessing(
        model=model,
        args=training_arguments(
            checkpoints,
            settings.precision,
            settings.seed,
            num_train_epochs=settings.epochs,
            per_device_train_batch_size=settings.batch_size,
            learning_rate=settings.learning_rate,
        ),
        train_dataset=sequences(tokenizer, sentences, settings),
        data_collator=DataCollatorForLanguageModeling(tokenizer, mlm_probability=settings.masked),
        callbacks=[Sealing()],
    )
    held, shown = held_checkpoints(checkpoints), shown_steps(trainer, job)
    with held as resumable, writing(checkpoints), shown:
        trainer.train(resume_from_checkpoint=resumable)
    adapted = trainer.model.base_model.cpu()
    adapted.config.untrained_layers = False
    return adapted


class Guessing(Trainer):
    """A trainer whose model scores only the positions that are to be guessed; by like lengths.

    The scores of a whole vocabulary are most of what a step takes, and six of seven positions
    have no use for them.
    """

    def compute_loss(
        self, model: Module, inputs: dict, return_outputs: bool = False, **counts: object
    ) -> Tensor:
        labels = inputs.pop("labels")
        chosen = labels != IGNORED

        def choose(module: Module, given: tuple, output: ModelOutput) -> ModelOutput:
            output["last_hidden_state"] = output.last_hidden_state[chosen][None]
            return output

        with self.model.base_model.register_forward_hook(choose):
            scores = model(**inputs).logits[0].float()
        # Of a few short sentences none may be chosen: their mean would be no number.
        return cross_entropy(scores, labels[chosen], reduction="sum") / chosen.sum().clamp(min=1)

    def _get_train_sampler(self, *args) -> Sampler:
        lengths = [len(sequence["input_ids"]) for sequence in self.train_dataset]
        return ByLength(self.args.train_batch_size, lengths=lengths)


def _with_head(model: PreTrainedModel) -> PreTrainedModel:
    """The same encoder under a new language-model head."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return AutoModelForMaskedLM.from_pretrained(folder, use_safetensors=True)


def sequences(
    tokenizer: PreTrainedTokenizerBase, sentences: list[Sentence], settings: AdaptationSettings
) -> list[dict]:
    """Encoded sentences; with `translation` those that have one become a pair with their source."""
    options = {"is_split_into_words": True, "truncation": True, "max_length": settings.max_length}
    by_id = {sentence.id: sentence for sentence in sentences}
    pairs = [
        (by_id[sentence.origin["source_id"]].tokens, sentence.tokens)
        for sentence in sentences
        if settings.translation and sentence.origin.get("source_id") in by_id
    ]
    single = tokenizer([sentence.tokens for sentence in sentences], **options)["input_ids"]
    double = tokenizer([p[0] for p in pairs], [p[1] for p in pairs], **options) if pairs else {}
    return [{"input_ids": ids} for ids in [*single, *double.get("input_ids", [])]]
