"""What the filter kept of the predictions on unlabelled text, and what it might have kept."""

from __future__ import annotations

from collections.abc import Iterator

from clner.reporting.blocks import Table
from clner.reporting.diagnostics import pseudo_labels
from clner.reporting.page.evidence import Evidence
from clner.reporting.page.pictures import drawn
from clner.reporting.thresholds import thresholds_figure

CRITERIA = {"entity": "entity_confidence", "sentence": "sentence_confidence"}


def blocks(evidence: Evidence) -> Iterator:
    """The share that was kept, and a figure of thresholds for each criterion."""
    if not any(diagnosis["pseudo_labels"] for diagnosis in evidence.diagnoses):
        yield "No variant of this run trains students: nothing was filtered."
        return
    yield from pseudo_labels(evidence.diagnoses)
    curves = _curves(evidence)
    yield "The thresholds of this run, and below them what others would keep."
    yield _settings(evidence)
    for criterion, setting in CRITERIA.items():
        caption = (
            f"What filter.{setting} would keep at other values, all other criteria off and each "
            "entity judged by itself (filter.rejected: tokens): the share of the predicted "
            "entities, and how many of those kept are right, where gold exists."
        )
        figure = thresholds_figure(curves, criterion)
        yield drawn(figure, f"curves of the kept share by {criterion} confidence", caption)


def _curves(evidence: Evidence) -> dict[str, dict[str, list[dict]]]:
    """By pair, then by the predictions that are filtered; one a seed."""
    found: dict[str, dict[str, list[dict]]] = {}
    for analysis in evidence.analyses:
        for curve in analysis["thresholds"]:
            name = f"{analysis['variant']}, round {curve['round']}"
            found.setdefault(analysis["pair"], {}).setdefault(name, []).append(curve)
    return found


def _settings(evidence: Evidence) -> Table:
    """The thresholds in force."""
    trained = dict.fromkeys(a["variant"] for a in evidence.analyses if a["thresholds"])
    header = ["variant", *(f"filter.{setting}" for setting in CRITERIA.values())]
    lines = []
    for variant in trained:
        values = evidence.section(variant, "filter")
        lines.append([variant, *(str(values[setting]) for setting in CRITERIA.values())])
    return Table(header, lines, numbers=2)
