"""The tagger, and the tagger under its objectives."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModelForTokenClassification,
    PretrainedConfig,
    PreTrainedModel,
    set_seed,
)

from clner.encoders.tokenizer import first_line
from clner.errors import ClnerError
from clner.objectives.base import Views
from clner.objectives.registry import weighted_objectives
from clner.objectives.settings import LabelledObjectives


def load_tagger(folder: Path, config: PretrainedConfig | None = None) -> PreTrainedModel:
    """The token classifier in a folder. Raises ClnerError where the folder holds none."""
    try:
        return AutoModelForTokenClassification.from_pretrained(
            folder, config=config, use_safetensors=True, dtype=torch.float32
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ClnerError(f"{folder}: no usable model ({first_line(error)})") from None


def new_tagger(folder: Path, tag_names: list[str], seed: int) -> PreTrainedModel:
    """A tagger to be trained, from the folder of an encoder or of a tagger of the same tags.

    What is not in the folder is drawn with `seed`: the head of an encoder, and all layers above
    the vectors of an encoder from scratch that was never trained (`untrained_layers` in its
    configuration), so that seeds differ there as they do between runs from nothing.
    """
    set_seed(seed)
    config = AutoConfig.from_pretrained(folder)
    config.num_labels = len(tag_names)
    config.id2label = dict(enumerate(tag_names))
    config.label2id = {name: number for number, name in enumerate(tag_names)}
    tagger = load_tagger(folder, config)
    if getattr(config, "untrained_layers", False):
        vectors = tagger.get_input_embeddings().weight.data
        tagger = AutoModelForTokenClassification.from_config(config)
        tagger.get_input_embeddings().weight.data.copy_(vectors)
    return tagger


def tag_names_of(tagger: PreTrainedModel) -> list[str]:
    """The tags in the order of the tagger's outputs."""
    return [tagger.config.id2label[number] for number in range(tagger.config.num_labels)]


def first_subwords(values: Tensor, firsts: Tensor) -> Tensor:
    """Rows of (R, S, D) at the (R, N) positions of tokens' first subwords: (R, N, D)."""
    index = firsts.unsqueeze(-1).expand(-1, -1, values.shape[-1])
    return values.gather(1, index)


class ObjectiveModel(nn.Module):
    """A tagger and the objectives it is trained for; `forward` gives the loss and its terms."""

    def __init__(self, tagger: PreTrainedModel, objectives: LabelledObjectives) -> None:
        super().__init__()
        self.tagger = tagger
        self.objectives, self.weights = weighted_objectives(objectives, tagger.config.hidden_size)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        firsts: Tensor,
        mask: Tensor,
        **gold: Tensor,
    ) -> dict[str, Tensor]:
        """`loss` with a gradient, and each term by its name without one, unweighted."""
        outputs = self.tagger(
            input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True
        )
        hidden = outputs.hidden_states[-1].float()
        views = Views(
            tokens=first_subwords(hidden, firsts),
            sentences=_sentence_vectors(hidden, attention_mask),
            logits=first_subwords(outputs.logits.float(), firsts),
            mask=mask,
            **gold,
        )
        terms = {name: objective(views) for name, objective in self.objectives.items()}
        loss = torch.stack([self.weights[name] * term for name, term in terms.items()]).sum()
        return {"loss": loss} | {name: term.detach() for name, term in terms.items()}


def _sentence_vectors(hidden: Tensor, attention: Tensor) -> Tensor:
    """Mean over subwords of (R, S, H), leaving out padding and the two outer special tokens."""
    inner = attention.clone()
    inner[:, 0] = 0
    last = attention.sum(1) - 1
    inner[torch.arange(len(inner), device=inner.device), last] = 0
    weights = inner.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp_min(1)
