"""One pass forward and backward, as training makes it."""

from collections.abc import Callable

import torch
from torch import Tensor

from bench.measure import Run


def forward_backward(compute: Callable[[], Tensor], leaves: list[Tensor], device: str) -> Run:
    """A run of `compute` and of its gradients for `leaves`; in bfloat16 autocast on a GPU."""

    def run() -> None:
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            result = compute()
        torch.autograd.grad(result, leaves, torch.ones_like(result))

    return run
