"""Projection by word links: an entity goes where the words go that its words are linked to.

Of all runs of target words the entity takes the one whose links are most nearly the entity's own,
by Dice: 2 |links between both| / (|links of the entity| + |links of the run|), a choice of this
project. So one stray link is left out, and a word between two linked ones is taken in, unless it
belongs to something else.
"""

import numpy as np

from clner.projection.arrival import Arrival, Loss, Outcome, best_apart
from clner.projection.edges import Edges
from clner.projection.settings import LinkRules
from clner.text.tags import Span


def by_links(
    spans: list[Span],
    links: np.ndarray,
    source: list[str],
    target: list[str],
    edges: Edges,
    rules: LinkRules,
) -> list[Outcome]:
    """Where each entity of the `source` tokens is in the `target` tokens, or why it is lost.

    `links` (K, 2): integer source and target positions, sorted, each pair once. A score is the
    Dice value of the place, above 0 and at least `rules.least_score`. Where two places overlap the
    one with the higher score stays, of equal ones the earlier entity's.
    """
    counts = np.bincount(links[:, 1], minlength=len(target))
    free = set(np.flatnonzero(counts == 0).tolist())
    linked = set(links[:, 0].tolist())
    outcomes: list[Outcome] = []
    for span in spans:
        first, last = np.searchsorted(links[:, 0], [span.start, span.end])
        inside = links[first:last, 1]
        outcome = _best_place(inside, counts, rules)
        if rules.trim:
            outcome = edges.trim(outcome, target, source[span.start : span.end])
        if isinstance(outcome, Arrival) and rules.grow:
            missing = {source[n] for n in range(span.start, span.end) if n not in linked}
            start, end = edges.grown(outcome.start, outcome.end, target, free, missing)
            outcome = Arrival(start, end, outcome.score)
        outcomes.append(outcome)
    return best_apart(outcomes, Loss("place taken by another entity"))


def _best_place(inside: np.ndarray, counts: np.ndarray, rules: LinkRules) -> Outcome:
    """The run of target words of the highest Dice, of equal ones the first, then the shortest.

    `inside` (L,): target positions of the entity's links; `counts` (T,): links of target words.
    """
    if not len(inside):
        return Loss("not aligned")
    own = np.concatenate([[0], np.bincount(inside, minlength=len(counts)).cumsum()])
    every = np.concatenate([[0], counts.cumsum()])
    edges = np.unique(inside)  # a best run begins and ends at one of these
    starts, ends = edges[:, None], edges[None, :] + 1
    stretch = np.concatenate([[0], (np.diff(edges) > rules.gap + 1).cumsum()])
    allowed = (starts < ends) & (stretch[:, None] == stretch[None, :])
    hits = np.where(allowed, own[ends] - own[starts], 0)
    dice = 2 * hits / (len(inside) + np.maximum(every[ends] - every[starts], 0))
    first, last = np.unravel_index(dice.argmax(), dice.shape)
    score = float(dice[first, last])
    if score < rules.least_score:
        return Loss("links scattered")
    return Arrival(int(edges[first]), int(edges[last]) + 1, score)


def word_pairs(links: np.ndarray) -> list[list[int]]:
    """Blocks [s, s + 1, t, t + 1] of the words that are linked to each other and nothing else."""
    sources, targets = (np.bincount(links[:, side], minlength=1)[links[:, side]] for side in (0, 1))
    single = links[(sources == 1) & (targets == 1)].tolist()
    return [[s, s + 1, t, t + 1] for s, t in single]
