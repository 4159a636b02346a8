"""A small encoder of a pair's own: vocabulary, bilingual vectors, an untrained DeBERTa-v2.

DeBERTa-v2 has what a small encoder needs most, relative positions and a convolution over
neighbouring pieces, and is loaded by plain `transformers`. Case, digits and punctuation of a
piece are the last dimensions of its vector.
"""

from __future__ import annotations

import logging

import numpy as np
import torch
from transformers import DebertaV2Config, DebertaV2Model, PreTrainedTokenizerFast

from clner.encoders.settings import ScratchSettings
from clner.encoders.vectors import Entry, piece_vectors, translations
from clner.encoders.vocabulary import LONGEST, lower_ids, shapes, train_tokenizer
from clner.errors import ClnerError
from clner.text.scripts import phrase_tokens

log = logging.getLogger(__name__)

SHAPE_SCALE = 2.0
"""Size of a shape dimension beside vector dimensions of unit mean square."""


def make_encoder(
    sentences: list[list[str]], dictionary: dict[str, list[str]], settings: ScratchSettings
) -> tuple[DebertaV2Model, PreTrainedTokenizerFast]:
    """An encoder and its tokenizer from token lists and a dictionary (which may be empty)."""
    torch.manual_seed(settings.seed)
    log.info("learning a vocabulary from %d sentences", len(sentences))
    tokenizer = train_tokenizer(sentences, settings.vocabulary, settings.least)
    model = DebertaV2Model(_config(tokenizer, settings))
    if settings.vectors:
        log.info("making vectors of %d pieces", len(tokenizer))
        weights = _embeddings(sentences, dictionary, tokenizer, settings)
        model.get_input_embeddings().weight.data.copy_(torch.from_numpy(weights))
    return model, tokenizer


def _config(tokenizer: PreTrainedTokenizerFast, settings: ScratchSettings) -> DebertaV2Config:
    return DebertaV2Config(
        vocab_size=len(tokenizer),
        hidden_size=settings.width,
        embedding_size=settings.dimension + shapes({}).shape[1],
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        intermediate_size=4 * settings.width,
        hidden_dropout_prob=settings.dropout,
        attention_probs_dropout_prob=settings.dropout,
        max_position_embeddings=LONGEST,
        type_vocab_size=0,
        relative_attention=True,
        position_biased_input=False,
        pos_att_type=["p2c", "c2p"],
        position_buckets=16,
        max_relative_positions=64,
        share_att_key=True,
        conv_kernel_size=3,
        conv_act="gelu",
        pad_token_id=tokenizer.pad_token_id,
        untrained_layers=True,
    )


def _embeddings(
    sentences: list[list[str]],
    dictionary: dict[str, list[str]],
    tokenizer: PreTrainedTokenizerFast,
    settings: ScratchSettings,
) -> np.ndarray:
    """(V, dimension + shapes) float32: a piece's vector is that of its lower-case form."""
    vocabulary = tokenizer.get_vocab()
    lowered = lower_ids(vocabulary)
    encoded = tokenizer(sentences, is_split_into_words=True, add_special_tokens=False)["input_ids"]
    vectors = piece_vectors(
        [lowered[ids] for ids in encoded if ids],
        translations(_entries(dictionary, vocabulary), len(vocabulary)),
        settings.dimension,
        settings.window,
        settings.share,
        settings.seed,
    )
    return np.concatenate([vectors[lowered], SHAPE_SCALE * shapes(vocabulary)], axis=1)


def _entries(dictionary: dict[str, list[str]], vocabulary: dict[str, int]) -> list[Entry]:
    """The dictionary's pairs of words, one of them a piece and the other one or more.

    More where a script has no spaces and the word's characters are pieces: of a phrase with spaces
    the words would stand for each other all over the text.
    """

    def pieces(phrase: str) -> list[int]:
        tokens = [] if " " in phrase else phrase_tokens(phrase.lower())
        return [vocabulary[token] for token in tokens] if vocabulary.keys() >= {*tokens} else []

    entries: list[Entry] = []
    for source, targets in dictionary.items():
        one = pieces(source)
        others = filter(None, map(pieces, targets))
        entries += [(one, other) for other in others if 1 in (len(one), len(other)) and one]
    if dictionary and not entries:
        raise ClnerError(
            "lexicon: no entry occurs in the texts, so it cannot join the two languages; check "
            "that it is for this pair and this direction"
        )
    return entries
