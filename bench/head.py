"""The relation head, factored, beside the same mathematics with the vectors of all pairs."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from bench.gradients import forward_backward
from bench.measure import Case, Run
from clner.relations.head import RelationHead
from clner.relations.settings import TokenPairSettings

RELATIONS = 6
WIDTH = 768
SIZES = ((32, 32), (32, 64), (32, 128), (8, 256), (32, 256))
"""Sentences and words. The vectors of all pairs of 32 sentences of 256 words are 6 GB."""
KEPT = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**36)}
"""glibc keeps freed memory, which spares the wasteful most of their page faults."""
FULL = "N×N×H tensor"


def full_tensor(head: RelationHead, words: Tensor) -> Tensor:
    """The head's (R, N, N, C) logits of (R, N, H) words, by the formulas as they are written."""
    normal = functional.layer_norm(words, words.shape[-1:])
    scale, shift = head.scale(words), head.shift(words)
    pairs = scale.unsqueeze(1) * normal.unsqueeze(2) + shift.unsqueeze(1)
    row, column = (functional.pad(p(words), (0, 1), value=1.0) for p in (head.row, head.column))
    biaffine = torch.einsum("rip,cpq,rjq->rijc", row, head.biaffine, column)
    places = torch.arange(words.shape[1], device=words.device)
    reach = len(head.bias) // 2
    apart = (places - places.unsqueeze(1)).clamp(-reach, reach) + reach
    return head.scorer(pairs) + biaffine + head.bias[apart]


def factored(head: RelationHead, words: Tensor) -> Tensor:
    return head(words)


def run_of(compute, sentences: int, length: int, device: str, times: int = 1) -> Run:
    """`times` passes of one of the two over random words."""
    head = RelationHead(WIDTH, RELATIONS, TokenPairSettings()).to(device)
    words = torch.randn(sentences, length, WIDTH, device=device, requires_grad=True)
    once = forward_backward(partial(compute, head, words), [words, *head.parameters()], device)

    def run() -> None:
        for _ in range(times):
            once()

    return run


def check() -> None:
    """Both give the same logits and gradients."""
    torch.manual_seed(0)
    head = RelationHead(24, RELATIONS, TokenPairSettings(biaffine=5)).double().eval()
    for weights in head.parameters():
        torch.nn.init.normal_(weights)
    words = torch.randn(2, 20, 24, dtype=torch.float64, requires_grad=True)
    leaves = [words, *head.parameters()]
    direction = torch.randn(2, 20, 20, RELATIONS)
    results = [compute(head, words) for compute in (factored, full_tensor)]
    gradients = [torch.autograd.grad(result, leaves, direction) for result in results]
    torch.testing.assert_close(*results)
    torch.testing.assert_close(*gradients)


def cases(device: str, quick: bool) -> Iterator[Case]:
    for sentences, length in SIZES[: 1 if quick else None]:
        subjects = [partial(run_of, f, sentences, length, device) for f in (factored, full_tensor)]
        ours, other = subjects
        size = f"B={sentences} N={length}"
        yield Case("relation head", size, ours, {FULL: other})
        if device == "cpu" and sentences * length**2 <= 32 * 128**2:
            part = "relation head, memory kept by malloc"
            yield Case(part, size, ours, {FULL: other}, ("seconds",), KEPT)
    yield _growth(32, 16 if quick else 128, device)


def _growth(sentences: int, length: int, device: str) -> Case:
    """A grid of twice the words beside four grids: 1 is growth with the number of cells."""
    double = partial(run_of, factored, sentences, 2 * length, device)
    four = partial(run_of, factored, sentences, length, device, times=4)
    size = f"B={sentences} N={2 * length}"
    return Case(
        "relation head, growth", size, double, {f"ours, four times N={length}": four}, ("seconds",)
    )
