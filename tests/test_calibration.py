"""The temperature of a tagger's scores, against a search that tries them one after another."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.tagging.calibration import MOST, temperature


def distributions(seed: int, count: int, spread: float) -> np.ndarray:
    scores = spread * np.random.default_rng(seed).standard_normal((count, 5))
    exponents = np.exp(scores)
    return (exponents / exponents.sum(1, keepdims=True)).astype(np.float32)


def mean_loss(probabilities: np.ndarray, tags: np.ndarray, by: float) -> float:
    """Minus the mean log likelihood of tags at a temperature, by loops in float64."""
    total = 0.0
    for own, tag in zip(probabilities, tags, strict=True):
        powers = [math.pow(float(p), 1 / by) for p in own]
        total -= math.log(powers[tag] / sum(powers))
    return total / len(tags)


@given(st.integers(0, 2**32 - 1), st.integers(3, 40), st.floats(0.2, 3))
def test_no_other_temperature_is_more_likely(seed, count, spread):
    probabilities = distributions(seed, count, spread)
    tags = np.random.default_rng(seed + 1).integers(0, 5, count)
    found = temperature(probabilities, tags)
    assert 1 / MOST <= found <= MOST
    least = mean_loss(probabilities, tags, found)
    for other in np.geomspace(1 / MOST, MOST, 60):
        assert least <= mean_loss(probabilities, tags, other) + 1e-4


@pytest.mark.parametrize("true", [0.5, 1.0, 3.0])
def test_the_temperature_of_drawn_tags_is_found(true):
    probabilities = distributions(1, 20_000, 2.0).astype(np.float64)
    softened = probabilities ** (1 / true)
    softened /= softened.sum(1, keepdims=True)
    draws = np.random.default_rng(2).random((len(softened), 1))
    tags = (softened.cumsum(1) < draws).sum(1).clip(max=4)
    assert temperature(probabilities, tags) == pytest.approx(true, rel=0.05)


def test_a_tag_that_a_tagger_rules_out_is_no_infinity():
    probabilities = np.array([[1.0, 0.0], [0.9, 0.1]], np.float32)
    assert math.isfinite(temperature(probabilities, np.array([1, 0])))
