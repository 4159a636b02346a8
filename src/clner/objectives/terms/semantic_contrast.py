"""Semantic contrast (mCL-NER, arXiv 2308.09073)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clner.objectives.objective import SentenceContrast

if TYPE_CHECKING:
    from torch import Tensor

    from clner.objectives.objective import Project
    from clner.objectives.views import Views


class SemanticContrast(SentenceContrast):
    """Sentences of the same meaning are positives, in all views, code-switched ones too.

    The formula of the translation contrast over the rows of every view: a source sentence, its
    code-switched form and its translation; in students also a pseudo-labelled target sentence
    and its code-switched form [ours]. A row without a counterpart in the batch is a negative of
    the others.
    """

    least_views: ClassVar[int] = 2

    def loss(self, views: Views, project: Project) -> Tensor:
        return self.contrast(project(self.sentences(views)), views.meaning)
