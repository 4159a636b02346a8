"""The factored head and the pooling of subwords, against loops that build every vector."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import BertConfig, BertForTokenClassification

from clner.objectives.registry import TeacherObjectives
from clner.relations.head import SPARSITY, RelationHead
from clner.relations.inventory import NONE
from clner.relations.pooling import pool_words
from clner.relations.settings import TokenPairSettings
from clner.relations.tagger import TokenPairTagger
from clner.stage import read_settings
from clner.tagging.learner import Learner
from clner.text.tags import IGNORED


@pytest.fixture(autouse=True)
def _the_same_numbers_each_time():
    torch.manual_seed(0)


def drawn_head(width: int, relations: int, **options) -> RelationHead:
    """A head in float64 none of whose weights is at its special initial value."""
    head = RelationHead(width, relations, TokenPairSettings(**options)).double().eval()
    for weight in head.parameters():
        torch.nn.init.normal_(weight)
    return head


def naive_vector(head: RelationHead, row: torch.Tensor, column: torch.Tensor) -> torch.Tensor:
    """V_ij word for word."""
    centred = row - row.mean()
    norm = centred / (centred.square().mean() + 1e-5).sqrt()
    scale = head.scale.weight @ column + head.scale.bias
    return scale * norm + head.shift.weight @ column + head.shift.bias


def naive_cell(
    head: RelationHead, sentence: torch.Tensor, i: int, j: int, distances: int
) -> torch.Tensor:
    """The scores of one pair, (C,)."""
    one = sentence.new_ones(1)
    vector = naive_vector(head, sentence[i], sentence[j])
    left = torch.cat([head.row(sentence[i]), one])
    right = torch.cat([head.column(sentence[j]), one])
    bias = head.bias[min(max(j - i, -distances), distances) + distances]
    scores = [
        weight @ vector + left @ matrix @ right
        for weight, matrix in zip(head.scorer.weight, head.biaffine, strict=True)
    ]
    return torch.stack(scores) + bias


def naive_logits(head: RelationHead, words: torch.Tensor, distances: int) -> torch.Tensor:
    places = range(words.shape[1])
    rows = [naive_cell(head, own, i, j, distances) for own in words for i in places for j in places]
    return torch.stack(rows).view(*words.shape[:2], words.shape[1], -1)


def assert_same(ours: torch.Tensor, theirs: torch.Tensor, inputs: list[torch.Tensor]) -> None:
    """Equal values, and equal gradients for `inputs` in a random direction."""
    assert torch.allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    weights = torch.randn_like(ours)
    ours = torch.autograd.grad((ours * weights).sum(), inputs)
    theirs = torch.autograd.grad((theirs * weights).sum(), inputs)
    for a, b in zip(ours, theirs, strict=True):
        assert torch.allclose(a, b, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(("length", "distances"), [(1, 2), (5, 2), (4, 0)])
def test_scores_and_gradients_are_those_of_the_formula(length, distances):
    head = drawn_head(7, 5, biaffine=3, distances=distances)
    words = torch.randn(2, length, 7, dtype=torch.float64, requires_grad=True)
    assert_same(head(words), naive_logits(head, words, distances), [words, *head.parameters()])


def test_long_sentences_score_by_the_same_formula():
    head = drawn_head(5, 4, biaffine=3)
    words = torch.randn(1, 512, 5, dtype=torch.float64, requires_grad=True)
    cells = [(0, 511), (511, 0), *torch.randint(512, (30, 2)).tolist()]
    grid = head(words)[0]
    ours = torch.stack([grid[i, j] for i, j in cells])
    theirs = torch.stack([naive_cell(head, words[0], i, j, 8) for i, j in cells])
    assert_same(ours, theirs, [words, *head.parameters()])


def test_vectors_are_those_of_the_pairs_asked_for():
    head = drawn_head(6, 4, biaffine=2)
    words = torch.randn(3, 4, 6, dtype=torch.float64)
    pairs = [(0, 1, 2), (2, 3, 0), (1, 2, 2), (0, 1, 2)]
    vectors = head.vectors(words, *torch.tensor(pairs).T)
    for vector, (row, i, j) in zip(vectors, pairs, strict=True):
        assert torch.allclose(vector, naive_vector(head, words[row, i], words[row, j]))
    assert head.vectors(words, *torch.zeros(3, 0, dtype=torch.int64)).shape == (0, 6)


def test_before_training_most_pairs_have_no_relation_and_all_parts_have_a_gradient():
    head = RelationHead(32, 6, TokenPairSettings(biaffine=16))
    words = torch.nn.functional.layer_norm(torch.randn(4, 20, 32), (32,))
    logits = head(words)
    assert logits.dtype == torch.float32
    assert logits.softmax(-1)[..., NONE].mean().item() == pytest.approx(SPARSITY, abs=0.05)
    assert logits.std().item() < 3
    labels = torch.randint(6, (4 * 20 * 20,))
    torch.nn.functional.cross_entropy(logits.view(-1, 6), labels).backward()
    for name, weight in head.named_parameters():
        assert weight.grad.isfinite().all() and weight.grad.abs().max() > 0, name


def test_in_bfloat16_the_scores_are_nearly_the_same_and_float32():
    head = RelationHead(32, 6, TokenPairSettings(biaffine=16)).eval()
    words = torch.randn(2, 9, 32)
    exact = head(words)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = head(words)
    assert rough.dtype == torch.float32
    assert (rough - exact).abs().max() < 0.05


class LargestTensor(TorchDispatchMode):
    """Watches every operation, also of the backward pass, for the largest tensor it makes."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        made = result if isinstance(result, tuple | list) else [result]
        sizes = [tensor.numel() for tensor in made if isinstance(tensor, torch.Tensor)]
        self.size = max([self.size, *sizes])
        return result


def test_no_tensor_holds_a_vector_for_every_pair():
    rows, length, width, relations = 2, 64, 96, 6
    head = RelationHead(width, relations, TokenPairSettings(biaffine=32))
    words = torch.randn(rows, length, width, requires_grad=True)
    with LargestTensor() as watch:
        head(words).sum().backward()
    wanted = rows * length * relations * max(length, width)
    assert watch.size == wanted
    assert wanted < rows * length * length * width / 8


def test_no_step_of_training_holds_a_vector_for_every_pair():
    rows, length, width = 2, 256, 64
    geometry = {"hidden_size": width, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(vocab_size=50, intermediate_size=64, num_labels=5, **geometry)
    encoder = BertForTokenClassification(config).bert
    objectives = {"semantic_contrast": {"weight": 0.1}, "relation_contrast": {"weight": 0.1}}
    learner = Learner(
        TokenPairTagger(encoder, TokenPairSettings()), TeacherObjectives.model_validate(objectives)
    )
    inside = torch.ones(rows, length, dtype=torch.bool)
    batch = {
        "input_ids": torch.randint(50, (rows, length + 2)),
        "attention_mask": torch.ones(rows, length + 2, dtype=torch.int64),
        "words": torch.tensor([[length, *range(length), length]] * rows),
        "firsts": torch.arange(1, length + 1).repeat(rows, 1),
        "mask": inside,
        "tags": torch.randint(5, (rows, length)),
        "meaning": torch.zeros(rows, dtype=torch.int64),
        "view": torch.arange(rows),
        "soft": torch.zeros(rows, length, 5),
        "trusted": ~inside,
        "pseudo": torch.full((rows, length), IGNORED),
    }
    with LargestTensor() as watch:
        learner(**batch)["loss"].backward()
    assert watch.size < rows * length * length * width / 8


def naive_pooling(hidden: torch.Tensor, words: torch.Tensor, count: int, how: str) -> torch.Tensor:
    rows = []
    for sentence, numbers in zip(hidden, words.tolist(), strict=True):
        for word in range(count):
            own = [v for v, number in zip(sentence, numbers, strict=True) if number == word]
            best = {"max": lambda own: torch.stack(own).amax(0), "first": lambda own: own[0]}[how]
            rows.append(best(own) if own else torch.zeros(hidden.shape[2], dtype=hidden.dtype))
    return torch.stack(rows).view(len(hidden), count, -1)


def word_numbers(sizes: list[list[int]]) -> tuple[torch.Tensor, int]:
    """(R, S) words of subwords for rows of words of some sizes, a special token at both ends."""
    count = max(map(len, sizes))
    width = max(map(sum, sizes)) + 2
    words = torch.full((len(sizes), width), count)
    for row, own in enumerate(sizes):
        numbers = torch.repeat_interleave(torch.arange(len(own)), torch.tensor(own))
        words[row, 1 : 1 + len(numbers)] = numbers
    return words, count


@settings(deadline=None, max_examples=50)
@given(
    sizes=st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=7), min_size=1, max_size=4),
    how=st.sampled_from(["max", "first"]),
    seed=st.integers(0, 99),
)
def test_pooling_and_its_gradient_are_those_of_a_loop(sizes, how, seed):
    words, count = word_numbers(sizes)
    generator = torch.Generator().manual_seed(seed)
    hidden = torch.randn(*words.shape, 3, dtype=torch.float64, generator=generator)
    weights = torch.randn(len(sizes), count, 3, dtype=torch.float64, generator=generator)
    hidden.requires_grad_()
    ours, theirs = (pool(hidden, words, count, how) for pool in (pool_words, naive_pooling))
    assert torch.equal(ours, theirs)
    for pooled, own in zip(ours, sizes, strict=True):
        assert torch.equal(pooled[len(own) :], torch.zeros(count - len(own), 3))
    gradients = [
        torch.autograd.grad((pooled * weights).sum(), hidden)[0] for pooled in (ours, theirs)
    ]
    assert torch.equal(*gradients)


@pytest.mark.parametrize("how", ["max", "first"])
def test_pooling_makes_nothing_larger_than_its_input(how):
    words, count = word_numbers([[3] * 40, [2] * 30])
    hidden = torch.randn(*words.shape, 64, requires_grad=True)
    with LargestTensor() as watch:
        pool_words(hidden, words, count, how).sum().backward()
    assert watch.size == hidden.numel()


def test_settings_survive_a_configuration():
    chosen = TokenPairSettings(pooling="first", biaffine=7, distances=0, dropout=0.0)
    assert read_settings(TokenPairSettings, chosen.model_dump(), "head") == chosen
