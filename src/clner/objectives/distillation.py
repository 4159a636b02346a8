"""Distillation of a teacher's distributions and tags on target text."""

import torch
from torch import Tensor
from torch.nn.functional import kl_div, log_softmax, softmax

from clner.objectives.base import Objective, Views, mean_or_zero
from clner.objectives.cross_entropy import tag_loss
from clner.objectives.settings import (
    DivergenceSettings,
    MeanSquaredErrorSettings,
    PseudoLabelSettings,
)

TINY = 1e-8
"""Below it a teacher's probability counts as it: its logarithm has to exist."""


class MeanSquaredError(Objective):
    """`L_KD` of ConCNER: mean over trusted tokens of ||softmax(s) - t||², t the teacher's."""

    def __init__(self, settings: MeanSquaredErrorSettings, width: int) -> None:
        super().__init__()

    def forward(self, views: Views) -> Tensor:
        student = softmax(views.logits[views.trusted], dim=-1)
        squares = (student - views.soft[views.trusted]).square().sum(-1)
        return mean_or_zero(squares, views.logits)


class Divergence(Objective):
    """`θ² KL(t_θ ‖ s_θ)`, mean over trusted tokens, both distributions softened by θ.

    The teacher's distribution at θ is recovered from its stored one at 1: softmax(log t / θ).
    """

    def __init__(self, settings: DivergenceSettings, width: int) -> None:
        super().__init__()
        self.temperature = settings.temperature

    def forward(self, views: Views) -> Tensor:
        stored = views.soft[views.trusted].clamp_min(TINY)
        teacher = log_softmax(torch.log(stored) / self.temperature, dim=-1)
        student = log_softmax(views.logits[views.trusted] / self.temperature, dim=-1)
        divergences = kl_div(student, teacher, reduction="none", log_target=True).sum(-1)
        return mean_or_zero(divergences * self.temperature**2, views.logits)


class PseudoLabel(Objective):
    """Cross-entropy on the teacher's tags of trusted tokens."""

    def __init__(self, settings: PseudoLabelSettings, width: int) -> None:
        super().__init__()

    def forward(self, views: Views) -> Tensor:
        return tag_loss(views.logits, views.pseudo)
