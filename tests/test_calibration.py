"""The temperature of a tagger's scores, against a search that tries them one after another."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoConfig, AutoModelForTokenClassification

from clner.tagging.calibration import MOST, calibrate, temperature
from clner.tagging.inference import Tagged


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


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta", "deberta-v2", "modernbert", "distilbert"])
def test_the_scores_of_any_tagger_are_divided(kind, caplog):
    sizes = {"vocab_size": 20, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1}
    sizes |= {"num_attention_heads": 2, "pad_token_id": 0, "dim": 8, "n_heads": 2, "n_layers": 1}
    names = dict(enumerate(["O", "B-PER", "I-PER"]))
    config = AutoConfig.for_model(kind, **sizes, id2label=names, num_labels=3)
    torch.manual_seed(1)
    tagger = AutoModelForTokenClassification.from_config(config).eval()
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.inference_mode():
        before = tagger(ids).logits[0]
        gold = ["O", "B-PER", "I-PER", "O"]
        found = calibrate(tagger, [Tagged(before.softmax(-1).numpy(), [])], [gold])
        torch.testing.assert_close(tagger(ids).logits[0], before / found)
        certain = np.array([[0.99, 0.01, 0.0], [0.0, 0.9, 0.1]], np.float32)
        found = calibrate(tagger, [Tagged(certain, [])], [["O", "B-PER"]])
    assert found == pytest.approx(1 / MOST, rel=0.01)
    assert "beyond a temperature of 0.20" in caplog.text
