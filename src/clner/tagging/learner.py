"""A tagger under its objectives: what the Trainer trains."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from clner.errors import ClnerError
from clner.jobs import ranks
from clner.objectives.objective import Objectives, SentenceContrast
from clner.objectives.views import Views, projection
from clner.tagging.model import read


class Learner(nn.Module):
    """A tagger and the objectives it is trained for; `forward` gives the loss and its terms.

    Raises ClnerError where an objective compares vectors of a layer that the encoder lacks.
    """

    # Of each batch the loss is a mean: the Trainer has to divide it where it accumulates.
    accepts_loss_kwargs = False

    def __init__(self, tagger: PreTrainedModel, objectives: Objectives) -> None:
        super().__init__()
        self.tagger = tagger
        self.objectives = objectives.active()
        self.progress = 0.0
        """How much of the training is done, from 0 to 1; the Trainer says it."""
        for name, term in self.objectives.items():
            if isinstance(term, SentenceContrast):
                _check_layer(name, term.layer, tagger.config.num_hidden_layers)
        width = tagger.config.hidden_size
        self.projections = nn.ModuleDict(
            {name: projection(width, term.projected) for name, term in self.objectives.items()}
        )

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        words: Tensor,
        firsts: Tensor,
        mask: Tensor,
        meaning: Tensor,
        **labels: Tensor,
    ) -> dict[str, Tensor]:
        """`loss` with a gradient, each term by its name, unweighted, and `sentences` (R, H).

        All but the loss are without a gradient. The arguments are what a Collator makes.
        """
        batch = {"input_ids": input_ids, "attention_mask": attention_mask}
        batch |= {"words": words, "firsts": firsts, "mask": mask}
        reading = read(self.tagger, batch)
        views = Views(
            tokens=reading.tokens,
            layers=reading.layers,
            words=words,
            scores=reading.scores,
            relate=reading.relate,
            mask=mask,
            meaning=ranks.apart(meaning),
            **labels,
        )
        terms = {
            name: objective.loss(views, self.projections[name])
            for name, objective in self.objectives.items()
        }
        weighted = [
            self.objectives[name].weight_at(self.progress) * term for name, term in terms.items()
        ]
        detached = {name: term.detach() for name, term in terms.items()}
        return {
            "loss": torch.stack(weighted).sum(),
            "sentences": views.sentences().detach(),
        } | detached


def _check_layer(name: str, layer: int, layers: int) -> None:
    if not -layers - 1 <= layer <= layers:
        raise ClnerError(
            f"objectives.{name}.layer = {layer}: the encoder has {layers}; take one from 0 to "
            f"{layers}, or from the end, -1 to {-layers - 1}"
        )
