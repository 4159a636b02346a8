"""The supervised contrast beside the formula as textbooks have it and pytorch-metric-learning."""

from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec

import torch
from torch import Tensor
from torch.nn import functional

from bench.gradients import forward_backward
from bench.measure import Case, Run
from clner.objectives.contrast import prototype_contrast, sampled_contrast, supervised_contrast

Contrast = Callable[[Tensor, Tensor], Tensor]
"""Of vectors of length one and their labels."""

WIDTH = 128
CLASSES = 6
"""As many as relations of CoNLL; of all methods only the prototypes' cost depends on it."""
TEMPERATURE = 0.1
ANCHORS = 256
SIZES = (2_048, 4_096, 8_192, 16_384)
ALONE = (2_048, 4_096, 8_192, 16_384, 32_768, 65_536)

exact = partial(supervised_contrast, temperature=TEMPERATURE)
sampled = partial(sampled_contrast, temperature=TEMPERATURE, anchors=ANCHORS)
prototypes = partial(prototype_contrast, temperature=TEMPERATURE)


def textbook(vectors: Tensor, labels: Tensor) -> Tensor:
    """The formula with M×M matrices, safe against overflow and anchors without a positive."""
    scores = vectors @ vectors.T / TEMPERATURE
    scores = scores - scores.max(dim=1, keepdim=True).values.detach()
    others = 1 - torch.eye(len(labels), device=vectors.device)
    positives = (labels.unsqueeze(0) == labels.unsqueeze(1)).float() * others
    normaliser = (scores.exp() * others).sum(dim=1, keepdim=True).log()
    counts = positives.sum(dim=1)
    terms = -((scores - normaliser) * positives).sum(dim=1) / counts.clamp_min(1)
    return terms[counts > 0].mean()


def metric_learning(vectors: Tensor, labels: Tensor) -> Tensor:
    from pytorch_metric_learning.losses import SupConLoss

    return SupConLoss(TEMPERATURE)(vectors, labels)


def _others() -> dict[str, Contrast]:
    others = {"textbook SupCon": textbook}
    if find_spec("pytorch_metric_learning"):
        others["pytorch-metric-learning"] = metric_learning
    return others


def run_of(contrast: Contrast, count: int, device: str) -> Run:
    """A pass over random vectors with random labels."""
    torch.manual_seed(0)
    raw = torch.randn(count, WIDTH, device=device, requires_grad=True)
    labels = torch.randint(CLASSES, (count,), device=device)
    return forward_backward(
        lambda: contrast(functional.normalize(raw, dim=1), labels), [raw], device
    )


def check() -> None:
    """All exact ones give the same value and gradient."""
    torch.manual_seed(0)
    vectors = functional.normalize(torch.randn(300, WIDTH), dim=1).requires_grad_()
    labels = torch.randint(CLASSES, (300,))
    expected = exact(vectors, labels)
    (slope,) = torch.autograd.grad(expected, vectors)
    for contrast in _others().values():
        value = contrast(vectors, labels)
        torch.testing.assert_close(value, expected)
        # Some normalise the vectors again, which takes the slope along them away.
        (other,) = torch.autograd.grad(value, vectors)
        torch.testing.assert_close(_across(other, vectors), _across(slope, vectors))


def _across(slope: Tensor, vectors: Tensor) -> Tensor:
    return slope - (slope * vectors).sum(1, keepdim=True) * vectors


def cases(device: str, quick: bool) -> Iterator[Case]:
    for count in SIZES[: 1 if quick else None]:
        subjects = {name: partial(run_of, f, count, device) for name, f in _others().items()}
        ours = partial(run_of, exact, count, device)
        yield Case("contrast", f"M={count}", ours, subjects)
        for name, method in {"256 anchors": sampled, "prototypes": prototypes}.items():
            approximate = partial(run_of, method, count, device)
            yield Case(f"contrast, {name}", f"M={count}", approximate, {"ours, exact": ours})
    for count in ALONE[: 1 if quick else None]:
        ours = partial(run_of, exact, count, device)
        yield Case("contrast, growth", f"M={count}", ours, measures=("peak_mb",))
