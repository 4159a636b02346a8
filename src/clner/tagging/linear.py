"""Linear layers computed otherwise: what replaces them in a model."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn


def replace_linear(model: nn.Module, replacement: Callable[[nn.Linear], nn.Module]) -> None:
    """Put `replacement(layer)` in the place of each linear layer below `model`, in place."""
    for parent in list(model.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, nn.Linear):
                setattr(parent, name, replacement(layer))
