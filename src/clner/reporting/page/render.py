"""From evidence to the page: the sections in their order, and the template."""

from __future__ import annotations

from importlib.resources import files

from clner.reporting.blocks import Section
from clner.reporting.page.comparison import baseline_of, comparisons
from clner.reporting.page.evidence import Evidence
from clner.reporting.page.sections import (
    costs,
    data,
    errors,
    leaderboard,
    looks,
    protocol,
    pseudo,
    rounds,
    scores,
    summary,
)


def page(evidence: Evidence) -> str:
    """The HTML of the page. Raises ClnerError where the baseline is not in the run."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(__package__, "."),
        autoescape=True,  # sentences are anyone's text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    own = files(__package__)
    return environment.get_template("page.html").render(
        title=evidence.title,
        sections=sections(evidence),
        style=(own / "style.css").read_text(encoding="utf-8"),
        script=(own / "script.js").read_text(encoding="utf-8"),
    )


def sections(evidence: Evidence) -> list[Section]:
    """All sections; one that has nothing to show says so."""
    compared = comparisons(evidence, baseline_of(evidence))
    return [
        Section.of("Summary", summary.blocks(evidence, compared)),
        Section.of("Leaderboard", leaderboard.blocks(evidence, compared)),
        Section.of("Languages", scores.by_language(evidence)),
        Section.of("Entity types", scores.by_type(evidence)),
        Section.of("Rounds", rounds.blocks(evidence)),
        Section.of("Pseudo-labels", pseudo.blocks(evidence)),
        Section.of("Errors", errors.blocks(evidence)),
        Section.of("Monitors", looks.monitors(evidence)),
        Section.of("Training", looks.training(evidence)),
        Section.of("Vectors", looks.planes(evidence)),
        Section.of("Projection", data.projection(evidence)),
        Section.of("Code-switching", data.switching(evidence)),
        Section.of("Time and memory", costs.blocks(evidence)),
        Section.of("Protocol", protocol.protocol(evidence)),
        Section.of("Versions and settings", protocol.versions(evidence)),
    ]
