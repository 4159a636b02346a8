"""What the diagnoses of all models say, for people: GitHub Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from statistics import mean

from clner.reporting.blocks import MISSING, Table
from clner.reporting.markdown import table
from clner.reporting.quality import code_switched

KINDS = {"translation": "translation", "codeswitch": "code-switched", "unrelated": "unrelated"}
SHARES = ("share", "precision", "recall", "unfiltered_precision", "unfiltered_recall")


def diagnostics(diagnoses: list[dict], qualities: list[dict]) -> str:
    """Warnings of each model; code-switched text; pseudo-labels and vectors as means over seeds.

    `diagnoses` are those of `clner.diagnose`, one for each pair, variant and seed; `qualities`
    those of `clner.quality`, one for each text.
    """
    parts = ["# Diagnostics", "## Warnings", *warnings(diagnoses)]
    if qualities:
        parts += ["## Code-switched text", *code_switched(qualities)]
    if any(diagnosis["pseudo_labels"] for diagnosis in diagnoses):
        parts += ["## Pseudo-labels", *pseudo_labels(diagnoses)]
    parts += ["## Vectors", *vectors(diagnoses)]
    return "\n\n".join(map(_markdown, parts)) + "\n"


def _markdown(block: str | Table) -> str:
    return block if isinstance(block, str) else table(block.header, block.lines, block.numbers)


def warnings(diagnoses: list[dict]) -> Iterator[str | Table]:
    """What the monitors warned of, each with the setting to change."""
    found = [
        [*_cell(diagnosis), str(diagnosis["seed"]), model, warning]
        for diagnosis in diagnoses
        for model, record in diagnosis["training"].items()
        for warning in record["warnings"]
    ]
    if not found:
        yield "No monitor saw a sign of failure."
        return
    yield "Signs of failure that the monitors saw in training, and the setting to change."
    yield Table(["pair", "variant", "seed", "model", "warning"], found, numbers=0)


def pseudo_labels(diagnoses: list[dict]) -> Iterator[str | Table]:
    """How many pseudo-labels each round kept and, where there is gold, how many are right."""
    yield (
        "Entities that each round predicts on the unlabelled text and that the filter keeps, in "
        "percent; where the text was drawn from a labelled split, strict precision and recall of "
        "those kept, and of all that were predicted. The labels were read for this table only. "
        "Means over seeds."
    )
    lines = []
    for diagnosis, number, audits in _rounds(diagnoses):
        types = {kind: None for audit in audits for kind in audit["types"]}
        for kind in types:
            own = [audit["types"][kind] for audit in audits if kind in audit["types"]]
            counts = [f"{mean(row[name] for row in own):,.0f}" for name in ("predicted", "kept")]
            shares = [_percent(row.get(name) for row in own) for name in SHARES]
            lines.append([*_cell(diagnosis), str(number), kind, *counts, *shares])
    header = ["pair", "variant", "round", "type", "predicted", "kept", "kept %"]
    header += ["precision", "recall", "precision of all", "recall of all"]
    yield Table(header, lines, numbers=7)
    yield from sorted(
        {audit["no_gold"] for _, _, own in _rounds(diagnoses) for audit in own if audit["no_gold"]}
    )


def _rounds(diagnoses: list[dict]) -> Iterator[tuple[dict, int, list[dict]]]:
    """A diagnosis of each pair and variant, a round, and its audits over seeds."""
    for own in _by_cell(diagnoses):
        numbers = sorted({audit["round"] for one in own for audit in one["pseudo_labels"]})
        for number in numbers:
            audits = [a for one in own for a in one["pseudo_labels"] if a["round"] == number]
            yield own[0], number, audits


def vectors(diagnoses: list[dict]) -> Iterator[str | Table]:
    """How far apart the vectors of sentences and of entities lie, before and after training."""
    yield (
        "Mean cosine of the vectors of source sentences with their translations, their "
        "code-switched forms and other source sentences; effective rank of the source sentences "
        "(share of the most possible); silhouette of relation vectors, or of entity tokens, by "
        "label (-1 to 1). Means over seeds."
    )
    lines = []
    for own in _by_cell(diagnoses):
        for model in own[0]["vectors"]:
            seen = [one["vectors"][model] for one in own if model in one["vectors"]]
            cosines = [
                _mean(look["cosines"].get(kind, {}).get("mean") for look in seen) for kind in KINDS
            ]
            others = [
                _mean(look[name] for look in seen) for name in ("effective_rank", "silhouette")
            ]
            lines.append([*_cell(own[0]), model, *cosines, *others])
    header = ["pair", "variant", "model", *KINDS.values(), "effective rank", "silhouette"]
    yield Table(header, lines, numbers=5)


def _by_cell(diagnoses: list[dict]) -> Iterator[list[dict]]:
    """The diagnoses of each pair and variant, in the order given; one a seed."""
    cells: dict[tuple, list[dict]] = {}
    for diagnosis in diagnoses:
        cells.setdefault(tuple(_cell(diagnosis)), []).append(diagnosis)
    yield from cells.values()


def _cell(diagnosis: dict) -> list[str]:
    return [diagnosis["pair"], diagnosis["variant"]]


def _percent(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{100 * mean(known):.1f}" if known else MISSING


def _mean(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{mean(known):.3f}" if known else MISSING
