"""How much oftener the words of a piece have a capital than they have not."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from clner.encoders.habits import PRIOR, capital_habits
from clner.encoders.scratch import SHAPE_SCALE, make_encoder
from clner.encoders.settings import ScratchSettings
from clner.encoders.vocabulary import lower_ids, train_tokenizer

SMALL = ScratchSettings(vocabulary=300, least=1, dimension=16, width=32, layers=1, heads=2)
WORDS = [
    "Nee",
    "nee",
    "de",
    "De",
    "DE",
    "Morgen",
    "morgen",
    "Gentse",
    ",",
    ".",
    "12",
    "北京",
    "4fm",
]
TOKENIZER = train_tokenizer([WORDS, ["Gent", "gent"]], 60, 1)
VOCABULARY = TOKENIZER.get_vocab()
LOWERED = lower_ids(VOCABULARY)


def naive(sentences: list[list[str]]) -> list[float]:
    capitals, all_words = [0.0] * len(VOCABULARY), [0.0] * len(VOCABULARY)
    for tokens in sentences:
        cased = [token for token in tokens if token.lower() != token.upper()]
        letters = "".join(filter(str.isalpha, "".join(tokens)))
        if len([token for token in cased if len(token) > 1]) > 1 and letters.isupper():
            continue
        for before, token in pairwise(tokens):
            if before == "." or token not in cased:
                continue
            for piece in TOKENIZER.tokenize(token):
                lower = LOWERED[VOCABULARY[piece]]
                all_words[lower] += 1
                capitals[lower] += token[0].isupper()
    return [(2 * c - n) / (n + PRIOR) for c, n in zip(capitals, all_words, strict=True)]


@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8), max_size=6))
def test_habits_are_those_of_a_loop(sentences):
    habits = capital_habits(sentences, TOKENIZER, LOWERED)
    assert habits.dtype == np.float32
    assert np.allclose(habits, np.array(naive(sentences))[LOWERED], atol=1e-6)


def test_the_start_of_a_sentence_says_nothing():
    habits = capital_habits([["Nee", "de", "Morgen"]] * 9, TOKENIZER, LOWERED)
    nee, de, morgen = (habits[VOCABULARY[word]] for word in ("nee", "de", "morgen"))
    assert (nee, de, morgen) == (0, pytest.approx(-0.9), pytest.approx(0.9))
    assert habits[VOCABULARY["Morgen"]] == habits[VOCABULARY["MORGEN"]] == morgen


def test_an_encoder_has_them_behind_the_shapes():
    sentences = [["Nee", "de", "Morgen"]] * 9
    plain, _ = make_encoder(sentences, {}, SMALL)
    model, tokenizer = make_encoder(sentences, {}, SMALL.model_copy(update={"habits": True}))
    weights, without = (
        own.get_input_embeddings().weight.detach().numpy() for own in (model, plain)
    )
    assert np.array_equal(weights[:, :-1], without)
    expected = capital_habits(sentences, tokenizer, lower_ids(tokenizer.get_vocab()))
    assert np.allclose(weights[:, -1], SHAPE_SCALE * expected)
    assert model.config.embedding_size == plain.config.embedding_size + 1


def test_habits_without_vectors_are_refused():
    with pytest.raises(ValidationError, match="set vectors to true"):
        ScratchSettings(habits=True, vectors=False)
