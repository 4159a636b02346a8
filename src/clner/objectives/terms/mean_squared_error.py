"""Distillation by mean squared error (L_KD of ConCNER, arXiv 2204.00796)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from clner.objectives.objective import WEIGHT, Objective

if TYPE_CHECKING:
    from torch import Tensor

    from clner.objectives.objective import Project
    from clner.objectives.views import Views


class MeanSquaredError(Objective):
    """Distillation: squared distance of the student's and the teacher's distributions of tags.

    `L_KD` of ConCNER: mean over trusted tokens of ||softmax(s) - t||², t the teacher's. The
    distribution of a student with a grid of relations is the marginal of its spans.
    """

    reads_teacher: ClassVar[bool] = True

    weight: float = Field(1.0, ge=0, description=WEIGHT)

    def loss(self, views: Views, project: Project) -> Tensor:
        from clner.objectives.views import mean_or_zero

        logits = views.tag_logits()
        student = logits[views.trusted].softmax(-1)
        squares = (student - views.soft[views.trusted]).square().sum(-1)
        return mean_or_zero(squares, logits)
