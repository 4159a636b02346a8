"""Low-resource samples are seeded, nested, and in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.corpora.sampling import SampleSettings, draw, sample
from clner.errors import ClnerError
from clner.stage import read_settings
from clner.text.sentence import Sentence


def corpus(kinds):
    """A sentence for each tuple of types, one one-token entity a type."""
    return [
        Sentence(f"en-train-{n}", ["x"] * (len(types) + 1), ["O", *(f"B-{t}" for t in types)])
        for n, types in enumerate(kinds)
    ]


KINDS = st.lists(st.lists(st.sampled_from(["PER", "LOC", "ORG"]), max_size=3), min_size=1)
SEEDS = st.integers(0, 5)


def positions(sentences):
    return [int(sentence.id.rpartition("-")[2]) for sentence in sentences]


@given(KINDS, st.floats(0.01, 1), st.floats(0.01, 1), SEEDS)
def test_fractions_are_nested_and_ordered(kinds, one, other, seed):
    few, many = sorted([one, other])
    sentences = corpus(kinds)
    small = positions(sample(sentences, SampleSettings(fraction=few, seed=seed)))
    large = positions(sample(sentences, SampleSettings(fraction=many, seed=seed)))
    assert set(small) <= set(large)
    assert small == sorted(small) and large == sorted(large)
    assert len(small) == max(1, round(few * len(kinds)))


@given(KINDS, st.integers(1, 6), SEEDS)
def test_sentences_per_type_are_nested_and_enough(kinds, count, seed):
    sentences = corpus(kinds)
    small = positions(sample(sentences, SampleSettings(per_type=count, seed=seed)))
    large = positions(sample(sentences, SampleSettings(per_type=count + 1, seed=seed)))
    assert set(small) <= set(large)
    assert small == sorted(small)
    for kind in ("PER", "LOC", "ORG"):
        available = sum(kind in types for types in kinds)
        taken = sum(kind in kinds[position] for position in small)
        assert taken >= min(count, available)
    assert len(small) <= 3 * count
    assert all(kinds[position] for position in small)


def test_without_a_size_everything_is_used():
    sentences = corpus([["PER"], []])
    assert sample(sentences, SampleSettings()) == sentences


def test_seeds_draw_different_samples_repeatably():
    sentences = corpus([["PER"]] * 100)
    drawn = [positions(draw(sentences, 10, seed)) for seed in (0, 1, 0)]
    assert drawn[0] == drawn[2] != drawn[1]
    assert len(drawn[0]) == 10
    assert drawn[0] != list(range(10))


def test_drawing_more_than_there_is_gives_all():
    sentences = corpus([["PER"], []])
    assert draw(sentences, 5, 0) == sentences


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"fraction": 0.1, "per_type": 5}, "fraction and per_type are both set"),
        ({"fraction": 0}, "fraction = 0"),
        ({"fraction": 1.5}, "fraction = 1.5"),
        ({"per_type": 0}, "per_type = 0"),
    ],
)
def test_impossible_sizes_are_errors(values, message):
    with pytest.raises(ClnerError, match=message):
        read_settings(SampleSettings, values, "sample")
