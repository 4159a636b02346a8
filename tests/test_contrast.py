"""The blockwise contrast and its users against naive float64 loops."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clner.objectives.base import IGNORED, Views, normalised
from clner.objectives.contrast import supervised_contrast
from clner.objectives.label_contrast import LabelContrast, balanced
from clner.objectives.settings import LabelContrastSettings, TranslationContrastSettings
from clner.objectives.translation_contrast import TranslationContrast


@pytest.fixture(autouse=True)
def _the_same_numbers_each_time():
    torch.manual_seed(0)


def naive_contrast(vectors: torch.Tensor, labels: list[int], temperature: float) -> torch.Tensor:
    """The formula, word for word, one pair at a time."""
    losses = []
    for i in range(len(labels)):
        positives = [p for p in range(len(labels)) if p != i and labels[p] == labels[i]]
        if not positives:
            continue
        scores = {
            k: torch.dot(vectors[i], vectors[k]) / temperature for k in range(len(labels)) if k != i
        }
        denominator = torch.stack([score.exp() for score in scores.values()]).sum()
        terms = [(scores[p].exp() / denominator).log() for p in positives]
        losses.append(-torch.stack(terms).mean())
    return torch.stack(losses).mean() if losses else (vectors * 0).sum()


@settings(deadline=None, max_examples=60)
@given(
    labels=st.lists(st.integers(0, 4), min_size=1, max_size=24),
    block=st.integers(1, 30),
    temperature=st.sampled_from([0.05, 0.1, 0.9]),
    seed=st.integers(0, 99),
)
def test_value_and_gradient_are_those_of_the_formula(labels, block, temperature, seed):
    generator = torch.Generator().manual_seed(seed)
    raw = torch.randn(len(labels), 5, dtype=torch.float64, generator=generator)
    ours, theirs = (raw.clone().requires_grad_() for _ in range(2))
    unit = torch.nn.functional.normalize
    loss = supervised_contrast(unit(ours, dim=1), torch.tensor(labels), temperature, block)
    expected = naive_contrast(unit(theirs, dim=1), labels, temperature)
    (3 * loss).backward()
    (3 * expected).backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-9, abs=1e-12)
    assert torch.allclose(ours.grad, theirs.grad, rtol=1e-7, atol=1e-10)


def test_without_positives_the_loss_is_an_exact_zero_with_a_gradient():
    vectors = torch.randn(6, 4, requires_grad=True)
    loss = supervised_contrast(normalised(vectors), torch.arange(6), 0.9)
    loss.backward()
    assert loss.item() == 0.0
    assert torch.equal(vectors.grad, torch.zeros(6, 4))


def test_an_anchor_without_a_positive_does_not_lower_the_loss():
    pair = normalised(torch.tensor([[1.0, 0.1], [1.0, -0.1], [-1.0, 0.0]]))
    with_lonely = supervised_contrast(pair, torch.tensor([0, 0, 1]), 0.9)
    assert with_lonely.item() > 0


def test_magnitude_does_not_matter():
    views = _views(torch.randn(4, 3, 8))
    larger = _views(views.tokens * 100)
    objective = LabelContrast(LabelContrastSettings(weight=1.0, outside=100.0), 8)
    assert objective(views).item() == pytest.approx(objective(larger).item(), rel=1e-5)
    assert objective(larger).item() < 2 * math.log(12) / 0.1


def test_memory_is_linear_in_the_number_of_vectors():
    """No tensor that outlives a block, or is saved for the backward pass, is M×M."""
    count = 5000
    saved = []
    vectors = normalised(torch.randn(count, 8)).requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(
        lambda t: saved.append(t.numel()) or t, lambda t: t
    ):
        supervised_contrast(vectors, torch.arange(count) % 7, 0.1).backward()
    assert 0 < max(saved) <= count * 8


def test_translation_contrast_pulls_a_sentence_and_its_translation():
    sentences = torch.eye(4)[[0, 0, 1, 1]]
    views = _views(torch.randn(4, 3, 4), sentences=sentences, meaning=[0, 0, 1, 1])
    swapped = _views(torch.randn(4, 3, 4), sentences=sentences, meaning=[0, 1, 0, 1])
    objective = TranslationContrast(TranslationContrastSettings(weight=1.0), 4)
    expected = naive_contrast(sentences.double(), [0, 0, 1, 1], 0.1).item()
    assert objective(views).item() == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert objective(views).item() < objective(swapped).item()


def test_rows_without_a_counterpart_are_no_anchors():
    sentences = normalised(torch.randn(3, 4))
    views = _views(torch.randn(3, 2, 4), sentences=sentences, meaning=[0, 0, 1])
    objective = TranslationContrast(TranslationContrastSettings(weight=1.0), 4)
    expected = naive_contrast(sentences.double(), [0, 0, 1], 0.1).item()
    assert objective(views).item() == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_label_contrast_leaves_padding_and_unlabelled_tokens_out():
    tokens = torch.randn(2, 3, 4)
    tags = torch.tensor([[1, 2, IGNORED], [1, IGNORED, IGNORED]])
    objective = LabelContrast(LabelContrastSettings(weight=1.0), 4)
    loss = objective(_views(tokens, tags=tags))
    vectors = normalised(torch.stack([tokens[0, 0], tokens[0, 1], tokens[1, 0]]))
    expected = naive_contrast(vectors.double(), [1, 2, 1], 0.1).item()
    assert loss.item() == pytest.approx(expected, rel=1e-5, abs=1e-6)
    moved = tokens.clone()
    moved[tags == IGNORED] = 1e6
    assert objective(_views(moved, tags=tags)).item() == pytest.approx(loss.item(), rel=1e-5)


@pytest.mark.parametrize(("outside", "expected"), [(0.0, 0), (1.0, 3), (2.0, 6), (50.0, 20)])
def test_outside_tokens_are_balanced(outside, expected):
    tags = torch.tensor([0] * 20 + [1, 2, 3])
    chosen = tags[balanced(tags, outside)]
    assert (chosen == 0).sum() == expected
    assert (chosen != 0).sum() == 3


def _views(tokens, tags=None, sentences=None, meaning=None) -> Views:
    rows, count, _ = tokens.shape
    return Views(
        tokens=tokens,
        sentences=tokens.mean(1) if sentences is None else sentences,
        logits=torch.zeros(rows, count, 5),
        mask=torch.ones(rows, count, dtype=torch.bool),
        tags=torch.arange(rows * count).reshape(rows, count) % 3 if tags is None else tags,
        meaning=torch.tensor(meaning or list(range(rows))),
        soft=torch.zeros(rows, count, 5),
        trusted=torch.zeros(rows, count, dtype=torch.bool),
        pseudo=torch.full((rows, count), IGNORED),
    )
