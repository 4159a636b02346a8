"""Cross-entropy on gold and projected labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from clner.objectives.objective import WEIGHT, Objective

if TYPE_CHECKING:
    from torch import Tensor

    from clner.objectives.objective import Project
    from clner.objectives.views import Views


class CrossEntropy(Objective):
    """Cross-entropy on gold and projected labels, of tags or of relations.

    Over the tagged tokens of all labelled views, or the cells between them, and by the number of
    these tokens. Padding and unlabelled text do not count.
    """

    weight: float = Field(1.0, ge=0, description=WEIGHT)

    def loss(self, views: Views, project: Project) -> Tensor:
        from clner.objectives.views import class_loss

        return class_loss(views.scores, views.classes(views.tags))
