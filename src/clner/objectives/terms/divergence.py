"""Distillation by KL divergence at a temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from clner.objectives.objective import Objective

if TYPE_CHECKING:
    from torch import Tensor

    from clner.objectives.objective import Project
    from clner.objectives.views import Views

TINY = 1e-8
"""Below it a teacher's probability counts as it: its logarithm has to exist."""


class Divergence(Objective):
    """Distillation: KL divergence of the student's from the teacher's distribution of tags.

    `θ² KL(t_θ ‖ s_θ)`, mean over trusted tokens, both distributions softened by θ. The teacher's
    distribution at θ is recovered from its stored one at 1: softmax(log t / θ).
    """

    reads_teacher: ClassVar[bool] = True

    temperature: float = Field(2.0, gt=0, description="softens both distributions")

    def loss(self, views: Views, project: Project) -> Tensor:
        from torch.nn.functional import kl_div

        from clner.objectives.views import mean_or_zero

        logits = views.tag_logits()
        stored = views.soft[views.trusted].clamp_min(TINY).log()
        teacher = (stored / self.temperature).log_softmax(-1)
        student = (logits[views.trusted] / self.temperature).log_softmax(-1)
        divergences = kl_div(student, teacher, reduction="none", log_target=True).sum(-1)
        return mean_or_zero(divergences * self.temperature**2, logits)
