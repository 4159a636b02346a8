"""Which entities are wrong, and how, with their sentences."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from clner.analysis.errors import KINDS
from clner.reporting.blocks import MISSING, Cell, Example, Examples, Fold, Table
from clner.reporting.page.evidence import Evidence, System
from clner.reporting.page.sentences import entity_text, pieces
from clner.reporting.page.words import count


def blocks(evidence: Evidence) -> Iterator:
    """The number of each kind of error, and examples to filter."""
    yield (
        f"Entities on {evidence.split} that are not right, each counted once. Counts over all "
        "pairs of languages, means over seeds, of teachers and of the students of the last round. "
        "By type, an entity counts under its gold type; one that is spurious under the predicted."
    )
    yield Table(["error", "what it is"], [list(kind) for kind in KINDS.items()], numbers=0)
    yield _counts(evidence)
    yield Fold("The same by entity type", [_by_type(evidence)])
    found = list(_examples(evidence))
    total = sum(
        sum(types.values())
        for system in evidence.systems
        for _, own in evidence.judged(system)
        for types in own["errors"].values()
    )
    if not found:
        yield "No example of an error was kept (analyse.examples, report.examples)."
        return
    yield (
        f"{count(len(found), 'example')} of {count(total, 'error')} (of every seed), drawn by "
        "chance, of the first seed: for each pair, system and kind as many as there is room for "
        f"(report.examples = {evidence.settings.examples}; analyse.examples bounds each kind)."
    )
    yield Examples(found)


def _counts(evidence: Evidence) -> Table:
    lines = []
    for system in evidence.systems:
        judged, seeds = _judged(evidence, system)
        gold, right = (sum(sum(own[name]) for own in judged) / seeds for name in ("gold", "right"))
        kinds = [sum(sum(own["errors"][kind].values()) for own in judged) / seeds for kind in KINDS]
        cells = [Cell(f"{value:,.0f}", value) for value in (right, *kinds)]
        lines.append([system.variant, system.model, f"{gold:,.0f}", *cells])
    header = ["variant", "model", "gold", "right", *KINDS]
    return Table(header, lines, numbers=2 + len(KINDS))


def _by_type(evidence: Evidence) -> Table:
    lines = []
    for system in evidence.systems:
        judged, seeds = _judged(evidence, system)
        for name in sorted({name for own in judged for name in own["errors"]["missed"]}):
            kinds = [sum(own["errors"][kind].get(name, 0) for own in judged) for kind in KINDS]
            numbers = [f"{number / seeds:,.0f}" for number in kinds]
            lines.append([system.variant, system.model, name, *numbers])
    return Table(["variant", "model", "type", *KINDS], lines, len(KINDS))


def _judged(evidence: Evidence, system: System) -> tuple[list[dict], int]:
    """What all analyses say of a system, and the number of seeds in them."""
    found = list(evidence.judged(system))
    return [own for _, own in found], len({analysis["seed"] for analysis, _ in found}) or 1


def _examples(evidence: Evidence) -> Iterator[Example]:
    """Examples in turn: one of each pair, system and kind, then a second one of each, ..."""
    groups = [
        [
            _example(analysis, system, example)
            for example in own["examples"]
            if example["kind"] == kind
        ]
        for kind in KINDS
        for system in evidence.systems
        for analysis, own in evidence.judged(system)
        if analysis["seed"] == evidence.seeds[0]
    ]
    in_turn = [example for turn in zip_longest(*groups) for example in turn if example is not None]
    yield from in_turn[: evidence.settings.examples]


def _example(analysis: dict, system: System, example: dict) -> Example:
    language = example["id"].partition("-")[0]
    tokens = example["tokens"]
    spans = {name: example[name] for name in ("gold", "predicted") if example[name]}
    said = {name: entity_text(tokens, span, language) for name, span in spans.items()}
    return Example(
        facets={
            "pair": analysis["pair"],
            "system": str(system),
            "error": example["kind"],
            "type": next(iter(spans.values()))[2],
        },
        language=language,
        pieces=pieces(tokens, spans, language),
        gold=said.get("gold", MISSING),
        predicted=said.get("predicted", MISSING),
        id=example["id"],
    )
