"""A tagger as its users have it: `Tagger.from_pretrained("folder").tag(["Ana vive en Lima."])`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from clner.encoders.tokenizer import load_tokenizer
from clner.errors import ClnerError
from clner.files.sums import seal
from clner.jobs.precision import in_bf16
from clner.relations.tagger import TokenPairTagger
from clner.tagging.inference import Tagged, tag
from clner.tagging.int8 import Int8Linear, quantise
from clner.tagging.model import languages_of, load_tagger, tag_names_of
from clner.tagging.onednn import hasten
from clner.tagging.pieces import Pieces
from clner.text.segmentation import Token, segment
from clner.text.spans import flat

BUDGET = {"cpu": 512, "cuda": 16384}
"""Subwords a batch, padding included. On a CPU more are slower: they no longer fit its caches."""
WINDOW = 256
"""Subwords that are read at once, as in training; longer sentences are cut and stitched."""


class Entity(NamedTuple):
    """The characters `start` to `end` (exclusive) of a text: `text`, of a type.

    `confidence` is in 0..1: the least probability among its tokens' tags, or its pairs' relations.
    """

    start: int
    end: int
    type: str
    confidence: float
    text: str


class Tagger:
    """A tagger of either head with its tokenizer; `languages` are those it was made for."""

    def __init__(
        self, model: PreTrainedModel | TokenPairTagger, tokenizer: PreTrainedTokenizerBase
    ) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.languages = languages_of(model)
        self._pieces = Pieces(tokenizer, min(WINDOW, tokenizer.model_max_length))
        self._bf16 = model.device.type == "cuda" and in_bf16("auto")

    @classmethod
    def from_pretrained(cls, folder: Path | str, int8: bool = False) -> Tagger:
        """The tagger in a folder, on the GPU if there is one.

        With `int8` its encoder computes in 8-bit integers, on the CPU. Raises ClnerError where the
        folder holds no tagger.
        """
        folder = Path(folder)
        if not (folder / "config.json").is_file():
            raise ClnerError(f"{folder}: no model here (a folder with a config.json is expected)")
        model = load_tagger(folder)
        if int8:
            quantise(model.base_model)
        elif torch.cuda.is_available():
            model = model.to("cuda")
        else:
            hasten(model.base_model)
        return cls(model, load_tokenizer(folder))

    def save_pretrained(self, folder: Path | str) -> None:
        """Write weights (safetensors), configuration and tokenizer to a new folder.

        `from_pretrained` reads it, and plain transformers does if the head is one of tags. Raises
        ClnerError where there is something in the folder, and for a tagger in int8.
        """
        if any(isinstance(layer, Int8Linear) for layer in self.model.modules()):
            raise ClnerError("a tagger in int8 cannot be saved; load it without int8")
        folder = Path(folder)
        if folder.exists() and any(folder.iterdir()):
            raise ClnerError(f"{folder}: is not empty; name a new folder")
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        seal(folder)

    def tag(self, texts: Sequence[str], language: str | None = None) -> list[list[Entity]]:
        """The entities of each text, left to right, none overlapping another.

        Texts are raw: they are cut into sentences and tokens as their `language` (ISO 639) is, or,
        without one, as the language among the model's that their script tells.
        """
        languages = self.languages if language is None else [language]
        segmented = [segment(text, languages) for text in texts]
        sentences = [sentence for own in segmented for sentence in own]
        said = iter(self.tag_tokens([[token.text for token in tokens] for tokens in sentences]))
        return [
            [
                entity
                for tokens, tagged in zip(own, islice(said, len(own)), strict=True)
                for entity in _entities(text, tokens, tagged)
            ]
            for text, own in zip(texts, segmented, strict=True)
        ]

    def tag_tokens(self, sentences: list[list[str]]) -> list[Tagged]:
        """What the tagger says of each sentence of tokens (in NFC, none of them empty)."""
        budget = BUDGET[self.model.device.type]
        return tag(self.model, self._pieces, sentences, budget, self._bf16)

    @property
    def tag_names(self) -> list[str]:
        """The tags, in the order of the distributions in `Tagged.probabilities`."""
        return tag_names_of(self.model)


def _entities(text: str, tokens: list[Token], tagged: Tagged) -> list[Entity]:
    found = []
    for first, last, kind, confidence in flat(tagged.spans):
        start, end = tokens[first].start, tokens[last - 1].end
        found.append(Entity(start, end, kind, confidence, text[start:end]))
    return found
