"""Translation contrast (TCL of ConCNER, arXiv 2204.00796)."""

from torch import Tensor

from clner.objectives.base import Objective, Views, normalised, projection_head
from clner.objectives.contrast import supervised_contrast
from clner.objectives.settings import TranslationContrastSettings


class TranslationContrast(Objective):
    """A sentence and its translation are positives, all other sentences of the batch negatives.

    `L_TCL = -1/2N Σ_i log exp(z_i·z_p(i)/τ) / Σ_{k≠i} exp(z_i·z_k/τ)`, z the normalised sentence
    vectors, over the 2N rows that have a counterpart in the batch. With more than two views of a
    sentence, all of them are positives of each other.

    | view        | used for              |
    |-------------|-----------------------|
    | source      | anchor and positive   |
    | translation | anchor and positive   |
    | codeswitch  | anchor and positive   |
    """

    def __init__(self, settings: TranslationContrastSettings, width: int) -> None:
        super().__init__()
        self.temperature = settings.temperature
        self.projection = projection_head(width, settings.projection)

    def forward(self, views: Views) -> Tensor:
        sentences = normalised(self.projection(views.sentences))
        return supervised_contrast(sentences, views.meaning, self.temperature)
