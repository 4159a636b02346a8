"""Label contrast (LCL of ConCNER, arXiv 2204.00796)."""

import torch
from torch import Tensor

from clner.objectives.base import IGNORED, Objective, Views, normalised, projection_head
from clner.objectives.contrast import supervised_contrast
from clner.objectives.settings import LabelContrastSettings

OUTSIDE = 0
"""Index of the tag O: always the first."""


class LabelContrast(Objective):
    """Tokens with the same tag are positives, whatever their sentence and language.

    `L_LCL = mean over anchors i with P(i) ≠ ∅ of -1/|P(i)| Σ_p log softmax_{k≠i}(h_i·h_k/τ)_p`,
    h the normalised token vectors. Padding and unlabelled tokens take no part. O, most of the
    tokens, is sampled: at most `outside` O tokens for each entity token of the batch [ours].
    """

    def __init__(self, settings: LabelContrastSettings, width: int) -> None:
        super().__init__()
        self.temperature = settings.temperature
        self.outside = settings.outside
        self.projection = projection_head(width, settings.projection)

    def forward(self, views: Views) -> Tensor:
        tagged = views.tags != IGNORED
        tags = views.tags[tagged]
        chosen = balanced(tags, self.outside)
        vectors = normalised(self.projection(views.tokens[tagged][chosen]))
        return supervised_contrast(vectors, tags[chosen], self.temperature)


def balanced(tags: Tensor, outside: float) -> Tensor:
    """Indices into (M,) `tags`: all entity tokens, and a random `outside` times as many of O."""
    entities = (tags != OUTSIDE).nonzero().squeeze(1)
    others = (tags == OUTSIDE).nonzero().squeeze(1)
    count = min(len(others), round(outside * len(entities)))
    drawn = others[torch.randperm(len(others), device=others.device)[:count]]
    return torch.cat([entities, drawn])
