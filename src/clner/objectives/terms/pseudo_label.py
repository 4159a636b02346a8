"""Cross-entropy on a teacher's tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clner.objectives.objective import Objective

if TYPE_CHECKING:
    from torch import Tensor

    from clner.objectives.objective import Project
    from clner.objectives.views import Views


class PseudoLabel(Objective):
    """Cross-entropy on a teacher's tags of trusted tokens, or the relations between these."""

    reads_teacher: ClassVar[bool] = True

    def loss(self, views: Views, project: Project) -> Tensor:
        from clner.objectives.views import class_loss

        return class_loss(views.scores, views.classes(views.pseudo))
