"""Monitors: geometry against naive sums, signs of failure on logs made for them."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clner.tagging.monitors import EVALUATIONS, LASTING, WARM_UP, geometry, memory, warnings

LOGS = 50


def naive_geometry(sentences: np.ndarray, meaning: list[int]) -> dict[str, float]:
    """The same in float64, a pair and a singular value at a time."""
    rows = [row / math.sqrt(sum(x * x for x in row)) for row in sentences.astype(np.float64)]
    pairs = [
        float(rows[i] @ rows[j])
        for i in range(len(rows))
        for j in range(len(rows))
        if meaning[i] != meaning[j]
    ]
    firsts = [rows[meaning.index(kind)] for kind in sorted(set(meaning))]
    values = np.linalg.svd(np.array(firsts), compute_uv=False)
    shares = [value / sum(values) for value in values]
    entropy = -sum(share * math.log(share) for share in shares if share > 0)
    most = min(len(firsts), sentences.shape[1])
    return {"cosine_unrelated": sum(pairs) / len(pairs), "effective_rank": math.exp(entropy) / most}


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=12), st.integers(1, 9), st.integers(0, 99))
def test_geometry_is_that_of_naive_sums(meaning, width, seed):
    vectors = torch.randn(len(meaning), width, generator=torch.Generator().manual_seed(seed))
    found = geometry(vectors, torch.tensor(meaning))
    if len(set(meaning)) == 1:
        assert found == {}
    else:
        assert found == pytest.approx(naive_geometry(vectors.numpy(), meaning), abs=2e-5)


def test_geometry_of_orthogonal_and_of_equal_vectors():
    meaning = torch.arange(8)
    apart = geometry(torch.eye(8, 16), meaning)
    assert apart == pytest.approx({"cosine_unrelated": 0, "effective_rank": 1}, abs=1e-5)
    alike = geometry(torch.ones(8, 16), meaning)
    assert alike == pytest.approx({"cosine_unrelated": 1, "effective_rank": 1 / 8}, abs=1e-4)


def test_rows_of_one_meaning_are_not_unrelated():
    vectors = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    found = geometry(vectors, torch.tensor([4, 4, 7]))
    assert found == pytest.approx({"cosine_unrelated": 0, "effective_rank": 1}, abs=1e-6)


def test_vectors_that_are_not_finite_have_no_geometry():
    assert geometry(torch.full((3, 2), math.nan), torch.arange(3)) == {}


def test_memory_is_a_share():
    before = memory()
    assert 0 < before < 1
    held = np.ones(40_000_000)  # 320 MB
    assert memory() >= before
    assert held.size


def logs(**columns) -> list[dict]:
    """Fifty logs; each column a function of the share of the training that is done."""
    columns = {"loss": lambda t: 2 - t} | columns
    return [
        {"step": 10 * k + 10} | {name: value(k / (LOGS - 1)) for name, value in columns.items()}
        for k in range(LOGS)
    ]


def evaluations(*scores: float) -> list[dict]:
    step = 10 * LOGS // len(scores)
    return [{"step": step * k + step, "eval_f1": score} for k, score in enumerate(scores)]


def merged(*parts: list[dict]) -> list[dict]:
    return sorted((row for part in parts for row in part), key=lambda row: row["step"])


SOUND = {
    "loss_cross_entropy": lambda t: 2 * math.exp(-5 * t),
    "loss_semantic_contrast": lambda t: 3 - t,
    "loss_relation_contrast": lambda t: 7 - 3 * t,
    "cosine_unrelated": lambda t: 0.97 if 0.02 < t < 0.4 else 0.7 - 0.2 * t,
    "effective_rank": lambda t: 0.6,
    "memory": lambda t: 0.5,
}


def test_a_sound_training_has_no_warning():
    assert warnings(merged(logs(**SOUND), evaluations(0.4, 0.6, 0.7, 0.71, 0.72, 0.72))) == []
    assert warnings([]) == []


FAILURES = [
    (
        {"cosine_unrelated": lambda t: 0.5 + 0.49 * min(1, 2 * t)},
        ["collapse", "cosine", "objectives.semantic_contrast.weight", "temperature"],
    ),
    (
        {"effective_rank": lambda t: max(0.02, 0.6 - t)},
        ["collapse", "effective rank", "objectives.semantic_contrast.weight"],
    ),
    (
        {"loss_relation_contrast": lambda t: 4 + 30 * t * t},
        ["loss_relation_contrast", "objectives.relation_contrast.weight", ".temperature"],
    ),
    (
        {"loss_cross_entropy": lambda t: math.nan if t > 0.6 else 1.0},
        ["loss_cross_entropy", "nan", "learning_rate"],
    ),
    ({"memory": lambda t: 0.5 + 0.49 * t}, ["memory", "batch_size", "gradient_checkpointing"]),
]


@pytest.mark.parametrize(("columns", "said"), FAILURES)
def test_each_failure_has_one_warning_that_names_the_setting(columns, said):
    (warning,) = warnings(logs(**SOUND | columns))
    assert all(part in warning for part in said)
    assert "\n" not in warning


@pytest.mark.parametrize("columns", [columns for columns, _ in FAILURES])
def test_a_warning_stays_the_same_as_the_log_grows(columns):
    history = logs(**SOUND | columns)
    found = {message for end in range(LOGS + 1) for message in warnings(history[:end])}
    assert found == set(warnings(history))


def test_a_short_spike_is_no_sign():
    def spike(t: float) -> float:
        return 99.0 if 0.5 < t < 0.5 + (LASTING - 1) / LOGS else 1.0

    assert warnings(logs(loss_relation_contrast=spike)) == []


def test_the_first_steps_are_not_judged():
    def early(t: float) -> float:
        return 0.99 if 2 < t * (LOGS - 1) < WARM_UP else 0.5

    assert warnings(logs(cosine_unrelated=early)) == []
    assert warnings(logs(cosine_unrelated=lambda t: early(t / 2)))


def test_similar_vectors_from_the_start_are_no_collapse():
    untrained = {"cosine_unrelated": lambda t: 0.985, "effective_rank": lambda t: 0.09}
    assert warnings(logs(**untrained)) == []


def test_a_term_of_zero_at_the_start_may_grow():
    assert warnings(logs(loss_divergence=lambda t: 0.5 * t)) == []


def test_only_what_the_log_holds_is_judged():
    assert warnings([{"step": k, "loss": 1.0} for k in range(WARM_UP + LASTING + 9)]) == []


def test_a_plateau_while_the_loss_falls():
    history = merged(logs(), evaluations(0.3, 0.5, 0.6, 0.6, 0.58, 0.6))
    (warning,) = warnings(history)
    assert "plateau" in warning
    assert "0.600" in warning
    assert "epochs" in warning
    cut = [row for row in history if row["step"] <= 450]
    assert warnings(cut) == []
    still = [row | {"loss": 1.0} if "loss" in row else row for row in history]
    assert warnings(still) == []


def test_an_f1_that_stays_at_zero():
    (warning,) = warnings(merged(logs(), evaluations(*[0.0] * EVALUATIONS)))
    assert "dev F1 is 0" in warning
    assert warnings(merged(logs(), evaluations(0.0, 0.0, 0.4))) == []
