"""A run that fails ends with the last lines of the logs of its failed jobs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clner.jobs.failures import LINES, last_words

ROOT = Path(__file__).parents[1]
PARTS = ["Snakefile", "config.yaml", "workflow", "profiles", "envs"]


def failed(job: int, log: Path) -> str:
    said = "(check log file(s) for error details)"
    return f"Error in rule teacher:\n    jobid: {job}\n    output: x\n    log: {log} {said}\n"


def words(folder: Path, *events: str) -> str:
    record = folder / "record.log"
    record.write_text("".join(events))
    return last_words(record)


@pytest.fixture
def log(tmp_path) -> Path:
    path = tmp_path / "a log.log"
    path.write_text("".join(f"line {number}\n" for number in range(1000)) + "error: no room\n")
    return path


def test_of_a_long_log_the_last_lines_are_shown(tmp_path, log):
    said = words(tmp_path, failed(7, log)).splitlines()
    assert said[0] == f"{log} ends with:"
    assert len(said) == 1 + LINES
    assert said[-2:] == ["    line 999", "    error: no room"]


def test_a_job_that_was_tried_again_and_then_finished_has_not_failed(tmp_path, log):
    finished = "Finished jobid: 7 (Rule: teacher)\n"
    assert words(tmp_path, failed(7, log), finished) == ""
    assert words(tmp_path, failed(71, log), finished)
    assert words(tmp_path, failed(7, log), failed(7, log)).count("error: no room") == 1


def test_a_log_that_was_never_written_is_named(tmp_path):
    missing = tmp_path / "missing.log"
    assert (
        words(tmp_path, failed(1, missing))
        == f"{missing}: cannot be read: No such file or directory"
    )


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["profiles/default", "workflow/profiles/workstation"])
def test_the_last_words_of_a_run_are_the_error_of_the_right_job(tmp_path, profile):
    """With --keep-going, which the profile of a workstation has, others go on after it."""
    for part in PARTS:
        copied = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copied(ROOT / part, tmp_path / part)
    (tmp_path / "bad.conll").write_text("Ana\tB-PER\n\nX\tI-FOO\n", encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("corpora: {de: {format: conll, dev: bad.conll}}\n")
    paths = [f"results/corpora/{language}/shared/dev.jsonl" for language in ("de", "en", "es")]
    options = ["--cores=1", "--keep-going", "--configfile", "bad.yaml"]
    result = subprocess.run(
        ["snakemake", *paths, *options, "--workflow-profile", profile],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    *before, _ = result.stderr.split("Complete log(s):")
    log = "results/logs/corpora/de/shared/dev.log"
    assert before[-1].rstrip().splitlines()[-2:] == [
        f"{log} ends with:",
        "    error: bad.conll:3: I-FOO continues no entity, which BIO2 forbids "
        "(scheme: BIO lets an I- begin an entity)",
    ]
    assert (tmp_path / "results/corpora/es/shared/dev.jsonl").exists()
    assert "Reading es dev (shared)" in result.stderr and "Reason:" not in result.stderr
