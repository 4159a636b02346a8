"""What the processes of one training, one a GPU, tell each other.

A training by one process, which is the usual one, has nothing to tell: all functions then return
what they are given, or 1. The others are collective: every rank has to call them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import torch
    from torch import Tensor

T = TypeVar("T")

SPARING = "CLNER_SPARING_MEMORY"
"""Set in the environment of ranks that are started again because one ran out of memory."""


def is_first() -> bool:
    """Whether this process is the one that writes; known before the ranks are connected."""
    return os.environ.get("RANK", "0") == "0"


def sparing() -> bool:
    """Whether the ranks were started again because one of them ran out of memory."""
    return SPARING in os.environ


def size() -> int:
    """The number of ranks."""
    from torch import distributed

    connected = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if connected else 1


def joined(rows: Tensor) -> Tensor:
    """The (M, ...) rows of all ranks, one rank after another: (ΣM, ...).

    M may differ and be 0. The gradient of a rank's rows is the sum of what all ranks ask for.
    """
    import torch
    from torch.distributed.nn.functional import all_gather

    if size() == 1:
        return rows
    counts = [int(count) for count in _gathered(len(rows), rows.device)]
    padding = rows.new_zeros(max(counts) - len(rows), *rows.shape[1:])
    padded = all_gather(torch.cat([rows, padding]))
    return torch.cat([own[:count] for own, count in zip(padded, counts, strict=True)])


def apart(numbers: Tensor) -> Tensor:
    """(M,) int64 from 0, made unlike those of all other ranks; equal ones stay equal."""
    from torch import distributed

    return numbers if size() == 1 else numbers * size() + distributed.get_rank()


def share(count: int | Tensor, device: torch.device) -> float:
    """This rank's part of the sum of all ranks' counts, 0 to 1; where the sum is 0, 1 / size."""
    if size() == 1:
        return 1.0
    counts = _gathered(count, device)
    total = counts.sum().item()
    return float(count) / total if total else 1 / size()


def mean(value: float, device: torch.device) -> float:
    """The mean of all ranks' values."""
    return value if size() == 1 else _gathered(value, device).mean().item()


def from_first(value: T) -> T:
    """The value that the first rank has."""
    from torch import distributed

    values = [value]
    if size() > 1:
        distributed.broadcast_object_list(values)
    return values[0]


def _gathered(value: float | Tensor, device: torch.device) -> Tensor:
    """(size,) float64: the number that each rank has."""
    import torch
    from torch import distributed

    own = torch.as_tensor(value, dtype=torch.float64, device=device)
    every = [torch.empty_like(own) for _ in range(size())]
    distributed.all_gather(every, own)
    return torch.stack(every)
