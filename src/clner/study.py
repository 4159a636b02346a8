"""Answer one question from the scores of a run: a table of points, what they say, and a figure.

Along axes, the scores of variants that differ in one setting, with a fitted plateau where one is
asked for; or the gain over a variant against the distance of the languages. The scores are micro
scores of one split, each of the last model of a variant.
"""

import sys
from pathlib import Path

from clner.errors import ClnerError
from clner.files.artifacts import write_text
from clner.reporting.rows import read_scores
from clner.stage import main
from clner.studies.settings import StudySettings


def run(
    settings: StudySettings,
    *,
    scores: Path,
    points: Path,
    figure: Path,
    output: Path,
    diagnoses: list[Path] | None = None,
    timings: list[str] | None = None,
) -> None:
    """Write what the rows of `scores` say to `output` (Markdown), `points` (TSV), `figure` (PNG).

    `diagnoses` (JSON) tell how many pseudo-labels were kept and were right, `timings` reads
    `variant=FILE`, files of Snakemake's benchmarks. Raises ClnerError where the scores lack a
    variant, or a table of distances a language.
    """
    if not settings.variants or not (settings.axes or settings.gain):
        raise ClnerError("a study needs variants, and axes or gain: give them in --settings")
    rows = read_scores([scores])
    if settings.gain:
        from clner.studies.gains import answer_gains

        answer = answer_gains(settings, rows)
    else:
        from clner.studies.axes import answer_axes

        answer = answer_axes(settings, rows, diagnoses or [], _files(timings or []))
    write_text(points, answer.points.to_csv(sep="\t", index=False, float_format="%.6g"))
    write_text(output, answer.text)
    answer.draw(figure)


def _files(timings: list[str]) -> dict[str, list[Path]]:
    """The files of each variant."""
    found: dict[str, list[Path]] = {}
    for timing in timings:
        variant, sign, path = timing.partition("=")
        if not sign:
            raise ClnerError(f"--timings: {timing!r} names no variant: write concner={timing}")
        found.setdefault(variant, []).append(Path(path))
    return found


if __name__ == "__main__":
    sys.exit(main(run))
