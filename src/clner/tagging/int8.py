"""Linear layers in 8-bit integers.

Weights are rounded once, with a scale for each output; inputs as they come, with a scale for each
row, so that what is said of a word does not depend on the batch it is in. torch.ao.quantization is
deprecated, and torchao, which follows it, is fast on a CPU only behind `torch.compile`, which
compiles anew for new shapes: the product of integers under both is taken as it is.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from clner.tagging.linear import replace_linear

LARGEST = 127
"""Of a signed byte, either way."""
TINY = 1e-12


class Int8Linear(nn.Module):
    """Nearly an nn.Linear: (…, inputs) float32 to (…, outputs) float32."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        weight, scale = rounded(layer.weight.detach())
        self.register_buffer("weight", weight.t())
        self.register_buffer("scale", scale.squeeze(1))
        self.register_buffer("bias", None if layer.bias is None else layer.bias.detach())

    def forward(self, values: Tensor) -> Tensor:
        rows, scale = rounded(values.flatten(0, -2))
        products = torch._int_mm(rows, self.weight).float().mul_(scale).mul_(self.scale)
        if self.bias is not None:
            products.add_(self.bias)
        return products.view(*values.shape[:-1], -1)


def rounded(values: Tensor) -> tuple[Tensor, Tensor]:
    """(R, C) floats as (R, C) int8 and (R, 1) scales whose product is near them."""
    scale = values.abs().amax(1, keepdim=True).clamp_min(TINY) / LARGEST
    return (values / scale).round_().to(torch.int8), scale


def quantise(model: nn.Module) -> None:
    """Replace all linear layers of a model, in place; it can no longer be trained."""
    replace_linear(model, Int8Linear)
