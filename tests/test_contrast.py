"""The blockwise contrast and its approximations against naive float64 loops."""

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from clner.objectives.contrast import prototype_contrast, sampled_contrast, supervised_contrast

METHODS = {
    "exact": supervised_contrast,
    "sampled": partial(sampled_contrast, anchors=3),
    "prototypes": prototype_contrast,
}


@pytest.fixture(autouse=True)
def _the_same_numbers_each_time():
    torch.manual_seed(0)


@pytest.fixture(params=METHODS)
def method(request):
    return METHODS[request.param]


def unit(vectors: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(vectors, dim=-1)


def same_label(labels: list[int], i: int) -> list[int]:
    return [p for p in range(len(labels)) if p != i and labels[p] == labels[i]]


def naive_terms(vectors, labels, temperature) -> dict[int, torch.Tensor]:
    """The term of each anchor by the formula, word for word, one pair at a time."""
    terms = {}
    for i in range(len(labels)):
        positives = same_label(labels, i)
        if not positives:
            continue
        scores = {
            k: torch.dot(vectors[i], vectors[k]) / temperature for k in range(len(labels)) if k != i
        }
        denominator = torch.stack([score.exp() for score in scores.values()]).sum()
        terms[i] = -torch.stack([(scores[p].exp() / denominator).log() for p in positives]).mean()
    return terms


def naive_prototype_terms(vectors, labels, temperature) -> dict[int, torch.Tensor]:
    """The same for class means: the anchor's own class without the anchor."""
    terms = {}
    for i in range(len(labels)):
        if not same_label(labels, i):
            continue
        scores = {}
        for label in set(labels):
            members = [k for k in range(len(labels)) if labels[k] == label and k != i]
            mean = torch.stack([vectors[k] for k in members]).mean(0)
            scores[label] = torch.dot(vectors[i], mean / mean.norm()) / temperature
        denominator = torch.stack([score.exp() for score in scores.values()]).sum()
        terms[i] = -(scores[labels[i]].exp() / denominator).log()
    return terms


def mean(terms: dict[int, torch.Tensor], vectors: torch.Tensor) -> torch.Tensor:
    return torch.stack(list(terms.values())).mean() if terms else (vectors * 0).sum()


@settings(deadline=None, max_examples=60)
@given(
    labels=st.lists(st.integers(0, 4), min_size=1, max_size=24),
    block=st.integers(1, 30),
    temperature=st.sampled_from([0.05, 0.1, 0.9]),
    seed=st.integers(0, 99),
)
@pytest.mark.parametrize(
    ("contrast", "naive"),
    [
        (supervised_contrast, naive_terms),
        (partial(sampled_contrast, anchors=24), naive_terms),
        (prototype_contrast, naive_prototype_terms),
    ],
    ids=["exact", "every anchor sampled", "prototypes"],
)
def test_value_and_gradient_are_those_of_the_formula(
    contrast, naive, labels, block, temperature, seed
):
    blocks = {} if contrast is prototype_contrast else {"block": block}
    generator = torch.Generator().manual_seed(seed)
    raw = torch.randn(len(labels), 5, dtype=torch.float64, generator=generator)
    ours, theirs = (raw.clone().requires_grad_() for _ in range(2))
    loss = contrast(unit(ours), torch.tensor(labels), temperature, **blocks)
    expected = mean(naive(unit(theirs), labels, temperature), theirs)
    (3 * loss).backward()
    (3 * expected).backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-9, abs=1e-12)
    assert torch.allclose(ours.grad, theirs.grad, rtol=1e-7, atol=1e-10)


@settings(deadline=None, max_examples=40)
@given(
    labels=st.lists(st.integers(0, 3), min_size=2, max_size=16),
    anchors=st.integers(1, 6),
    block=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_a_sample_has_the_exact_terms_and_gradients_of_some_anchors(labels, anchors, block, seed):
    torch.manual_seed(seed)
    raw = torch.randn(len(labels), 5, dtype=torch.float64)
    ours, theirs = (raw.clone().requires_grad_() for _ in range(2))
    state = torch.get_rng_state()
    loss = sampled_contrast(unit(ours), torch.tensor(labels), 0.2, anchors, block)
    terms = naive_terms(unit(theirs), labels, 0.2)
    torch.set_rng_state(state)
    candidates = list(terms)
    order = torch.randperm(len(candidates)).tolist()[:anchors]
    expected = mean({candidates[n]: terms[candidates[n]] for n in order}, theirs)
    loss.backward()
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-9, abs=1e-12)
    assert torch.allclose(ours.grad, theirs.grad, rtol=1e-7, atol=1e-10)


def test_the_mean_of_many_samples_is_the_exact_contrast():
    vectors = unit(torch.randn(30, 4, dtype=torch.float64))
    labels = torch.arange(30) % 7
    samples = torch.stack([sampled_contrast(vectors, labels, 0.2, 5) for _ in range(2000)])
    exact = supervised_contrast(vectors, labels, 0.2)
    assert samples.std() > 0
    assert abs(samples.mean() - exact) < 4 * samples.std() / 2000**0.5


def test_gradients_are_those_of_finite_differences(method):
    vectors = unit(torch.randn(9, 3, dtype=torch.float64)).requires_grad_()
    labels = torch.tensor([0, 0, 0, 1, 1, 2, 3, 3, 4])

    def seeded(values):
        torch.manual_seed(1)
        return method(values, labels, 0.3)

    assert torch.autograd.gradcheck(seeded, vectors)


@pytest.mark.parametrize("count", [0, 1, 6])
def test_without_positives_the_loss_is_an_exact_zero_with_a_gradient(method, count):
    vectors = torch.randn(count, 4, requires_grad=True)
    loss = method(unit(vectors), torch.arange(count), 0.9)
    loss.backward()
    assert loss.item() == 0.0
    assert torch.equal(vectors.grad, torch.zeros(count, 4))


def test_one_class_alone_is_a_zero_for_prototypes():
    vectors = torch.randn(6, 4, requires_grad=True)
    loss = prototype_contrast(unit(vectors), torch.zeros(6), 0.1)
    loss.backward()
    assert loss.item() == 0.0
    assert torch.equal(vectors.grad, torch.zeros(6, 4))


def test_an_anchor_without_a_positive_does_not_lower_the_loss(method):
    pair = unit(torch.tensor([[1.0, 0.1], [1.0, -0.1], [-1.0, 0.0]]))
    with_lonely = method(pair, torch.tensor([0, 0, 1]), 0.9)
    assert with_lonely.item() > 0


def test_a_loss_falls_as_classes_part(method):
    labels = torch.arange(12) % 3
    mixed, parted = torch.randn(12, 3), torch.eye(3)[labels] + 0.1 * torch.randn(12, 3)
    assert method(unit(parted), labels, 0.1) < 0.9 * method(unit(mixed), labels, 0.1)


def test_half_precision_and_autocast_are_computed_in_float32(method):
    vectors = unit(torch.randn(40, 8)).bfloat16().requires_grad_()
    labels = torch.arange(40) % 4
    torch.manual_seed(1)
    with torch.autocast("cpu", torch.bfloat16):
        loss = method(vectors, labels, 0.1)
    torch.manual_seed(1)
    expected = method(vectors.float(), labels, 0.1)
    loss.backward()
    assert loss.dtype == torch.float32
    assert loss.item() == expected.item()
    assert vectors.grad.dtype == torch.bfloat16


class _Largest(TorchDispatchMode):
    """Remembers the most elements of any tensor made under it."""

    elements = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        sizes = [leaf.numel() for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor)]
        self.elements = max([self.elements, *sizes])
        return result


@pytest.mark.parametrize(
    ("contrast", "limit"),
    [
        (partial(supervised_contrast, block=16), 16),
        (partial(sampled_contrast, anchors=100, block=16), 16),
        (prototype_contrast, 8),
    ],
    ids=METHODS,
)
def test_the_largest_tensor_is_a_block_by_all_vectors(contrast, limit):
    vectors = unit(torch.randn(3000, 8)).requires_grad_()
    with _Largest() as largest:
        contrast(vectors, torch.arange(3000) % 7, 0.1).backward()
    assert 3000 * 7 <= largest.elements <= 3000 * limit
