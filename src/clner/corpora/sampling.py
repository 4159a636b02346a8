"""Low-resource samples of a corpus: seeded, nested, in the order of the corpus."""

import logging
import random
from typing import TypeVar

from pydantic import Field, model_validator

from clner.stage import Settings
from clner.text.sentence import Sentence
from clner.text.tags import spans_of

logger = logging.getLogger(__name__)

T = TypeVar("T")


class SampleSettings(Settings):
    """How much of the train split is used; everything if neither size is set."""

    fraction: float | None = Field(None, gt=0, le=1, description="share of the sentences")
    per_type: int | None = Field(
        None, ge=1, description="sentences for each entity type, and no other sentences"
    )
    seed: int = Field(0, ge=0, description="which sample: a larger one contains a smaller one")

    @model_validator(mode="after")
    def _one_size(self) -> "SampleSettings":
        if self.fraction is not None and self.per_type is not None:
            raise ValueError("fraction and per_type are both set: choose one")
        return self


def sample(sentences: list[Sentence], settings: SampleSettings) -> list[Sentence]:
    """The sample of labelled sentences that `settings` describe, at least one sentence."""
    if settings.fraction is not None:
        count = max(1, round(settings.fraction * len(sentences)))
        return draw(sentences, count, settings.seed)
    if settings.per_type is not None:
        return _draw_per_type(sentences, settings.per_type, settings.seed)
    return sentences


def draw(sentences: list[T], count: int, seed: int) -> list[T]:
    """`count` sentences, or all if there are fewer, in their order."""
    return [sentences[position] for position in sorted(_shuffled(len(sentences), seed)[:count])]


def _draw_per_type(sentences: list[Sentence], count: int, seed: int) -> list[Sentence]:
    # For each type the first `count` sentences of one order, whatever the other types have
    # already brought: stopping early on those would break the nesting.
    holders: dict[str, list[int]] = {}
    for position in _shuffled(len(sentences), seed):
        for kind in sorted({span.type for span in spans_of(sentences[position].tags)}):
            holders.setdefault(kind, []).append(position)
    for kind, positions in sorted(holders.items()):
        if len(positions) < count:
            logger.info("only %d sentences have a %s, all are taken", len(positions), kind)
    chosen = {position for positions in holders.values() for position in positions[:count]}
    return [sentences[position] for position in sorted(chosen)]


def _shuffled(length: int, seed: int) -> list[int]:
    # random.random() is the one method that Python keeps the same in every version.
    draws = random.Random(seed)
    keys = [draws.random() for _ in range(length)]
    return sorted(range(length), key=keys.__getitem__)
