"""How many code-switched views of a text, or how many models, have the same entities."""

from collections import Counter
from collections.abc import Callable
from random import Random

from clner.codeswitching.phrases import source_positions
from clner.codeswitching.switchable import Switchable
from clner.tagging.predictions import Predictions
from clner.text.spans import ScoredSpan


def agreement_of_views(
    found: list[list[ScoredSpan]],
    switchables: list[Switchable],
    views: int,
    tag: Callable[[list[list[str]]], list[list[ScoredSpan]]],
) -> list[list[float]]:
    """Of each entity `found` in a text the share (0..1) of its code-switched views that have it.

    `switchables` are the sentences of the text, from each of which as many `views` (1 or more) are
    drawn; `tag` finds the entities of such token lists. An entity counts where its own words still
    stand. A sentence that has no phrase to switch agrees with itself and is not tagged again.
    """
    asked = [n for n, own in enumerate(found) if own and any(switchables[n].phrases.values())]
    shares = [[1.0] * len(own) for own in found]
    counts = {number: Counter() for number in asked}
    for view in range(views):
        rng = Random(view)
        drawn = [switchables[number].draw(rng) for number in asked]
        seen = tag([sentence.tokens for sentence in drawn])
        for number, sentence, spans in zip(asked, drawn, seen, strict=True):
            counts[number].update(_places(spans, source_positions(sentence)))
    for number in asked:
        shares[number] = [counts[number][span[:3]] / views for span in found[number]]
    return shares


def agreement_of_models(
    found: list[list[ScoredSpan]], told: list[Predictions]
) -> list[list[float]]:
    """Of each entity `found` its mean agreement in what several models told of the same sentences.

    A model that does not find an entity, there and of that type, counts as 0.
    """
    shares = []
    for number, own in enumerate(found):
        sums = Counter()
        for one in told:
            for span, agreement in zip(one.spans[number], one.agreement[number], strict=True):
                sums[span[:3]] += agreement
        shares.append([sums[span[:3]] / len(told) for span in own])
    return shares


def _places(spans: list[ScoredSpan], positions: list[int]) -> set[tuple[int, int, str]]:
    """Where the entities of a view stand in the text that it was made of: start, end and type.

    Those that hold a replaced word (its position is -1) stand nowhere.
    """
    return {
        (positions[start], positions[end - 1] + 1, kind)
        for start, end, kind, _ in spans
        if min(positions[start:end]) >= 0
    }
