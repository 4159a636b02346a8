"""Weights and settings of every objective; readable without importing torch.

An objective of weight 0 is not computed. Which values are a paper's and which are ours:
docs/methods.md; the defaults of contrasts are [ours] unless said otherwise.
"""

from pydantic import Field, model_validator

from clner.stage import Settings

_WEIGHT = "weight of this term in the sum; 0 leaves it out"
_TEMPERATURE = "temperature: cosines are divided by it"


class CrossEntropySettings(Settings):
    """Cross-entropy on gold and projected tags."""

    weight: float = Field(1.0, ge=0, description=_WEIGHT)


class ContrastSettings(Settings):
    """What the contrasts share."""

    weight: float = Field(0.0, ge=0, description=_WEIGHT)
    temperature: float = Field(0.1, gt=0, description=_TEMPERATURE)
    projection: int = Field(
        0, ge=0, description="width of a two-layer projection head before the contrast; 0: none"
    )


class TranslationContrastSettings(ContrastSettings):
    """ConCNER's TCL: a sentence and its translation against all others of the batch."""


class LabelContrastSettings(ContrastSettings):
    """ConCNER's LCL: tokens of the same tag against all others of the batch."""

    outside: float = Field(
        1.0, ge=0, description="tokens tagged O sampled per entity token, so that O does not rule"
    )


class MeanSquaredErrorSettings(Settings):
    """Distillation: squared distance of the student's and the teacher's distributions."""

    weight: float = Field(0.0, ge=0, description=_WEIGHT)


class DivergenceSettings(Settings):
    """Distillation: KL divergence of the teacher's from the student's distribution."""

    weight: float = Field(0.0, ge=0, description=_WEIGHT)
    temperature: float = Field(2.0, gt=0, description="softens both distributions")


class PseudoLabelSettings(Settings):
    """Cross-entropy on the teacher's tags (hard pseudo-labels)."""

    weight: float = Field(0.0, ge=0, description=_WEIGHT)


class LabelledObjectives(Settings):
    """Objectives that need labelled views only."""

    cross_entropy: CrossEntropySettings = Field(
        CrossEntropySettings(), description="cross-entropy on gold and projected tags"
    )
    translation_contrast: TranslationContrastSettings = Field(
        TranslationContrastSettings(), description="TCL: sentence against its translation"
    )
    label_contrast: LabelContrastSettings = Field(
        LabelContrastSettings(), description="LCL: tokens of the same tag"
    )

    @model_validator(mode="after")
    def _some_weight(self) -> "LabelledObjectives":
        if all(getattr(self, name).weight == 0 for name in type(self).model_fields):
            raise ValueError("every weight is 0; one objective at least needs a positive weight")
        return self


class StudentObjectives(LabelledObjectives):
    """The same, and those that read a teacher's distributions on target text."""

    mean_squared_error: MeanSquaredErrorSettings = Field(
        MeanSquaredErrorSettings(weight=1.0), description="MSE on probabilities [paper: ConCNER]"
    )
    divergence: DivergenceSettings = Field(
        DivergenceSettings(), description="KL divergence at a temperature"
    )
    pseudo_label: PseudoLabelSettings = Field(
        PseudoLabelSettings(), description="cross-entropy on hard pseudo-labels"
    )
