"""What the training text is worth: projection and code-switching."""

from __future__ import annotations

from collections.abc import Iterator

from clner.reporting.blocks import MISSING, Table
from clner.reporting.page.evidence import Evidence
from clner.reporting.quality import code_switched


def projection(evidence: Evidence) -> Iterator:
    """What arrived of sentences and entities in each translation."""
    if not evidence.projections:
        yield "No model of this run learns from translations: nothing was projected."
        return
    yield (
        "Sentences and entities of the source's training set that arrive in the translation, and "
        "what was lost, by reason. Whether they arrive in the right place can only be told where "
        "the translation has gold labels of its own."
    )
    header = ["pair", "branch", "methods", "sentences in", "sentences out", "entities in"]
    header += ["entities projected", "projected %", "entities out", "mean score"]
    yield Table(header, [_row(*one) for one in evidence.projections.items()], numbers=7)
    losses = [
        [*place.split("/"), what, reason, f"{number:,}"]
        for place, summary in evidence.projections.items()
        for what, reasons in _losses(summary)
        for reason, number in sorted(reasons.items())
    ]
    if not losses:
        yield "No sentence was dropped, and no entity lost."
        return
    yield Table(["pair", "branch", "what", "reason", "number"], losses, numbers=1)


def _row(place: str, summary: dict) -> list[str]:
    sentences, entities = summary["sentences"], summary["entities"]
    methods = ", ".join(f"{name} {number:,}" for name, number in sentences["methods"].items())
    share = f"{100 * entities['projected'] / entities['in']:.1f}" if entities["in"] else MISSING
    score = summary["mean_score"]
    return [
        *place.split("/"),
        methods or MISSING,
        *(f"{sentences[name]:,}" for name in ("in", "out")),
        *(f"{entities[name]:,}" for name in ("in", "projected")),
        share,
        f"{entities['out']:,}",
        MISSING if score is None else f"{score:.3f}",
    ]


def _losses(summary: dict) -> Iterator[tuple[str, dict[str, int]]]:
    yield "sentence dropped", summary["sentences"]["dropped"]
    yield "entity lost", summary["entities"]["lost"]
    if count := summary["entities"]["uncapitalised"]:
        yield "no entity", {"uncapitalised": count}


def switching(evidence: Evidence) -> Iterator:
    """The measures of code-switched text."""
    if evidence.qualities:
        yield from code_switched(evidence.qualities)
    else:
        yield "No model of this run learns from code-switched text: none was made."
