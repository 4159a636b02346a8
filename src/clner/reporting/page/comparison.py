"""Each system beside the baseline, on average over the pairs of languages."""

from __future__ import annotations

import numpy as np

from clner.errors import ClnerError
from clner.reporting.page.evidence import Evidence, System
from clner.reporting.significance import Comparison, compare, f1, resampled_f1

PREFERRED = "translate-train"


def baseline_of(evidence: Evidence) -> System:
    """The last model of the variant that others are compared with.

    That is `report.baseline`; else translate-train, else the first variant of the run. Raises
    ClnerError where the run lacks the one that is named.
    """
    name = evidence.settings.baseline
    if name is not None and name not in evidence.variants:
        known = ", ".join(evidence.variants)
        raise ClnerError(f"report.baseline = {name!r}: not in the scores; they have {known}")
    fallback = PREFERRED if PREFERRED in evidence.variants else evidence.variants[0]
    return [system for system in evidence.systems if system.variant == (name or fallback)][-1]


def comparisons(evidence: Evidence, baseline: System) -> dict[System, Comparison]:
    """The difference of each system to the baseline, in F1 from 0 to 1.

    F1 is averaged over seeds, then over pairs. Sentences are drawn anew within each test set, the
    same ones for all systems and seeds, and for all pairs that share it. A system that was not
    scored on all pairs and seeds of the baseline, on the same sentences, has no comparison.
    """
    counts = {system: _counts(evidence, system) for system in evidence.systems}
    if not counts[baseline]:
        return {}
    digests = {pair: digest for pair, digest, _ in counts[baseline]}
    systems = [
        system for system in evidence.systems if counts[system].keys() == counts[baseline].keys()
    ]
    measured = np.zeros(len(systems))
    resampled = np.zeros((evidence.settings.resamples, len(systems)))
    for pair, digest in sorted(digests.items()):
        runs = np.stack([_runs(counts[system], pair) for system in systems])
        flat = runs.reshape(-1, *runs.shape[2:])
        drawn = resampled_f1(flat, len(resampled), (evidence.settings.seed, int(digest, 16)))
        measured += f1(runs.sum(2)).mean(1)
        resampled += drawn.reshape(len(drawn), *runs.shape[:2]).mean(2)
    measured /= len(digests)
    resampled /= len(digests)
    base = systems.index(baseline)
    level = evidence.settings.level
    return {
        system: compare(measured[k] - measured[base], resampled[:, k] - resampled[:, base], level)
        for k, system in enumerate(systems)
        if k != base
    }


def _counts(evidence: Evidence, system: System) -> dict[tuple, np.ndarray]:
    """(N, 2) counts of `f1` by pair, digest of the sentences, and seed."""
    found = {}
    for analysis, own in evidence.judged(system):
        digest = analysis["splits"][evidence.split]["digest"]
        others = np.add(own["predicted"], own["gold"])
        found[analysis["pair"], digest, analysis["seed"]] = np.stack([own["right"], others], axis=1)
    return found


def _runs(counts: dict[tuple, np.ndarray], pair: str) -> np.ndarray:
    """(S, N, 2): the counts of a pair for each of S seeds."""
    return np.stack([counts[key] for key in sorted(counts) if key[0] == pair])
