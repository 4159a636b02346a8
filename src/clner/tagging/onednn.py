"""Linear layers by oneDNN, which torch carries beside MKL.

torch multiplies float32 by MKL, which takes twice the time on CPUs that are not Intel's. The
results differ in the last digits.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from clner.tagging.linear import replace_linear


class OneDnnLinear(nn.Linear):
    """An nn.Linear with the same parameters, and a copy of them as oneDNN lays them out."""

    def __init__(self, layer: nn.Linear) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = layer.in_features, layer.out_features
        self.weight, self.bias = layer.weight, layer.bias
        self._weight = layer.weight.detach().to_mkldnn()
        self._bias = None if layer.bias is None else layer.bias.detach().to_mkldnn()

    def forward(self, values: Tensor) -> Tensor:
        return functional.linear(values.to_mkldnn(), self._weight, self._bias).to_dense()


def hasten(model: nn.Module) -> None:
    """Let oneDNN compute the linear layers of a model on the CPU, in place, if it is there.

    The model can be saved, but no longer be trained.
    """
    if torch.backends.mkldnn.is_available():
        replace_linear(model, OneDnnLinear)
