"""Which of some texts is which name, by how they are spelt."""

from rapidfuzz.fuzz import ratio

from clner.text.folding import fold

_ORDER_WEIGHT = 0.01  # decides between texts that are equally like


def plain(text: str) -> str:
    """`text` folded and without white space."""
    return "".join(fold(text).split())


def matched(names: list[list[str]], texts: list[str]) -> list[int]:
    """For each name the number of its text, all different, of the highest likeness in total.

    `names`: the spellings of each, as many names as texts. Where spelling decides nothing the
    order stays.
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    likeness = np.array(
        [
            [
                max((ratio(plain(name), plain(text)) / 100 for name in spellings), default=0.0)
                - _ORDER_WEIGHT * abs(row - column) / len(texts)
                for column, text in enumerate(texts)
            ]
            for row, spellings in enumerate(names)
        ]
    )
    return linear_sum_assignment(likeness, maximize=True)[1].tolist()
