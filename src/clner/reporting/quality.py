"""What was measured on code-switched text, for people."""

from __future__ import annotations

from collections.abc import Iterator

from clner.reporting.blocks import MISSING, Table

FIELDS = {"pair", "branch", "sentences", "kept", "dropped"}
FIELDS |= {"languages", "entities", "measures", "diversity"}
"""What a file of `clner.quality` holds."""
MEASURES = ("mixing", "coverage", "similarity", "ratio")


def code_switched(qualities: list[dict]) -> Iterator[str | Table]:
    """What the columns mean, and a row for each of the files of `clner.quality`."""
    yield (
        "Sentences and the share of them that passes the filter; source tokens replaced, by "
        "language; entities that survive, and that are replaced by their translation; means of "
        "the code-mixing index (0 to 1), of the share of the context's words that could be "
        "replaced, of the cosine of the vectors of source and mixed sentence, and of the "
        "likelihood of the mixed words to that of the source's (about 1 where they fit); "
        "translations of a word that can be drawn, and their entropy in bits. Of the stored form "
        "of all sentences, before the filter."
    )
    header = ["pair", "branch", "replaced %", "sentences", "kept %", "entities survive %"]
    header += ["entities replaced %", "mixing", "coverage", "similarity", "likelihood ratio"]
    header += ["translations", "entropy"]
    yield Table(header, [_row(quality) for quality in qualities], numbers=10)
    dropped = [
        [quality["pair"], quality["branch"], criterion, f"{count:,}"]
        for quality in qualities
        for criterion, count in quality["dropped"].items()
    ]
    if dropped:
        yield "Sentences dropped, each by the first criterion that it fails."
        yield Table(["pair", "branch", "criterion", "sentences"], dropped, numbers=1)


def _row(quality: dict) -> list[str]:
    languages = [f"{code} {100 * share:.1f}" for code, share in quality["languages"].items()]
    return [
        quality["pair"],
        quality["branch"],
        ", ".join(languages) or MISSING,
        f"{quality['sentences']:,}",
        _percent(quality["kept"] / quality["sentences"]),
        _percent(quality["entities"]["survived"]),
        _percent(quality["entities"]["replaced"]),
        *(_number(quality["measures"][name]["mean"]) for name in MEASURES),
        *(_number(quality["diversity"][name]) for name in ("translations", "entropy")),
    ]


def _percent(value: float | None) -> str:
    return MISSING if value is None else f"{100 * value:.1f}"


def _number(value: float | None) -> str:
    return MISSING if value is None else f"{value:.3f}"
