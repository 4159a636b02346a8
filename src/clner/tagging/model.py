"""Taggers of either head: loading, making, and what they say about a batch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoModelForTokenClassification,
    PretrainedConfig,
    PreTrainedModel,
    set_seed,
)

from clner.encoders.tokenizer import first_line
from clner.errors import ClnerError
from clner.files.sums import check_seal
from clner.relations.tagger import TokenPairTagger, new_pair_tagger
from clner.tagging.settings import HeadSettings
from clner.text.tags import OUTSIDE


class Reading(NamedTuple):
    """What a tagger says about a batch, in float32: R rows of S subwords, N tokens, width H."""

    layers: tuple[Tensor, ...]
    """(R, S, H) each: what the encoder reads, and what each of its layers makes of it; outside of
    training perhaps the last alone."""
    tokens: Tensor
    """(R, N, H): the vector of each token, as the head reads it."""
    scores: Tensor
    """(R, N, T) of tags, or (R, N, N, C) of relations."""
    relate: Callable[[Tensor, Tensor, Tensor], Tensor] | None
    """Relation vectors of token pairs, of a head that has them; see `objectives.views`."""


def read(tagger: PreTrainedModel, batch: dict[str, Tensor]) -> Reading:
    """Run a tagger on the tensors of `collate_windows`, on the tagger's device."""
    if isinstance(tagger, TokenPairTagger):
        output = tagger(batch["input_ids"], batch["attention_mask"], batch["words"], batch["mask"])

        def relate(rows: Tensor, first: Tensor, second: Tensor) -> Tensor:
            return tagger.head.vectors(output.words, rows, first, second)

        return Reading(output.layers, output.words, output.logits, relate)
    output = tagger(
        input_ids=batch["input_ids"],
        attention_mask=batch["attention_mask"],
        output_hidden_states=True,
    )
    layers = tuple(hidden.float() for hidden in output.hidden_states)
    tokens = first_subwords(layers[-1], batch["firsts"])
    scores = first_subwords(output.logits.float(), batch["firsts"])
    return Reading(layers, tokens, scores, None)


def first_subwords(values: Tensor, firsts: Tensor) -> Tensor:
    """Rows of (R, S, D) at the (R, N) positions of tokens' first subwords: (R, N, D)."""
    index = firsts.unsqueeze(-1).expand(-1, -1, values.shape[-1])
    return values.gather(1, index)


def load_tagger(folder: Path) -> PreTrainedModel:
    """The tagger in a folder, of the head it was trained with.

    Raises ClnerError where the folder holds none, or one of its files is damaged.
    """
    config = _config(folder)
    _check_tags(folder, config)
    if getattr(config, "head", None):
        return TokenPairTagger.from_pretrained(folder)
    return _load_tag_tagger(folder, config)


def new_tagger(
    folder: Path, tag_names: list[str], head: HeadSettings, seed: int
) -> PreTrainedModel:
    """A tagger to be trained, from the folder of an encoder or of a tagger of the same tags.

    What is not in the folder is drawn with `seed`: the head, unless the folder's tagger has the
    same one, and all layers above the vectors of an encoder from scratch that was never trained
    (`untrained_layers` in its configuration), so that seeds differ there as they do between runs
    from nothing.
    """
    set_seed(seed)
    config = _config(folder)
    config.num_labels = len(tag_names)
    config.id2label = dict(enumerate(tag_names))
    config.label2id = {name: number for number, name in enumerate(tag_names)}
    if head.head == "token_pair":
        return new_pair_tagger(folder, config, head.token_pair)
    config.head = None
    tagger = _load_tag_tagger(folder, config)
    if getattr(config, "untrained_layers", False):
        vectors = tagger.get_input_embeddings().weight.data
        tagger = AutoModelForTokenClassification.from_config(config)
        tagger.get_input_embeddings().weight.data.copy_(vectors)
    return tagger


def tag_names_of(tagger: PreTrainedModel) -> list[str]:
    """The tags in the order of the tagger's outputs."""
    return [tagger.config.id2label[number] for number in range(tagger.config.num_labels)]


def languages_of(tagger: PreTrainedModel) -> list[str]:
    """The languages (ISO 639) that the tagger was made for, the target first; none if unknown."""
    return getattr(tagger.config, "languages", None) or []


def _check_tags(folder: Path, config: PretrainedConfig) -> None:
    names = {name for name in config.id2label.values() if name != OUTSIDE}
    types = {name[2:] for name in names if name[:2] == "B-"}
    known = {f"{prefix}-{kind}" for prefix in "BI" for kind in types}
    if OUTSIDE not in config.id2label.values() or not types or not names <= known:
        raise ClnerError(
            f"{folder}: no tagger of entities; the labels in its config.json are no BIO2 tags "
            f"({', '.join(list(config.id2label.values())[:3])}, ...)"
        )


def _config(folder: Path) -> PretrainedConfig:
    check_seal(folder)
    try:
        return AutoConfig.from_pretrained(folder)
    except (OSError, ValueError) as error:
        raise ClnerError(f"{folder}: no usable model ({first_line(error)})") from None


def _load_tag_tagger(folder: Path, config: PretrainedConfig) -> PreTrainedModel:
    try:
        return AutoModelForTokenClassification.from_pretrained(
            folder, config=config, use_safetensors=True, dtype=torch.float32
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ClnerError(f"{folder}: no usable model ({first_line(error)})") from None
