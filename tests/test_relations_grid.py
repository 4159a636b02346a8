"""Grids from tags and tags from grids, against naive loops."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clner.relations.grid import LEAST_OUTSIDE, TINY, gold_grid, tag_log_marginals
from clner.relations.inventory import FIRST_TYPE, NNW, NONE
from clner.text.tags import IGNORED, spans_of, tag_set

TYPES = ["PER", "LOC"]
TAGS = tag_set(TYPES)


def naive_grid(tags: list[int]) -> list[list[int]]:
    """The grid as the inventory defines it, from the entities that `spans_of` finds."""
    grid = [[NONE] * len(tags) for _ in tags]
    for start, end, kind in spans_of([TAGS[t] if t != IGNORED else "O" for t in tags]):
        grid[end - 1][start] = FIRST_TYPE + TYPES.index(kind)
        for word in range(start, end - 1):
            grid[word][word + 1] = NNW
    for i, j in itertools.product(range(len(tags)), repeat=2):
        if IGNORED in (tags[i], tags[j]):
            grid[i][j] = IGNORED
    return grid


some_tags = st.sampled_from([*range(len(TAGS)), IGNORED])


@settings(deadline=None, max_examples=300)
@given(
    st.integers(1, 9).flatmap(
        lambda n: st.lists(st.lists(some_tags, min_size=n, max_size=n), min_size=1, max_size=4)
    )
)
def test_grids_hold_the_entities_of_any_tags_valid_or_not(rows):
    assert gold_grid(torch.tensor(rows)).tolist() == [naive_grid(row) for row in rows]


def test_a_grid_of_the_paper_s_kind():
    """B-PER I-PER O B-LOC: NNW above the diagonal, THW at (tail, head)."""
    expected = [[0, 1, 0, 0], [2, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 3]]
    assert gold_grid(torch.tensor([[1, 2, 0, 3]])).tolist() == [expected]


def test_a_long_sentence_of_one_entity():
    grid = gold_grid(torch.tensor([[1] + [2] * 511]))[0]
    assert grid[511, 0] == FIRST_TYPE
    assert (grid.diagonal(1) == NNW).all()
    assert (grid != NONE).sum() == 512


def naive_marginals(logits: torch.Tensor, length: int) -> torch.Tensor:
    """(N, T) log-probabilities of a sentence: the sums over spans, one span at a time."""
    p = torch.softmax(logits, -1)
    size = len(logits)
    taken = [[0.0] * (len(TAGS) - 1) for _ in range(size)]
    for i in range(length):
        for j in range(i, length):
            links = math.prod([p[k, k + 1, NNW] for k in range(i, j)])
            for kind in range(len(TYPES)):
                mass = p[j, i, FIRST_TYPE + kind] * links
                taken[i][2 * kind] = taken[i][2 * kind] + mass
                for k in range(i + 1, j + 1):
                    taken[k][2 * kind + 1] = taken[k][2 * kind + 1] + mass
    rows = []
    for own in taken:
        own = torch.stack([torch.as_tensor(mass, dtype=p.dtype) for mass in own])
        outside = (1 - own.sum()).clamp_min(LEAST_OUTSIDE)
        masses = torch.cat([outside.view(1), own]) + TINY
        rows.append((masses / masses.sum()).log())
    return torch.stack(rows)


@settings(deadline=None, max_examples=40)
@given(
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    sharpness=st.sampled_from([0.5, 2.0, 8.0]),
    seed=st.integers(0, 999),
)
def test_marginals_and_gradients_are_those_of_a_loop_over_spans(lengths, sharpness, seed):
    generator = torch.Generator().manual_seed(seed)
    shape = (len(lengths), max(lengths), max(lengths), FIRST_TYPE + len(TYPES))
    logits = sharpness * torch.randn(shape, dtype=torch.float64, generator=generator)
    logits.requires_grad_()
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    weights = torch.rand(len(lengths), max(lengths), len(TAGS), generator=generator).double()
    ours = tag_log_marginals(logits, mask)
    theirs = torch.stack([naive_marginals(*pair) for pair in zip(logits, lengths, strict=True)])
    assert torch.allclose(ours.exp().sum(-1), torch.ones((), dtype=torch.float64))
    assert torch.allclose(ours, theirs, rtol=1e-8, atol=1e-8)
    a, b = (torch.autograd.grad((logs * weights).sum(), logits)[0] for logs in (ours, theirs))
    assert torch.allclose(a, b, rtol=1e-6, atol=1e-8)


def sharp_logits(tags: torch.Tensor, scale: float) -> torch.Tensor:
    relations = FIRST_TYPE + len(TYPES)
    grid = gold_grid(tags).clamp_min(NONE)
    return scale * torch.nn.functional.one_hot(grid, relations).float()


@pytest.mark.parametrize("scale", [30.0, 1e3, 1e30])
def test_certain_grids_give_their_tags_and_finite_gradients(scale):
    tags = torch.tensor([[1, 2, 2, 0, 3, 1], [0, 3, 4, IGNORED, IGNORED, IGNORED]])
    logits = sharp_logits(tags, scale).requires_grad_()
    logs = tag_log_marginals(logits, tags != IGNORED)
    assert torch.equal(logs.argmax(-1), tags.clamp_min(0))
    assert logs.max(-1).values.exp().min() > 0.999
    for target in (tags.clamp_min(0), (tags + 1) % len(TAGS)):
        loss = torch.nn.functional.nll_loss(logs.flatten(0, 1), target.flatten())
        [gradient] = torch.autograd.grad(loss, logits, retain_graph=True)
        assert loss.isfinite() and gradient.isfinite().all()


def test_overlapping_spans_share_what_there_is():
    """Two certain spans, 0..1 and 1..1: word 1 is half inside the first, half the second."""
    logits = torch.zeros(1, 2, 2, FIRST_TYPE + len(TYPES))
    logits[0, 0, 1, NNW] = logits[0, 1, 0, FIRST_TYPE] = logits[0, 1, 1, FIRST_TYPE + 1] = 50
    logits[0, 0, 0, NONE] = 50
    p = tag_log_marginals(logits, torch.ones(1, 2, dtype=torch.bool)).exp()[0]
    assert p[0].tolist() == pytest.approx([0, 1, 0, 0, 0], abs=1e-4)
    assert p[1].tolist() == pytest.approx([0, 0, 0.5, 0.5, 0], abs=1e-4)


def test_what_stands_in_padding_changes_nothing():
    torch.manual_seed(0)
    logits = torch.randn(2, 6, 6, FIRST_TYPE + len(TYPES))
    mask = torch.arange(6) < torch.tensor([[6], [3]])
    changed = logits.clone()
    changed[1, 3:], changed[1, :, 3:] = 9.0, -9.0
    first, second = (tag_log_marginals(scores, mask) for scores in (logits, changed))
    assert torch.equal(first, second)
    assert torch.allclose(first[1, :3], tag_log_marginals(logits[1:, :3, :3], mask[1:, :3])[0])
    assert (first[1, 3:].argmax(-1) == 0).all()


def test_a_sentence_of_512_words_keeps_the_digits_of_its_last_words():
    torch.manual_seed(0)
    logits = 3 * torch.randn(1, 512, 512, FIRST_TYPE + len(TYPES))
    logits[0, :, :, NONE] += 6
    mask = torch.ones(1, 512, dtype=torch.bool)
    single, double = (tag_log_marginals(scores, mask) for scores in (logits, logits.double()))
    assert torch.allclose(single.double(), double, rtol=1e-4, atol=1e-4)
