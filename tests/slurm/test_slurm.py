"""The Slurm profile on a real Slurm of one node, with a cut-down configuration."""

from collections import Counter
from pathlib import Path

import pytest

from tests.slurm.node import install, node, obstacle
from tests.slurm.trial import Job, Trial, changed_filter, counts

pytest.importorskip("snakemake_executor_plugin_slurm", reason="pip install -e '.[slurm]'")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(obstacle()), reason=f"no Slurm: {obstacle()}"),
]

SMALL = Path(__file__).with_name("small.yaml")
STUDENT = "results/en-es/concner/seed-1/student-1/model.safetensors"
ON_GPUS = ["encoder", "teacher", "predict", "student"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> tuple[list[Job], list[Job]]:
    """The jobs of a first run, and those after a changed filter."""
    folder = tmp_path_factory.mktemp("slurm")
    install()
    with node(folder / "node"):
        trial = Trial(folder / "run")
        first = trial.run(STUDENT, overlays=[SMALL])
        return first, changed_filter(trial, STUDENT, overlays=[SMALL])


def test_every_job_of_a_run_goes_through_slurm(runs):
    once = ["lexicon", "encoder", "teacher", "predict", "filter", "student"]
    assert counts(runs[0]) == Counter(dict.fromkeys(once, 1) | {"corpus": 3})


def test_jobs_are_given_what_the_profile_says(runs):
    for job in runs[0]:
        if job.rule in ON_GPUS:
            assert (job.partition, job.gpus, job.memory) == ("gpu", "gres:gpu:1", "16000M")
        else:
            assert (job.partition, job.gpus) == ("cpu", "N/A")


def test_a_changed_filter_runs_filter_and_student_alone(runs):
    assert counts(runs[1]) == Counter(filter=1, student=1)


def test_a_job_killed_for_its_memory_is_run_again_with_more(runs):
    killed, done = (job for job in runs[1] if job.rule == "filter")
    assert (killed.memory, done.memory) == ("50M", "8000M")
    assert killed.state != "COMPLETED"
    assert done.state == "COMPLETED"
