"""Relation contrast (mCL-NER, arXiv 2308.09073)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from clner.objectives.objective import Contrast

if TYPE_CHECKING:
    from torch import Tensor

    from clner.objectives.objective import Project
    from clner.objectives.views import Views


class RelationContrast(Contrast):
    """Token pairs of the same relation are positives, across all labelled views.

    `-1/|P(i)| Σ_p log softmax_{k≠i}(v_i·v_k/τ)_p`, v the normalised relation vectors of sampled
    cells of the grid; gold, projected and trusted pseudo-labels count alike. NONE, almost all of
    the cells, is sampled [ours].
    """

    head: ClassVar[str | None] = "token_pair"

    none: float = Field(1.0, ge=0, description="NONE pairs sampled per pair with a relation")
    pairs: int = Field(2048, ge=2, description="token pairs a batch at most")

    def loss(self, views: Views, project: Project) -> Tensor:
        from torch import unravel_index

        from clner.jobs import ranks
        from clner.objectives.sampling import balanced, drawn

        grid = views.classes(views.known_tags())
        relations = grid.flatten()
        cells = balanced(relations, self.none)
        cells = drawn(cells, self.pairs * ranks.share(len(cells), cells.device))
        vectors = views.relate(*unravel_index(cells, grid.shape))
        return self.contrast(project(vectors), relations[cells])
