"""What was said of a translation, brought back to the sentence that it is of."""

import numpy as np

from clner.projection.arrival import Arrival
from clner.projection.edges import Edges
from clner.projection.links import by_links
from clner.projection.settings import LinkRules
from clner.text.tags import OUTSIDE, Span


class BackProjector:
    """Projects distributions of tags from translations back to the sentences translated [ours]."""

    def __init__(self, source: str, target: str, tag_names: list[str], rules: LinkRules):
        """`source`, `target`: codes of the language of the translations, and of the sentences."""
        self._edges = Edges(source, target)
        self._rules = rules
        self._outside = np.array([name == OUTSIDE for name in tag_names], np.float32)
        self._continuing = _continuing(tag_names)

    def project(
        self,
        spans: list[Span],
        probabilities: np.ndarray,
        translation: list[str],
        sentence: list[str],
        links: np.ndarray,
    ) -> np.ndarray:
        """(N, T) float32 distributions of the N tokens of `sentence`.

        `spans` are the entities of the `translation`, whose M tokens have the distributions
        `probabilities` (M, T); `links` (K, 2) are sorted pairs of positions, there and here. Where
        an entity arrives its first token has the distribution of its first one there, the others
        the mean of the others, in which what begins an entity continues it. All other tokens are O
        with certainty.
        """
        rows = np.tile(self._outside, (len(sentence), 1))
        outcomes = by_links(spans, links, translation, sentence, self._edges, self._rules)
        for span, outcome in zip(spans, outcomes, strict=True):
            if isinstance(outcome, Arrival):
                first, *others = probabilities[span.start : span.end]
                rows[outcome.start] = first
                inside = np.mean(others or [first], axis=0) @ self._continuing
                rows[outcome.start + 1 : outcome.end] = inside
        return rows


def _continuing(tag_names: list[str]) -> np.ndarray:
    """(T, T) float32 of 0 and 1 that gives the probability of each B- to the I- of its type."""
    columns = [tag_names.index("I-" + n[2:] if n[:2] == "B-" else n) for n in tag_names]
    return np.eye(len(tag_names), dtype=np.float32)[columns]
