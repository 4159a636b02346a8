"""A tagger under its objectives: what the Trainer trains."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from clner.jobs import ranks
from clner.objectives.objective import Objectives
from clner.objectives.views import Views, projection
from clner.tagging.model import read
from clner.tagging.windows import sentence_vectors


class Learner(nn.Module):
    """A tagger and the objectives it is trained for; `forward` gives the loss and its terms."""

    # Of each batch the loss is a mean: the Trainer has to divide it where it accumulates.
    accepts_loss_kwargs = False

    def __init__(self, tagger: PreTrainedModel, objectives: Objectives) -> None:
        super().__init__()
        self.tagger = tagger
        self.objectives = objectives.active()
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
            sentences=sentence_vectors(reading.hidden, words < mask.shape[1]),
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
        weighted = [self.objectives[name].weight * term for name, term in terms.items()]
        detached = {name: term.detach() for name, term in terms.items()}
        return {
            "loss": torch.stack(weighted).sum(),
            "sentences": views.sentences.detach(),
        } | detached
