"""Label contrast (LCL of ConCNER, arXiv 2204.00796)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from clner.objectives.objective import Contrast

if TYPE_CHECKING:
    from torch import Tensor

    from clner.objectives.objective import Project
    from clner.objectives.views import Views


class LabelContrast(Contrast):
    """LCL: tokens of the same tag are positives, whatever their sentence and language.

    `L_LCL = mean over anchors i with P(i) ≠ ∅ of -1/|P(i)| Σ_p log softmax_{k≠i}(h_i·h_k/τ)_p`,
    h the normalised token vectors. Padding and unlabelled tokens take no part. O, most of the
    tokens, is sampled [ours].
    """

    least_views: ClassVar[int] = 1
    reads_target: ClassVar[bool] = False

    outside: float = Field(
        1.0, ge=0, description="tokens tagged O sampled per entity token, so that O does not rule"
    )

    def loss(self, views: Views, project: Project) -> Tensor:
        from clner.objectives.sampling import balanced

        tags = views.tags.flatten()
        chosen = balanced(tags, self.outside)
        return self.contrast(project(views.tokens.flatten(0, 1)[chosen]), tags[chosen])
