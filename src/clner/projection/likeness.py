"""Which of some texts is which name, by how they are spelt."""

from typing import NamedTuple

from rapidfuzz.fuzz import ratio

from clner.text.folding import fold

_ORDER_WEIGHT = 0.01  # decides between texts that are equally like


class Name(NamedTuple):
    """How a name is spelt in the source, and in the target where that is known."""

    own: str
    translation: str | None = None


class Match(NamedTuple):
    """The number of a text, and its likeness to a name in 0..1."""

    text: int
    likeness: float


def plain(text: str) -> str:
    """`text` folded and without white space."""
    return "".join(fold(text).split())


def matched(names: list[Name], texts: list[str]) -> list[Match]:
    """For each name its text, all different, of the highest likeness in total.

    There are as many names as texts. A text is as like a name as it is to the nearer of its two
    spellings. Where spelling decides nothing the order stays.
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    likeness = np.array([[_likeness(name, text) for text in texts] for name in names])
    numbers = np.arange(len(texts))
    displaced = np.abs(numbers[:, None] - numbers) / max(len(texts), 1)
    _, chosen = linear_sum_assignment(likeness - _ORDER_WEIGHT * displaced, maximize=True)
    return [Match(n, float(likeness[row, n])) for row, n in enumerate(chosen.tolist())]


def _likeness(name: Name, text: str) -> float:
    spellings = [name.own] if name.translation is None else [name.own, name.translation]
    return max(ratio(plain(spelling), plain(text)) for spelling in spellings) / 100
