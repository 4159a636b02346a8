"""How many code-switched views of a text, or how many models, have the same entities."""

from collections import Counter
from collections.abc import Callable
from random import Random

from clner.codeswitching.phrases import source_positions
from clner.codeswitching.switchable import switchable_target
from clner.lexicons.lexicon import Lexicon
from clner.tagging.predictions import Predictions
from clner.text.sentence import Sentence
from clner.text.spans import ScoredSpan

Place = tuple[int, int, str]


def agreement_of_views(
    found: list[list[ScoredSpan]],
    sentences: list[Sentence],
    lexicon: Lexicon,
    views: int,
    ratio: float,
    tag: Callable[[list[list[str]]], list[list[ScoredSpan]]],
) -> list[list[float]]:
    """Of each entity `found` in `sentences` the share (0..1) of code-switched views that have it.

    The tags of the sentences are what was found in them. In each of the `views` (1 or more) a
    phrase outside of these entities is replaced with probability `ratio` by `lexicon`, which leads
    from the language of the text; `tag` finds the entities of such token lists. Sentences without
    an entity are not tagged again.
    """
    asked = [number for number, own in enumerate(found) if own]
    switchables = switchable_target([sentences[number] for number in asked], lexicon, ratio)
    counts = [Counter() for _ in found]
    for view in range(views):
        rng = Random(view)
        drawn = [switchable.draw(rng) for switchable in switchables]
        seen = tag([sentence.tokens for sentence in drawn])
        for number, sentence, spans in zip(asked, drawn, seen, strict=True):
            counts[number].update(_places(spans, source_positions(sentence)))
    return [
        [count[span[:3]] / views for span in own] for own, count in zip(found, counts, strict=True)
    ]


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


def _places(spans: list[ScoredSpan], positions: list[int]) -> set[Place]:
    """Where the entities of a view stand in the text that it was made of.

    Those that hold a replaced word stand nowhere.
    """
    places = set()
    for start, end, kind, *_ in spans:
        own = positions[start:end]
        if own == [*range(own[0], own[0] + len(own))] and own[0] >= 0:
            places.add((own[0], own[-1] + 1, kind))
    return places
