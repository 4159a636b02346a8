"""Several processes that train together: as one process with all their rows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import distributed
from torch.nn.functional import linear

from clner.jobs import ranks
from clner.objectives.terms.cross_entropy import CrossEntropy
from clner.objectives.terms.divergence import Divergence
from clner.objectives.terms.label_contrast import LabelContrast
from clner.objectives.terms.mean_squared_error import MeanSquaredError
from clner.objectives.terms.pseudo_label import PseudoLabel
from clner.objectives.terms.relation_contrast import RelationContrast
from clner.objectives.terms.semantic_contrast import SemanticContrast
from clner.objectives.terms.translation_contrast import TranslationContrast
from clner.objectives.views import Views
from clner.text.tags import IGNORED

LENGTH, WIDTH, TAGS, RELATIONS = 4, 6, 5, 4
MEANING = [0, 0, 1, 1, 2, 2, 3, 3, 4]
VIEW = [0, 1, 0, 1, 0, 1, 3, 2, 3]
SPLITS = {"unequal": 4, "target text by itself": 6, "one row by itself": 8}
"""The number of rows that the first of two ranks has; the other one has the rest."""
OBJECTIVES = {
    "cross entropy": CrossEntropy(),
    "pseudo labels": PseudoLabel(),
    "squared error": MeanSquaredError(),
    "divergence": Divergence(),
    "translation": TranslationContrast(),
    "semantic": SemanticContrast(),
    "semantic, prototypes": SemanticContrast(method="prototypes"),
    # So many that nothing is left to the sampling.
    "labels": LabelContrast(outside=99),
    "labels, all sampled": LabelContrast(outside=99, method="sampled", anchors=999),
    "relations": RelationContrast(none=99, pairs=9999),
}


def views(rows: slice, weight: torch.Tensor, head: str) -> Views:
    """Some rows of a batch that is always the same, read by a linear encoder."""
    draw = torch.Generator().manual_seed(3)
    count = len(MEANING)
    words = torch.randn(count, LENGTH, WIDTH, generator=draw, dtype=torch.float64)
    tags = torch.randint(0, TAGS, (count, LENGTH), generator=draw)
    tags[torch.rand(count, LENGTH, generator=draw) < 0.2] = IGNORED
    tags[6:] = IGNORED
    trusted = torch.rand(count, LENGTH, generator=draw) < 0.5
    pseudo = torch.randint(0, TAGS, (count, LENGTH), generator=draw).where(trusted, IGNORED)
    soft = torch.rand(count, LENGTH, TAGS, generator=draw, dtype=torch.float64)
    tokens = linear(words[rows], weight)
    pairs = tokens[:, :, None] * tokens[:, None].tanh()
    grid = head == "token_pair"
    return Views(
        layers=[tokens],
        words=torch.arange(LENGTH).expand(len(tokens), -1),
        tokens=tokens,
        scores=pairs[..., :RELATIONS] if grid else tokens[..., :TAGS],
        relate=(lambda row, first, second: pairs[row, first, second]) if grid else None,
        mask=torch.ones(len(tokens), LENGTH, dtype=torch.bool),
        tags=tags[rows],
        meaning=ranks.apart(torch.tensor(MEANING)[rows]),
        view=torch.tensor(VIEW)[rows],
        soft=torch.softmax(soft, -1)[rows] * trusted[rows][..., None],
        trusted=trusted[rows],
        pseudo=pseudo[rows],
    )


def loss_and_gradient(name: str, rows: slice) -> torch.Tensor:
    """The loss and its gradient in one vector; of several ranks the mean, as DDP takes it."""
    weight = torch.eye(WIDTH, dtype=torch.float64).requires_grad_()
    objective = OBJECTIVES[name]
    batch = views(rows, weight, objective.head or "tags")
    loss = objective.loss(batch, lambda vectors: vectors)
    (gradient,) = torch.autograd.grad(loss, weight)
    both = torch.cat([loss.detach().view(1), gradient.flatten()])
    if ranks.size() > 1:
        distributed.all_reduce(both)
    return both / ranks.size()


def _rank(folder: Path) -> None:
    """What one of two processes finds, in a file of its own."""
    distributed.init_process_group("gloo")
    number = distributed.get_rank()
    results = {}
    for split, first in SPLITS.items():
        rows = slice(0, first) if number == 0 else slice(first, None)
        results |= {(name, split): loss_and_gradient(name, rows) for name in OBJECTIVES}
    unlike = ranks.apart(torch.tensor([0, 0, 1]))
    results["numbers"] = ranks.joined(unlike)
    results["mean"] = torch.tensor(ranks.mean(number, torch.device("cpu")))
    results["shares"] = torch.tensor(
        [ranks.share(count, torch.device("cpu")) for count in (1 + 2 * number, 0)]
    )
    results["first"] = torch.tensor(ranks.from_first(number))
    torch.save(results, folder / f"rank-{number}.pt")
    # A rank that leaves while the other one still reads would break its connection.
    distributed.barrier()
    distributed.destroy_process_group()


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """What each of two processes found, started and connected as those of a stage are."""
    folder = tmp_path_factory.mktemp("ranks")
    torchrun = ["torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [sys.executable, "-m", *torchrun, __file__, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [torch.load(folder / f"rank-{n}.pt", weights_only=True) for n in range(2)]


@pytest.mark.slow
@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("name", OBJECTIVES)
def test_loss_and_gradient_are_those_of_one_process_with_all_rows(two, name, split):
    alone = loss_and_gradient(name, slice(None))
    assert alone[0] > 0
    assert alone[1:].abs().max() > 1e-3
    for own in two:
        torch.testing.assert_close(own[name, split], alone, rtol=1e-9, atol=1e-9)


@pytest.mark.slow
def test_ranks_tell_each_other_numbers(two):
    for number, own in enumerate(two):
        assert own["numbers"].tolist() == [0, 0, 2, 1, 1, 3]
        assert own["mean"] == 0.5
        assert own["shares"].tolist() == [[0.25, 0.5], [0.75, 0.5]][number]
        assert own["first"] == 0


def test_one_process_has_all_to_itself():
    rows = torch.ones(2, 3)
    assert ranks.joined(rows) is rows
    assert ranks.apart(rows) is rows
    assert ranks.share(0, torch.device("cpu")) == 1
    assert ranks.size() == 1
    assert ranks.mean(2.5, torch.device("cpu")) == 2.5
    assert ranks.from_first("x") == "x"
    assert ranks.is_first()


if __name__ == "__main__":
    _rank(Path(sys.argv[1]))
    # A thread of gloo that lets go of its last tensor while the interpreter ends would abort.
    os._exit(0)
