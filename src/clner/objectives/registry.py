"""Objectives by the name of their settings."""

from torch import nn

from clner.objectives.cross_entropy import CrossEntropy
from clner.objectives.distillation import Divergence, MeanSquaredError, PseudoLabel
from clner.objectives.label_contrast import LabelContrast
from clner.objectives.settings import LabelledObjectives
from clner.objectives.translation_contrast import TranslationContrast

OBJECTIVES = {
    "cross_entropy": CrossEntropy,
    "translation_contrast": TranslationContrast,
    "label_contrast": LabelContrast,
    "mean_squared_error": MeanSquaredError,
    "divergence": Divergence,
    "pseudo_label": PseudoLabel,
}


def weighted_objectives(
    settings: LabelledObjectives, width: int
) -> tuple[nn.ModuleDict, dict[str, float]]:
    """The objectives of positive weight for vectors of `width`, and their weights, by name."""
    weights = {
        name: getattr(settings, name).weight
        for name in type(settings).model_fields
        if getattr(settings, name).weight > 0
    }
    chosen = {name: OBJECTIVES[name](getattr(settings, name), width) for name in weights}
    return nn.ModuleDict(chosen), weights
