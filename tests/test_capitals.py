"""What is found in small letters, and is no entity where names have capitals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.tagging.capitals import without_small_letters
from clner.tagging.predictions import Predictions
from clner.text.casing import in_small_letters
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
    "Москва",
    "москва",
    "北京",
    "ירושלים",
    "ქართული",
]
# As the text writes them: van nearly always small, москва always, ana now and then.
USUAL = [["y", "van", "y", "москва"]] * 30 + [["y", "Van"], ["y", "Ana"], ["y", "ana"]]


def told(tokens: list[str], spans: list[ScoredSpan], text: list[list[str]]) -> Predictions:
    """Predictions of `tokens`, and of the rest of a text, in which nothing was found."""
    texts = [tokens, *text]
    return Predictions(
        ids=[f"s{n}" for n in range(len(texts))],
        tokens=texts,
        tags=[flat_tags(spans, len(tokens)), *(["O"] * len(own) for own in text)],
        probabilities=[np.full((len(own), len(TAGS)), 1 / len(TAGS), np.float32) for own in texts],
        spans=[spans, *([] for _ in text)],
        tag_names=TAGS,
    )


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
    after = without_small_letters(told(tokens, spans, USUAL * 9), [1 + 9 * len(USUAL)])
    wordy = [place for place in range(count) if tokens[place] != "-"]
    written = [
        token.lower() if [place] == wordy[:1] and token in {"Van", "Москва"} else token
        for place, token in enumerate(tokens)
    ]
    kept = [span for span in spans if not in_small_letters(written[span.start : span.end])]
    assert after.spans[0] == kept
    assert after.tags[0] == flat_tags(kept, count)
    assert after.agreement[0] == [1.0] * len(kept)
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
        (["VAN"], True),  # an acronym
        (["Ana", "de"], True),  # the text varies
        (["Xanadu"], True),  # the text does not have it
    ],
)
def test_a_first_word_needs_more_than_the_capital_of_its_place(tokens, left):
    before = told(tokens, [ScoredSpan(0, len(tokens), "PER", 0.5)], USUAL)
    assert bool(without_small_letters(before, [1 + len(USUAL)]).spans[0]) == left


def test_each_text_has_its_own_ways():
    before = told(["Van", "de"], [ScoredSpan(0, 2, "PER", 0.5)], USUAL)
    assert without_small_letters(before, [1, len(USUAL)]).spans == before.spans
