"""Training and vectors: what the monitors saw, and the figures of each model."""

from __future__ import annotations

from collections.abc import Iterator

from clner.reporting.blocks import Fold
from clner.reporting.diagnostics import vectors, warnings
from clner.reporting.page.evidence import Evidence
from clner.reporting.page.pictures import stored


def training(evidence: Evidence) -> Iterator:
    """Loss terms, dev F1 and monitors over the steps."""
    yield (
        "Loss terms before their weights, F1 on the sources' dev sets and the monitors, over the "
        "optimiser steps, a column a model. Nothing of the target's labels is in them."
    )
    yield from _figures(evidence, "training.png", "Loss terms, dev F1 and monitors")


def monitors(evidence: Evidence) -> Iterator:
    """The warnings, each with the setting to change."""
    yield from warnings(evidence.diagnoses)


def planes(evidence: Evidence) -> Iterator:
    """Distances of the vectors as numbers and as figures, before and after training."""
    yield from vectors(evidence.diagnoses)
    yield from _figures(evidence, "relations.png", "Vectors by label in the plane")
    yield from _figures(evidence, "cosines.png", "Cosines of sentence vectors")


def _figures(evidence: Evidence, name: str, what: str) -> Iterator:
    """The stored figure of as many pairs and variants as the settings allow, the first one open."""
    shown = evidence.shown()
    for number, (diagnosis, folder) in enumerate(shown):
        title = f"{diagnosis['pair']}, {diagnosis['variant']}, seed {diagnosis['seed']}"
        picture = stored(folder / name, f"{what}: {title}", f"{what}: {title}.")
        yield Fold(f"{what}: {title}", [picture], open=number == 0)
    left = len(evidence.diagnoses) - len(shown)
    if left:
        yield (
            f"Left out: the same figure of {left:,} more of {len(evidence.diagnoses):,} (pair, "
            f"variant, seed), in {name} below diagnose/ of each (report.figures = "
            f"{evidence.settings.figures})."
        )
