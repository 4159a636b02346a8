"""Make the page of a run: one file of HTML that holds all it shows and needs no network.

Leaderboard with a test of significance, scores by language and type, rounds, pseudo-labels,
errors, training, vectors, the text behind it, time and memory, protocol, settings. Nothing is
computed from models here: all of it lies in what other stages wrote.
"""

import json
import sys
from pathlib import Path

from pydantic import Field

from clner.errors import ClnerError
from clner.files.artifacts import read_json, write_text
from clner.files.sums import check_seal
from clner.stage import Settings, main


class ReportSettings(Settings):
    """What is compared, and how much is shown."""

    baseline: str | None = Field(
        None,
        description="variant that others are compared with; null: translate-train if it is in the "
        "run, else the first",
    )
    resamples: int = Field(10_000, ge=100, description="samples of the bootstrap")
    level: float = Field(0.95, gt=0, lt=1, description="share of samples inside the intervals")
    seed: int = Field(0, ge=0, description="of the bootstrap")
    figures: int = Field(
        12, ge=0, description="pairs with a variant whose figures of training and vectors are shown"
    )
    examples: int = Field(300, ge=0, description="examples of errors in all, at most")


def run(
    settings: ReportSettings,
    *,
    scores: Path,
    analyses: list[Path],
    diagnoses: list[Path],
    configuration: str,
    protocol: str,
    output: Path,
    quality: list[Path] | None = None,
    projections: list[str] | None = None,
    benchmarks: Path | None = None,
    stages: list[str] | None = None,
) -> None:
    """Write the page to `output`.

    `scores` is the table of `clner.summarise`, `analyses`, `diagnoses` and `quality` are files of
    those stages; `projections` are summaries of `clner.project`, each with its pair and branch:
    en-es/shared=FILE. `configuration` is all of config.yaml as JSON, `protocol` says how
    checkpoints were selected. `benchmarks` is the folder of Snakemake's benchmark files, `stages`
    are those that the run needs. Raises ClnerError where something named is not there, or damaged.
    """
    from clner.reporting.benchmarks import read_jobs
    from clner.reporting.page.evidence import Evidence
    from clner.reporting.page.render import page
    from clner.reporting.quality import FIELDS
    from clner.reporting.rows import read_scores

    for path in diagnoses:
        check_seal(path.parent)
    evidence = Evidence(
        settings=settings,
        rows=read_scores([scores]),
        analyses=[read_json(path, ("models", "splits", "thresholds")) for path in analyses],
        diagnoses=[read_json(path) for path in diagnoses],
        looks=[path.parent for path in diagnoses],
        qualities=[read_json(path, FIELDS) for path in quality or []],
        projections=dict(map(_projection, projections or [])),
        jobs=read_jobs(benchmarks) if benchmarks else [],
        stages=stages or [],
        configuration=_configuration(configuration),
        protocol=protocol,
    )
    write_text(output, page(evidence))


def _projection(named: str) -> tuple[str, dict]:
    place, equals, path = named.partition("=")
    if not equals:
        raise ClnerError(
            f"--projections {named}: give the pair and the branch too: en-es/shared=FILE"
        )
    return place, read_json(Path(path), ("sentences", "entities", "mean_score"))


def _configuration(text: str) -> dict:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ClnerError(f"--configuration: not JSON ({error})") from None


if __name__ == "__main__":
    sys.exit(main(run))
