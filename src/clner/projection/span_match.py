"""Projection by span match: the translation of each entity is looked for in the translation."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.fuzz import ratio

from clner.projection.arrival import Arrival, Loss, Outcome
from clner.projection.likeness import plain

_DISTANCE_WEIGHT = 0.01  # decides between places that match equally well


class Place(NamedTuple):
    """Target tokens that may be an entity: similarity 0..1, and worth, which counts distance."""

    start: int
    end: int
    score: float
    worth: float


def by_span_match(
    entities: list[str], positions: list[float], tokens: list[str], threshold: float
) -> list[Outcome]:
    """The best places for all entities together that do not overlap.

    `entities` are translated one by one, `positions` where they start in the source sentence (0
    its start, 1 its end), `tokens` the translated sentence. Texts are compared without spaces
    and case; a score is the similarity by edit operations, at least `threshold` (above 0, up to
    1). Of places that match equally well the one nearest to the position is taken.
    """
    words = [plain(token) for token in tokens]
    candidates = [
        list(_places(plain(entity), position, words, threshold))
        for entity, position in zip(entities, positions, strict=True)
    ]
    chosen = [max(places, key=lambda place: place.worth, default=None) for places in candidates]
    if _collide(chosen):
        chosen = _best_together(candidates, len(tokens))
    return [
        Arrival(place.start, place.end, place.score)
        if place
        else Loss("place taken by another entity" if places else "not found")
        for place, places in zip(chosen, candidates, strict=True)
    ]


def _places(entity: str, position: float, tokens: list[str], threshold: float) -> Iterator[Place]:
    # No window outside these lengths can reach the threshold.
    shortest = len(entity) * threshold / (2 - threshold)
    longest = len(entity) * (2 - threshold) / threshold
    for start in range(len(tokens)):
        text = ""
        for end in range(start + 1, len(tokens) + 1):
            text += tokens[end - 1]
            if len(text) > longest:
                break
            if not text or len(text) < shortest:
                continue
            score = ratio(entity, text) / 100
            if score >= threshold:
                distance = abs(start / len(tokens) - position)
                yield Place(start, end, score, score - _DISTANCE_WEIGHT * distance)


def _collide(places: list[Place | None]) -> bool:
    ordered = sorted(place for place in places if place)
    return any(right.start < left.end for left, right in pairwise(ordered))


def _best_together(candidates: list[list[Place]], length: int) -> list[Place | None]:
    """One place at most per entity, one entity at most per token, of the greatest total worth."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    options = [(e, place) for e, places in enumerate(candidates) for place in places]
    uses = np.zeros((len(candidates) + length, len(options)))
    for column, (e, place) in enumerate(options):
        uses[e, column] = 1
        uses[len(candidates) + place.start : len(candidates) + place.end, column] = 1
    solution = milp(
        -np.array([place.worth for _, place in options]),
        constraints=LinearConstraint(uses, ub=1),
        integrality=np.ones(len(options)),
        bounds=Bounds(0, 1),
    )
    chosen: list[Place | None] = [None] * len(candidates)
    for (e, place), taken in zip(options, solution.x, strict=True):
        if taken > 0.5:
            chosen[e] = place
    return chosen
