"""Cross-entropy and distillation against naive float64 loops."""

import math

import pytest
import torch

from clner.objectives.base import IGNORED, Views
from clner.objectives.cross_entropy import CrossEntropy
from clner.objectives.distillation import Divergence, MeanSquaredError, PseudoLabel
from clner.objectives.registry import OBJECTIVES, weighted_objectives
from clner.objectives.settings import (
    CrossEntropySettings,
    DivergenceSettings,
    MeanSquaredErrorSettings,
    PseudoLabelSettings,
    StudentObjectives,
)


def _softmax(scores: list[float], temperature: float = 1.0) -> list[float]:
    exponentials = [math.exp(score / temperature) for score in scores]
    return [e / sum(exponentials) for e in exponentials]


@pytest.fixture
def views() -> Views:
    generator = torch.Generator().manual_seed(3)
    rows, count, tags = 3, 4, 5
    trusted = torch.tensor([[1, 1, 0, 0], [1, 0, 1, 1], [0, 0, 0, 0]], dtype=torch.bool)
    soft = torch.softmax(torch.randn(rows, count, tags, generator=generator) * 2, dim=-1)
    gold = torch.full((rows, count), IGNORED)
    gold[2, :3] = torch.tensor([0, 4, 2])
    return Views(
        tokens=torch.zeros(rows, count, 2),
        sentences=torch.zeros(rows, 2),
        logits=torch.randn(rows, count, tags, generator=generator).requires_grad_(),
        mask=torch.ones(rows, count, dtype=torch.bool),
        tags=gold,
        meaning=torch.arange(rows),
        soft=soft * trusted[..., None],
        trusted=trusted,
        pseudo=torch.where(trusted, soft.argmax(-1), IGNORED),
    )


def _trusted(views: Views) -> list[tuple[list[float], list[float]]]:
    pairs = []
    for row, column in views.trusted.nonzero().tolist():
        pairs.append((views.logits[row, column].tolist(), views.soft[row, column].tolist()))
    return pairs


def test_cross_entropy_counts_tagged_tokens_only(views):
    expected = [
        -math.log(_softmax(views.logits[2, n].tolist())[tag]) for n, tag in enumerate([0, 4, 2])
    ]
    loss = CrossEntropy(CrossEntropySettings(), 2)(views)
    assert loss.item() == pytest.approx(sum(expected) / 3, rel=1e-5)


def test_mean_squared_error_of_probabilities(views):
    squares = [
        sum((p - q) ** 2 for p, q in zip(_softmax(logits), soft, strict=True))
        for logits, soft in _trusted(views)
    ]
    loss = MeanSquaredError(MeanSquaredErrorSettings(weight=1.0), 2)(views)
    assert loss.item() == pytest.approx(sum(squares) / len(squares), rel=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 2.0, 5.0])
def test_divergence_at_a_temperature(views, temperature):
    divergences = []
    for logits, soft in _trusted(views):
        teacher = _softmax([math.log(p) for p in soft], temperature)
        student = _softmax(logits, temperature)
        divergences.append(
            sum(t * (math.log(t) - math.log(s)) for t, s in zip(teacher, student, strict=True))
        )
    expected = temperature**2 * sum(divergences) / len(divergences)
    loss = Divergence(DivergenceSettings(weight=1.0, temperature=temperature), 2)(views)
    assert loss.item() == pytest.approx(expected, rel=1e-4)


def test_pseudo_labels_are_a_cross_entropy_on_trusted_tokens(views):
    losses = [
        -math.log(_softmax(logits)[soft.index(max(soft))]) for logits, soft in _trusted(views)
    ]
    loss = PseudoLabel(PseudoLabelSettings(weight=1.0), 2)(views)
    assert loss.item() == pytest.approx(sum(losses) / len(losses), rel=1e-5)


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_an_empty_batch_gives_an_exact_zero_with_a_gradient_path(views, name):
    views.tags[:] = IGNORED
    views.pseudo[:] = IGNORED
    views.trusted[:] = False
    views.tokens.requires_grad_()
    views.sentences.requires_grad_()
    settings = StudentObjectives()
    objective = OBJECTIVES[name](getattr(settings, name), 2)
    loss = objective(views)
    loss.backward()
    assert loss.item() == 0.0


def test_only_objectives_of_positive_weight_are_computed():
    settings = StudentObjectives.model_validate(
        {"cross_entropy": {"weight": 0.0}, "divergence": {"weight": 0.5, "temperature": 1.0}}
    )
    objectives, weights = weighted_objectives(settings, 2)
    assert set(objectives) == {"mean_squared_error", "divergence"}
    assert weights == {"mean_squared_error": 1.0, "divergence": 0.5}


def test_every_objective_has_settings_and_every_setting_an_objective():
    assert set(StudentObjectives.model_fields) == set(OBJECTIVES)
