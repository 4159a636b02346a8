"""Cross-entropy on tags."""

from torch import Tensor
from torch.nn.functional import cross_entropy

from clner.objectives.base import IGNORED, Objective, Views, mean_or_zero
from clner.objectives.settings import CrossEntropySettings


class CrossEntropy(Objective):
    """Mean over tagged tokens of all labelled views. Padding and unlabelled text do not count."""

    def __init__(self, settings: CrossEntropySettings, width: int) -> None:
        super().__init__()

    def forward(self, views: Views) -> Tensor:
        return tag_loss(views.logits, views.tags)


def tag_loss(logits: Tensor, tags: Tensor) -> Tensor:
    """Mean cross-entropy of (R, N, T) logits over the tokens of (R, N) tags that have one."""
    tagged = tags != IGNORED
    losses = cross_entropy(logits[tagged], tags[tagged], reduction="none")
    return mean_or_zero(losses, logits)
