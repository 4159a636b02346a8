"""What a projection says of one entity."""

from typing import NamedTuple


class Arrival(NamedTuple):
    """An entity that arrived: target tokens `start` to `end` (exclusive), `score` in 0..1."""

    start: int
    end: int
    score: float


class Loss(NamedTuple):
    """An entity that did not arrive, and why."""

    reason: str


Outcome = Arrival | Loss
