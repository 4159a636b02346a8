"""What a projection says of one entity."""

from itertools import combinations
from typing import NamedTuple


class Arrival(NamedTuple):
    """An entity that arrived: target tokens `start` to `end` (exclusive), `score` in 0..1.

    What is no `name` there, as the target language writes names, becomes no entity.
    """

    start: int
    end: int
    score: float
    name: bool = True


class Loss(NamedTuple):
    """An entity that did not arrive, and why."""

    reason: str


Outcome = Arrival | Loss


def overlap(one: Arrival, other: Arrival) -> bool:
    """Whether two places share a token."""
    return one.start < other.end and other.start < one.end


def best_apart(outcomes: list[Outcome], loss: Loss) -> list[Outcome]:
    """`outcomes` with `loss` for each place that overlaps one of a higher score that stays.

    Of places with equal scores the earlier in the list stays.
    """
    kept: list[int] = []
    numbers = (n for n, outcome in enumerate(outcomes) if isinstance(outcome, Arrival))
    for number in sorted(numbers, key=lambda n: -outcomes[n].score):
        if not any(overlap(outcomes[number], outcomes[other]) for other in kept):
            kept.append(number)
    return [
        loss if isinstance(outcome, Arrival) and n not in kept else outcome
        for n, outcome in enumerate(outcomes)
    ]


def none_overlapping(outcomes: list[Outcome], loss: Loss) -> list[Outcome]:
    """`outcomes` with `loss` for all places that overlap another."""
    arrivals = {n: outcome for n, outcome in enumerate(outcomes) if isinstance(outcome, Arrival)}
    crossed = {
        n
        for pair in combinations(arrivals, 2)
        if overlap(arrivals[pair[0]], arrivals[pair[1]])
        for n in pair
    }
    return [loss if n in crossed else outcome for n, outcome in enumerate(outcomes)]
