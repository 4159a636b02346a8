"""An encoder with the token-pair head, and its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModelForTokenClassification,
    PretrainedConfig,
    PreTrainedModel,
)

from clner.encoders.tokenizer import first_line
from clner.errors import ClnerError
from clner.relations.head import RelationHead
from clner.relations.inventory import FIRST_TYPE
from clner.relations.pooling import pool_words
from clner.relations.settings import TokenPairSettings
from clner.stage import read_settings

KIND = "token_pair"
WEIGHTS = "model.safetensors"


@dataclass(slots=True)
class PairOutput:
    """What a token-pair tagger says about R rows of S subwords and N words; all float32."""

    layers: tuple[Tensor, ...]
    """(R, S, H) each: what the encoder reads, and what each of its layers makes of it; outside of
    training the last alone."""
    words: Tensor
    """(R, N, H): the vectors of words; zeros for padding."""
    logits: Tensor
    """(R, N, N, C): scores of relations."""


class TokenPairTagger(nn.Module):
    """An encoder and a RelationHead; `config` is the encoder's, with `head` and the tags' names.

    The encoder's weights carry its own prefix (`bert.`, `deberta.`), so that `AutoModel` reads it
    from the tagger's folder.
    """

    def __init__(self, encoder: PreTrainedModel, settings: TokenPairSettings) -> None:
        super().__init__()
        self.config = encoder.config
        self.config.head = {"kind": KIND, **settings.model_dump()}
        self.pooling = settings.pooling
        types = (self.config.num_labels - 1) // 2
        self.head = RelationHead(self.config.hidden_size, FIRST_TYPE + types, settings)
        self._prefix = encoder.base_model_prefix
        self.add_module(self._prefix, encoder)

    @classmethod
    def from_pretrained(cls, folder: Path | str) -> TokenPairTagger:
        """The tagger in a folder. Raises ClnerError where it is not whole."""
        try:
            config = AutoConfig.from_pretrained(folder)
        except (OSError, ValueError) as error:
            raise ClnerError(f"{folder}: no usable model ({first_line(error)})") from None
        return _restored(folder, config, _settings_of(config, folder)).eval()

    @property
    def base_model(self) -> PreTrainedModel:
        """The encoder, under the name that the models of transformers have for it."""
        return getattr(self, self._prefix)

    @property
    def device(self) -> torch.device:
        return self.head.biaffine.device

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, words: Tensor, mask: Tensor
    ) -> PairOutput:
        """Read rows of subwords (R, S). `words` (R, S) int64: the word of each, or N for none;
        `mask` (R, N) bool: the words that are not padding."""
        read = self.base_model(
            input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=self.training
        )
        # The last of an encoder's states may lack its closing norm.
        states = (*(read.hidden_states or ())[:-1], read.last_hidden_state)
        layers = tuple(hidden.float() for hidden in states)
        vectors = pool_words(layers[-1], words, mask.shape[1], self.pooling)
        return PairOutput(layers, vectors, self.head(vectors))

    def get_input_embeddings(self) -> nn.Module:
        return self.base_model.get_input_embeddings()

    def gradient_checkpointing_enable(self, **options) -> None:
        self.base_model.gradient_checkpointing_enable(**options)

    def save_pretrained(self, folder: Path | str) -> None:
        """Write config.json and model.safetensors to a folder, which is made where it is absent."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.config.architectures = [type(self.base_model).__name__]
        self.config.save_pretrained(folder)
        weights = {name: values.contiguous() for name, values in self.state_dict().items()}
        save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})


def new_pair_tagger(
    folder: Path, config: PretrainedConfig, settings: TokenPairSettings
) -> TokenPairTagger:
    """A token-pair tagger to be trained, from the folder of an encoder or of any tagger.

    `config` is the folder's, with the tags to be found. If the folder holds a token-pair head of
    the same shape, that one is trained on; otherwise the head is drawn by torch's generator, and
    so are all layers above the vectors of an encoder that was never trained (`untrained_layers`
    in its configuration).
    """
    stored = getattr(config, "head", None) or {}
    if all(stored.get(name) == getattr(settings, name) for name in ("biaffine", "distances")):
        return _restored(folder, config, settings)
    encoder = _stored_encoder(folder, config)
    if getattr(config, "untrained_layers", False):
        vectors = encoder.get_input_embeddings().weight.data
        encoder = _drawn_encoder(config)
        encoder.get_input_embeddings().weight.data.copy_(vectors)
    return TokenPairTagger(encoder, settings).train()


def _restored(
    folder: Path | str, config: PretrainedConfig, settings: TokenPairSettings
) -> TokenPairTagger:
    tagger = TokenPairTagger(_drawn_encoder(config), settings)
    try:
        tagger.load_state_dict(load_file(Path(folder) / WEIGHTS))
    except (OSError, RuntimeError, SafetensorError) as error:
        raise ClnerError(f"{folder}: no usable token-pair tagger ({_reason(error)})") from None
    return tagger


def _stored_encoder(folder: Path, config: PretrainedConfig) -> PreTrainedModel:
    try:
        tagger = AutoModelForTokenClassification.from_pretrained(
            folder, config=config, use_safetensors=True, dtype=torch.float32
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ClnerError(f"{folder}: no usable encoder ({first_line(error)})") from None
    return tagger.base_model


def _drawn_encoder(config: PretrainedConfig) -> PreTrainedModel:
    """An untrained encoder, as it stands in a token classifier: without a pooling layer."""
    return AutoModelForTokenClassification.from_config(config, dtype=torch.float32).base_model


def _settings_of(config: PretrainedConfig, folder: Path | str) -> TokenPairSettings:
    head = dict(getattr(config, "head", None) or {})
    if head.pop("kind", None) != KIND:
        raise ClnerError(f"{folder}: its config.json names no {KIND} head")
    return read_settings(TokenPairSettings, head, f"{folder}: config.json: head")


def _reason(error: Exception) -> str:
    """The library's message; of load_state_dict's list, the first fault."""
    lines = str(error).strip().splitlines()
    return " ".join(line.strip() for line in lines[:2]) if lines else type(error).__name__
