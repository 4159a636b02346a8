"""Translation contrast (TCL of ConCNER, arXiv 2204.00796)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clner.objectives.objective import SentenceContrast

if TYPE_CHECKING:
    from torch import Tensor

    from clner.objectives.objective import Project
    from clner.objectives.views import Views


class TranslationContrast(SentenceContrast):
    """TCL: a sentence and its translation are positives, all others of the batch negatives.

    `L_TCL = -1/2N Σ_i log exp(z_i·z_p(i)/τ) / Σ_{k≠i} exp(z_i·z_k/τ)`, z the normalised sentence
    vectors, over the 2N source and translated rows that have their counterpart in the batch.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"source", "translation"})

    def loss(self, views: Views, project: Project) -> Tensor:
        rows = views.rows_of(self.needs)
        return self.contrast(project(self.sentences(views)[rows]), views.meaning[rows])
