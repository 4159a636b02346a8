"""Projection by span match: the translation of each entity is looked for in the translation.

Entities spelt alike share their places. Where the nearest places of some entities collide, it is
settled for all that compete with them which places are taken, by integer programming, and then
which entity of a spelling gets which.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz.fuzz import ratio

from clner.projection.arrival import Arrival, Loss, Outcome
from clner.projection.likeness import plain

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_DISTANCE_WEIGHT = 0.01  # decides between places that match equally well
_MOST_PLACES = 5000  # that are settled together


class Spelling(NamedTuple):
    """The E entities of one spelling and the P places where they may be.

    `entities` (E,): their numbers. `places` (P, 2): first token and end (exclusive). `scores`
    (P,): similarity 0..1. `distances` (E, P): from where an entity is in its sentence, 0..1.
    """

    entities: np.ndarray
    places: np.ndarray
    scores: np.ndarray
    distances: np.ndarray


def by_span_match(
    entities: list[str], positions: list[float], tokens: list[str], threshold: float
) -> list[Outcome]:
    """The best places for all entities together that do not overlap.

    `entities` are translated one by one, `positions` where they start in the source sentence (0
    its start, 1 its end), `tokens` the translated sentence. Texts are compared without spaces
    and case; a score is the similarity by edit operations, at least `threshold` (above 0, up to
    1). Of places that match equally well the one nearest to the position is taken; of more than
    5,000 that entities compete for the best of each spelling are considered.
    """
    words = [plain(token) for token in tokens]
    wanted: dict[str, list[int]] = {}
    for number, entity in enumerate(entities):
        wanted.setdefault(plain(entity), []).append(number)
    spellings = [
        _spelling(name, np.array(own), np.array(positions)[own], words, threshold)
        for name, own in wanted.items()
    ]
    outcomes: list[Outcome] = [Loss("not found")] * len(entities)
    for cluster in _clusters([each for each in spellings if len(each.places)], len(tokens)):
        chosen = [_nearest(each) for each in cluster]
        if _collide(cluster, chosen):
            chosen = _best_together(cluster, len(tokens))
        for each, own in zip(cluster, chosen, strict=True):
            for number, place in zip(each.entities.tolist(), own.tolist(), strict=True):
                outcomes[number] = _outcome(each, place)
    return outcomes


def _spelling(
    name: str, entities: np.ndarray, positions: np.ndarray, words: list[str], threshold: float
) -> Spelling:
    found = np.array(list(_places(name, words, threshold))).reshape(-1, 3)
    places = found[:, :2].astype(int)
    distances = np.abs(places[:, 0] / max(len(words), 1) - positions[:, None])
    return Spelling(entities, places, found[:, 2], distances)


def _places(name: str, words: list[str], threshold: float) -> Iterator[tuple[int, int, float]]:
    # No window outside these lengths can reach the threshold.
    shortest = len(name) * threshold / (2 - threshold)
    longest = len(name) * (2 - threshold) / threshold
    for start in range(len(words)):
        text = ""
        for end in range(start + 1, len(words) + 1):
            text += words[end - 1]
            if len(text) > longest:
                break
            if not text or len(text) < shortest:
                continue
            score = ratio(name, text) / 100
            if score >= threshold:
                yield start, end, score


def _clusters(spellings: list[Spelling], length: int) -> list[list[Spelling]]:
    """Those spellings together that compete for tokens, directly or through others."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    held = [_held(each.places)[1] for each in spellings]
    owners = np.repeat(np.arange(len(spellings)), list(map(len, held)))
    tokens = len(spellings) + np.concatenate([np.zeros(0, int), *held])
    size = len(spellings) + length
    links = csr_array((np.ones(len(owners)), (owners, tokens)), shape=(size, size))
    _, labels = connected_components(links, directed=False)
    clusters: dict[int, list[Spelling]] = {}
    for each, label in zip(spellings, labels.tolist(), strict=False):
        clusters.setdefault(label, []).append(each)
    return list(clusters.values())


def _held(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) each: numbers of places and the tokens that they hold, place by place."""
    sizes = places[:, 1] - places[:, 0]
    numbers = np.repeat(np.arange(len(places)), sizes)
    first = np.repeat(places[:, 0] - sizes.cumsum() + sizes, sizes)
    return numbers, first + np.arange(len(numbers))


def _nearest(spelling: Spelling) -> np.ndarray:
    """(E,) the best place of each entity for itself."""
    return (spelling.scores - _DISTANCE_WEIGHT * spelling.distances).argmax(axis=1)


def _collide(cluster: list[Spelling], chosen: list[np.ndarray]) -> bool:
    places = np.concatenate([each.places[own] for each, own in zip(cluster, chosen, strict=True)])
    places = places[places[:, 0].argsort()]
    return bool((places[1:, 0] < places[:-1, 1]).any())


def _best_together(cluster: list[Spelling], length: int) -> list[np.ndarray]:
    """(E,) for each spelling: places of the greatest total worth, one entity at most per token.

    A place is as far away as it is from the nearest entity of its spelling. -1 is no place.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    worths = [each.scores - _DISTANCE_WEIGHT * each.distances.min(axis=0) for each in cluster]
    kept = _best_places(cluster, worths)
    cost = -np.concatenate([worth[own] for worth, own in zip(worths, kept, strict=True)])
    most = np.concatenate([[len(each.entities) for each in cluster], np.ones(length)])
    solution = milp(
        cost,
        constraints=LinearConstraint(_uses(cluster, kept, length), ub=most),
        integrality=np.ones(len(cost)),
        bounds=Bounds(0, 1),
    )
    taken = np.split(solution.x > 0.5, np.cumsum(list(map(len, kept)))[:-1])
    return [_shared(each, own[t]) for each, own, t in zip(cluster, kept, taken, strict=True)]


def _uses(cluster: list[Spelling], kept: list[np.ndarray], length: int) -> "csr_array":
    """(S + T, K): 1 where one of the K kept places is of a spelling, or holds a token."""
    from scipy.sparse import csr_array

    places = np.concatenate([each.places[own] for each, own in zip(cluster, kept, strict=True)])
    owners = np.repeat(np.arange(len(cluster)), list(map(len, kept)))
    numbers, tokens = _held(places)
    rows = np.concatenate([owners, len(cluster) + tokens])
    columns = np.concatenate([np.arange(len(places)), numbers])
    shape = (len(cluster) + length, len(places))
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def _best_places(cluster: list[Spelling], worths: list[np.ndarray]) -> list[np.ndarray]:
    """The places of each spelling to be considered: all, or the best, more for more entities."""
    if sum(map(len, worths)) <= _MOST_PLACES:
        return [np.arange(len(worth)) for worth in worths]
    share = _MOST_PLACES / sum(len(each.entities) for each in cluster)
    return [
        (-worth).argsort(kind="stable")[: int(share * len(each.entities)) + 1]
        for each, worth in zip(cluster, worths, strict=True)
    ]


def _shared(spelling: Spelling, taken: np.ndarray) -> np.ndarray:
    """(E,) for each entity the one of the `taken` places that is its own, or -1."""
    from scipy.optimize import linear_sum_assignment

    chosen = np.full(len(spelling.entities), -1)
    own, places = linear_sum_assignment(spelling.distances[:, taken])
    chosen[own] = taken[places]
    return chosen


def _outcome(spelling: Spelling, place: int) -> Outcome:
    if place < 0:
        return Loss("place taken by another entity")
    start, end = spelling.places[place].tolist()
    return Arrival(start, end, float(spelling.scores[place]))
