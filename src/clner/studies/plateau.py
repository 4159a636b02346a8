"""The level that scores approach as an amount grows."""

import warnings
from typing import NamedTuple

import numpy as np
from scipy.optimize import OptimizeWarning, curve_fit
from scipy.stats import t

CONFIDENCE = 0.95


class Plateau(NamedTuple):
    """`F(n) = level - lack·(n / most)^(-rate)`, and the interval that holds the level at 95 %.

    `most` is the largest amount, so that `lack` is what is missing there. Scores in percent.
    """

    level: float
    low: float
    high: float
    lack: float
    rate: float
    most: float

    def at(self, amounts: np.ndarray) -> np.ndarray:
        """The curve at (K,) amounts."""
        return _curve(amounts / self.most, self.level, self.lack, self.rate)


def fit_plateau(amounts: np.ndarray, scores: np.ndarray) -> Plateau | None:
    """The least-squares fit to (K,) amounts above 0 and their (K,) scores, one a seed.

    None where the points do not determine a level: the fit does not converge, the scores do not
    rise towards it, or its interval (Student's t, from the covariance of the fit) is no narrower
    than the range of the scores themselves. Raises ValueError for no more points than parameters.
    """
    if len(np.unique(amounts)) < 4:
        raise ValueError("a curve of three parameters needs four amounts or more")
    most = amounts.max()
    rise = scores.max() - scores.min()
    start = (scores.max(), rise / 4, 0.5)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", OptimizeWarning)
            found, covariance = curve_fit(_curve, amounts / most, scores, p0=start, maxfev=5000)
    except (OptimizeWarning, RuntimeError):
        return None
    level, lack, rate = found
    margin = t.ppf((1 + CONFIDENCE) / 2, len(scores) - 3) * np.sqrt(covariance[0, 0])
    if not (lack > 0 and rate > 0 and 2 * margin < rise):
        return None
    return Plateau(level, level - margin, level + margin, lack, rate, most)


def _curve(shares: np.ndarray, level: float, lack: float, rate: float) -> np.ndarray:
    with np.errstate(over="ignore"):
        return level - lack * shares ** (-rate)
