"""What is found in small letters, and is no entity where names have capitals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.tagging.capitals import without_small_letters
from clner.tagging.predictions import Predictions
from clner.text.casing import Truecaser, in_small_letters
from clner.text.spans import ScoredSpan, flat_tags

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
WORDS = [
    "Ana",
    "-",
    "van",
    "Van",
    "publicatiedatum",
    "4fm",
    "12",
    "МОСКВА",
    "москва",
    "北京",
    "ירושלים",
    "ქართული",
]
USUAL = Truecaser({"van": 9, "Van": 1, "ana": 3, "Ana": 3, "москва": 1})


def told(tokens: list[str], spans: list[ScoredSpan]) -> Predictions:
    rows = np.full((len(tokens), len(TAGS)), 1 / len(TAGS), np.float32)
    return Predictions(["s"], [tokens], [flat_tags(spans, len(tokens))], [rows], [spans], TAGS)


@pytest.mark.parametrize(
    ("tokens", "small"),
    [
        (["publicatiedatum"], True),
        (["de", "Morgen"], False),
        (["4fm"], True),
        (["12", "-"], False),
        (["москва"], True),
        (["北京"], False),
        (["ירושלים"], False),
        (["ქართული"], False),
        ([], False),
    ],
)
def test_small_letters_are_those_that_could_be_capitals(tokens, small):
    assert in_small_letters(tokens) == small


@given(st.data(), st.lists(st.sampled_from(WORDS), min_size=1, max_size=8))
def test_what_is_left_is_what_a_loop_leaves(data, tokens):
    count = len(tokens)
    places = st.tuples(st.integers(0, count - 1), st.integers(1, count)).filter(
        lambda p: p[0] < p[1]
    )
    spans = [
        ScoredSpan(start, end, kind, 0.5)
        for (start, end), kind in data.draw(
            st.dictionaries(places, st.sampled_from(["PER", "LOC"]), max_size=4)
        ).items()
    ]
    before = told(tokens, spans)
    after = without_small_letters(before, USUAL)
    wordy = [place for place in range(count) if tokens[place] != "-"]
    written = [
        token.lower() if [place] == wordy[:1] and token.lower() in {"van", "москва"} else token
        for place, token in enumerate(tokens)
    ]
    kept = [span for span in spans if not in_small_letters(written[span.start : span.end])]
    assert after.spans == [kept]
    assert after.tags == [flat_tags(kept, count)]
    assert after.agreement == [[1.0] * len(kept)]
    for place in range(count):
        dropped = any(own.start <= place < own.end for own in spans if own not in kept)
        held = any(own.start <= place < own.end for own in kept)
        row = after.probabilities[0][place].tolist()
        assert row == ([1, 0, 0, 0, 0] if dropped and not held else pytest.approx([0.2] * 5))
    assert after.probabilities[0].dtype == np.float32


@pytest.mark.parametrize(
    ("tokens", "left"),
    [
        (["Van", "de", "markt"], False),
        (["-", "Van", "de"], False),
        (["Van", "Gogh"], True),  # another word has a capital
        (["12", "Van"], True),  # it is not the first word
        (["Ana", "de"], True),  # the text varies
        (["Xanadu"], True),  # the text does not have it
    ],
)
def test_a_first_word_needs_more_than_the_capital_of_its_place(tokens, left):
    before = told(tokens, [ScoredSpan(0, len(tokens), "PER", 0.5)])
    assert bool(without_small_letters(before, USUAL).spans[0]) == left


def test_without_text_a_first_word_is_taken_as_it_is_written():
    before = told(["Van", "de"], [ScoredSpan(0, 2, "PER", 0.5)])
    assert without_small_letters(before, Truecaser()).spans == before.spans
