"""The paired bootstrap, against a naive one, and where the answer is known."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clner.report import ReportSettings
from clner.reporting import significance
from clner.reporting.page.comparison import comparisons
from clner.reporting.page.evidence import System
from clner.reporting.significance import compare, f1, resampled_f1


def naive_f1(sentences) -> float:
    right = sum(own[0] for own in sentences)
    others = sum(own[1] for own in sentences)
    return 2 * right / others if others else 0.0


# What is right is among the predicted and the gold ones.
sentence = st.tuples(st.integers(0, 4), st.integers(0, 5)).map(lambda n: (n[0], 2 * n[0] + n[1]))
counts = st.lists(st.lists(sentence, min_size=3, max_size=3), min_size=1, max_size=12)


@given(counts, st.integers(0, 5))
def test_samples_are_those_of_a_loop_over_them(sentences, seed):
    """Three runs on some sentences; the loop draws the same sentences as numpy does."""
    runs = np.array(sentences).transpose(1, 0, 2)
    found = resampled_f1(runs, 7, seed)
    drawn = np.random.default_rng(seed).integers(len(sentences), size=(7, len(sentences)))
    for sample, row in zip(drawn, found, strict=True):
        for run, value in zip(runs, row, strict=True):
            assert value == pytest.approx(naive_f1([run[k] for k in sample]))


@given(st.lists(sentence, min_size=1))
def test_f1_is_that_of_pooled_counts(sentences):
    assert f1(np.array(sentences).sum(0)) == pytest.approx(naive_f1(sentences))


def test_blocks_hold_all_samples(monkeypatch):
    runs = np.random.default_rng(0).integers(0, 5, (2, 30, 2))
    monkeypatch.setattr(significance, "BLOCK", 100)
    assert resampled_f1(runs, 50, 0).shape == (50, 2)
    assert resampled_f1(runs, 50, 0).std(axis=0).min() > 0


@given(st.floats(-1, 1), st.lists(st.floats(-1, 1), min_size=1), st.floats(0.5, 0.99))
@settings(max_examples=100)
def test_the_p_value_counts_what_is_as_far_away(difference, resampled, level):
    found = compare(difference, np.array(resampled), level)
    far = [value for value in resampled if abs(value - difference) >= abs(difference) - 1e-12]
    assert found.p == pytest.approx((1 + len(far)) / (1 + len(resampled)))
    assert 0 < found.p <= 1
    assert min(resampled) <= found.low <= found.high <= max(resampled)


def compared(better: float, worse: float, sentences: int, seed: int = 0):
    """Two taggers that find each of three entities a sentence with these probabilities."""
    draws = np.random.default_rng(seed)
    right = np.stack([draws.binomial(3, share, sentences) for share in (better, worse)])
    runs = np.stack([right, np.full_like(right, 6)], axis=2)
    resampled = resampled_f1(runs, 2000, 1)
    measured = f1(runs.sum(1))
    return compare(measured[0] - measured[1], resampled[:, 0] - resampled[:, 1], 0.95)


def test_a_tagger_does_not_differ_from_itself():
    runs = np.tile(np.random.default_rng(0).integers(0, 5, (1, 40, 2)), (2, 1, 1))
    resampled = resampled_f1(runs, 500, 0)
    found = compare(0.0, resampled[:, 0] - resampled[:, 1], 0.95)
    assert found == (0.0, 0.0, 0.0, 1.0)


def test_a_large_difference_is_certain_and_a_small_one_is_not():
    assert compared(0.8, 0.5, 300).p < 0.001
    assert compared(0.8, 0.5, 300).low > 0.2
    assert compared(0.62, 0.60, 30).p > 0.05


def test_sides_do_not_matter():
    one, other = compared(0.7, 0.6, 100), compared(0.6, 0.7, 100)
    assert one.difference > 0 > other.difference
    assert abs(one.p - other.p) < 0.2


def test_equal_taggers_are_rarely_told_apart():
    """At a level of 5 % about one in twenty; a hundred trials, with room for chance."""
    trials = [compared(0.6, 0.6, 150, seed) for seed in range(100)]
    assert sum(found.p < 0.05 for found in trials) <= 12
    assert sum(found.low <= 0 <= found.high for found in trials) >= 88


def test_intervals_shrink_with_the_test_set():
    widths = [found.high - found.low for found in (compared(0.7, 0.6, size) for size in (50, 800))]
    assert widths[1] < widths[0] / 2


def test_the_same_seed_draws_the_same_samples():
    runs = np.array([[[random.Random(k).randint(0, 3), 4] for k in range(20)]])
    assert (resampled_f1(runs, 100, 3) == resampled_f1(runs, 100, 3)).all()
    assert (resampled_f1(runs, 100, 3) != resampled_f1(runs, 100, 4)).any()


class Judged:
    """As much of the evidence as a comparison reads: two systems, some pairs of one test set."""

    split = "target-test"
    settings = ReportSettings(resamples=400)
    systems = (System("zero-shot", "teacher", 0), System("concner", "teacher", 0))

    def __init__(self, pairs: list[str]):
        self.pairs = pairs

    def judged(self, system: System):
        draws = random.Random(system.variant)
        right = [draws.randint(0, 2) for _ in range(60)]
        own = {"right": right, "predicted": [2] * 60, "gold": [2] * 60}
        for pair in self.pairs:
            yield {"pair": pair, "seed": 1, "splits": {self.split: {"digest": "0a1b"}}}, own


def test_a_test_set_that_several_pairs_share_counts_as_one():
    baseline = Judged.systems[0]
    (once,) = comparisons(Judged(["en-es"]), baseline).values()
    (thrice,) = comparisons(Judged(["en-es", "nl-es", "en+nl-es"]), baseline).values()
    assert thrice == pytest.approx(once)
    assert once.low < once.difference < once.high
