"""What an objective is: its settings, what it needs, and the loss that it computes.

The modules of objectives are read by the configuration too, hence without importing torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from clner.stage import Settings

if TYPE_CHECKING:
    from torch import Tensor

    from clner.objectives.views import Views

    Project = Callable[[Tensor], Tensor]

WEIGHT = "weight of this term in the sum; 0 leaves it out"

Pooling = Literal["mean", "max", "first", "context"]
"""How subwords make a sentence's vector: see `Views.sentences`."""


class Objective(Settings):
    """A term of the loss. One of weight 0 is not computed."""

    needs: ClassVar[frozenset[str]] = frozenset()
    """Labelled views without which it has nothing to compare."""
    least_views: ClassVar[int] = 0
    """How many views of a sentence it needs at least."""
    reads_target: ClassVar[bool] = True
    """Whether views of target text count among them."""
    head: ClassVar[str | None] = None
    """The one head that it works with; None: any."""
    reads_teacher: ClassVar[bool] = False
    """Whether it reads a teacher's predictions: for students only."""

    weight: float = Field(0.0, ge=0, description=WEIGHT)
    warmup: float = Field(
        0.0, ge=0, le=1, description="share of the training over which the weight rises from 0"
    )

    def weight_at(self, progress: float) -> float:
        """The weight where `progress`, from 0 to 1, of the training is done."""
        return self.weight * min(1.0, progress / self.warmup) if self.warmup else self.weight

    def loss(self, views: Views, project: Project) -> Tensor:
        """The scalar loss of a batch; where several processes train, their mean is that of all.

        `project` is the learned projection of `projected` dimensions, the identity where that is
        0. An objective that finds nothing to compare returns an exact zero that has a gradient
        path.
        """
        raise NotImplementedError

    @property
    def projected(self) -> int:
        """Width of the projection that the model learns for this objective; 0: none."""
        return 0

    def fault(self, labelled: set[str], target: set[str], head: str) -> str | None:
        """What this objective lacks in a training, if anything.

        `labelled` are the views of source sentences, `target` those of target text, which never
        say the same thing; `head` is the tagger's.
        """
        if self.head not in (None, head):
            return f"works with head = {self.head!r} only, not {head!r}"
        missing = sorted(self.needs - labelled)
        if missing:
            return f"needs {' and '.join(missing)} among the views"
        if max(len(labelled), len(target) if self.reads_target else 0) < self.least_views:
            kind = "views" if self.reads_target else "labelled view"
            return f"needs {self.least_views} {kind} of a sentence"
        return None


class Contrast(Objective):
    """What the contrasts share: the formula is `supervised_contrast`'s."""

    temperature: float = Field(0.1, gt=0, description="cosines are divided by it")
    projection: int = Field(
        0, ge=0, description="width of a two-layer projection before the contrast; 0: none"
    )
    method: Literal["exact", "prototypes", "sampled"] = Field(
        "exact",
        description="exact; against means of classes; or exact terms of a sample of the anchors",
    )
    anchors: int = Field(256, ge=1, description="anchors a batch at most, where they are sampled")

    @property
    def projected(self) -> int:
        return self.projection

    def contrast(self, vectors: Tensor, labels: Tensor) -> Tensor:
        """The contrast of (M, d) vectors, of any length, with (M,) labels, by the method set.

        Where several processes train, all vectors are compared with those of all.
        """
        from clner.jobs import ranks
        from clner.objectives import contrast
        from clner.objectives.views import normalised

        unit, labels = ranks.joined(normalised(vectors)), ranks.joined(labels)
        if self.method == "prototypes":
            return contrast.prototype_contrast(unit, labels, self.temperature)
        if self.method == "sampled":
            return contrast.sampled_contrast(unit, labels, self.temperature, self.anchors)
        return contrast.supervised_contrast(unit, labels, self.temperature)


class SentenceContrast(Contrast):
    """A contrast of sentence vectors."""

    layer: int = Field(
        -1, description="which layer's vectors: -1 the last's, 0 what the first one reads"
    )
    pooling: Pooling = Field(
        "mean",
        description="a sentence's vector: mean or max of its subwords', the mean of its context "
        "(subwords of no entity), or the first, which is of no token",
    )

    def sentences(self, views: Views) -> Tensor:
        """(R, H) float: the vectors of a batch's rows."""
        return views.sentences(self.layer, self.pooling)


class Objectives(Settings):
    """A weighted sum of objectives; its fields are theirs."""

    @model_validator(mode="after")
    def _some_weight(self) -> Objectives:
        if not self.active():
            raise ValueError("every weight is 0; one objective at least needs a positive weight")
        return self

    def active(self) -> dict[str, Objective]:
        """The objectives of positive weight, by name."""
        every = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: objective for name, objective in every.items() if objective.weight > 0}
