"""How far languages are apart, and whether a gain goes with it."""

from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import permutation_test, rankdata

from clner.errors import ClnerError
from clner.files.inputs import expand, lines_of

RESAMPLES = 9999


class Correlation(NamedTuple):
    """Spearman's rho of `number` languages, and the p-value of its two-sided permutation test."""

    rho: float
    p: float
    number: int


class Distances:
    """Distances of pairs of languages, in the unit of the table that they are read from."""

    def __init__(self, path: Path):
        """Read lines of two languages and their distance, tabs between; # begins a comment.

        Raises ClnerError with file and line for any other line.
        """
        self.path = path
        self._known: dict[frozenset[str], float] = {}
        for number, line in enumerate(lines_of(path), start=1):
            if line and not line.startswith("#"):
                self._add(line, number)

    @classmethod
    def given(cls, path: str | None) -> "Distances":
        """Those of a user's file, or the syntactic ones of the package."""
        if path is not None:
            return cls(expand(path, "gain.distances"))
        return cls(Path(str(files("clner.studies") / "syntactic.tsv")))

    def between(self, sources: list[str], target: str) -> float:
        """The distance of a target from the nearest of its sources [ours].

        Raises ClnerError where the table lacks one.
        """
        return min(self._between(source, target) for source in sources)

    def _between(self, source: str, target: str) -> float:
        found = self._known.get(frozenset((source, target)))
        if found is None:
            raise ClnerError(
                f"{self.path}: no distance of {source} and {target}; give a table that has it as "
                "gain.distances"
            )
        return found

    def _add(self, line: str, number: int) -> None:
        try:
            one, other, distance = line.split("\t")
            self._known[frozenset((one, other))] = float(distance)
        except ValueError:
            raise ClnerError(
                f"{self.path}:{number}: not two languages and their distance, with tabs between: "
                f"{line!r}"
            ) from None


def spearman(distances: np.ndarray, gains: np.ndarray) -> Correlation | None:
    """The rank correlation of (K,) distances and gains; None where all of one are the same.

    Up to seven languages all permutations are tried, else 9,999 drawn ones, with a seed. Raises
    ValueError for fewer than three.
    """
    if len(gains) < 3:
        raise ValueError("a correlation needs three languages or more")
    ranks, others = rankdata(distances), rankdata(gains)
    if not (ranks.std() and others.std()):
        return None

    def rho(permuted: np.ndarray, axis: int) -> np.ndarray:
        centred = permuted - permuted.mean(axis=axis, keepdims=True)
        products = (centred * (others - others.mean())).mean(axis=axis)
        return products / (permuted.std(axis=axis) * others.std())

    test = permutation_test(
        (ranks,),
        rho,
        permutation_type="pairings",
        vectorized=True,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(0),
    )
    return Correlation(float(test.statistic), float(test.pvalue), len(gains))
