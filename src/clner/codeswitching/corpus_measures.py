"""What a code-switched corpus is worth as a whole."""

from __future__ import annotations

from collections import Counter

import numpy as np

from clner.codeswitching.measures import diversity, entities, substituted_by_language
from clner.codeswitching.pairs import Pair


def corpus_measures(pairs: list[Pair]) -> dict:
    """Counts and shares (0 to 1) over all sentences; None where there is nothing to divide by.

    `languages`: the share of the source tokens that each language replaced. `entities`: how many
    there are, and which share of them `survived` and was `replaced` by its translation, see
    `measures.entities`. `diversity`: see there.
    """
    counts = np.array([entities(pair) for pair in pairs]).sum(0)
    languages: Counter[str] = sum(map(substituted_by_language, pairs), Counter())
    tokens = sum(len(pair.source.tokens) for pair in pairs)
    variety = diversity(pair.switchable for pair in pairs)
    return {
        "languages": {code: _rounded(n / tokens) for code, n in sorted(languages.items())},
        "entities": {
            "expected": int(counts[0]),
            "survived": _rounded(counts[1] / counts[0]) if counts[0] else None,
            "replaced": _rounded(counts[2] / counts[0]) if counts[0] else None,
        },
        "diversity": {
            "words": variety.words,
            "translations": _rounded(variety.translations),
            "entropy": _rounded(variety.entropy),
        },
    }


def spread(values: np.ndarray) -> dict:
    """Of a measure's (M,) values those that are not NaN: how many, mean, least to greatest decile.

    The eleven `deciles` begin with the minimum and end with the maximum.
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return {"sentences": 0, "mean": None, "deciles": None}
    deciles = np.quantile(known, np.linspace(0, 1, 11))
    return {
        "sentences": len(known),
        "mean": _rounded(known.mean()),
        "deciles": [_rounded(value) for value in deciles],
    }


def _rounded(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None
