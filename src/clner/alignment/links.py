"""Links between the words of a sentence and of its translation.

The links of one sentence pair are an int64 array (K, 2) of source position and target position,
both from 0, sorted by source then target, none of them twice.
"""

from collections.abc import Iterable
from typing import Literal

import numpy as np

Method = Literal["intersection", "union", "grow-diag", "grow-diag-final", "grow-diag-final-and"]
Link = tuple[int, int]


def links_of(pairs: Iterable[Link]) -> np.ndarray:
    """Links from (source, target) pairs in any order, repeated or not."""
    return np.array(sorted(set(pairs)), dtype=np.int64).reshape(-1, 2)


def symmetrise(forward: np.ndarray, backward: np.ndarray, method: Method) -> np.ndarray:
    """One set of links from those of two aligners that worked in opposite directions.

    `forward`, `backward`: links (K, 2), both as source and target position. The grow-diag family
    (Koehn, Och, Marcu 2003, "Statistical phrase-based translation") begins with the intersection
    and adds links of the union that lie beside one already there, diagonals included, and reach a
    word that has none. "final" then adds each link, first of `forward`, of which one word has
    none; "final-and", of which both words have none. Candidates are tried in their order, again
    and again until none is added.
    """
    one, other = _pairs(forward), _pairs(backward)
    if method == "intersection":
        return links_of(one & other)
    if method == "union":
        return links_of(one | other)
    kept = _Kept(one & other)
    kept.grow(sorted(one ^ other))
    if method != "grow-diag":
        enough = any if method == "grow-diag-final" else all
        for candidates in (one, other):
            kept.add(link for link in sorted(candidates) if enough(kept.frees(link)))
    return links_of(kept.links)


class _Kept:
    """Links kept so far, and the words they reach."""

    def __init__(self, links: set[Link]):
        self.links = set(links)
        self._sources = {source for source, _ in links}
        self._targets = {target for _, target in links}

    def frees(self, link: Link) -> tuple[bool, bool]:
        """Whether the source word, and whether the target word, has no link yet."""
        return link[0] not in self._sources, link[1] not in self._targets

    def add(self, links: Iterable[Link]) -> None:
        for source, target in links:
            self.links.add((source, target))
            self._sources.add(source)
            self._targets.add(target)

    def grow(self, candidates: list[Link]) -> None:
        size = -1
        while size < len(self.links):
            size = len(self.links)
            self.add(c for c in candidates if self._has_neighbour(c) and any(self.frees(c)))

    def _has_neighbour(self, link: Link) -> bool:
        source, target = link
        around = {(source + i, target + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} - {link}
        return not self.links.isdisjoint(around)


def _pairs(links: np.ndarray) -> set[Link]:
    return set(map(tuple, links.tolist()))
