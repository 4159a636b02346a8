"""A stage started on GPUs of its own."""

import os
import subprocess
import sys

import pytest

from clner.errors import ClnerError
from clner.launch import check

PROBE = """
import os, sys
print(os.environ["CUDA_VISIBLE_DEVICES"], *sys.argv[1:], flush=True)
sys.stdin.read()
"""


@pytest.fixture
def probe(tmp_path, monkeypatch):
    """Start a stage that says which GPUs it sees, and keeps them until its input ends."""
    (tmp_path / "probe.py").write_text(PROBE)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    started = []

    def start(gpus: int, *arguments: str) -> subprocess.Popen:
        words = [sys.executable, "-m", "clner.launch", "--gpus", str(gpus), "probe", *arguments]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(words, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.communicate(timeout=20)


def test_each_stage_sees_a_gpu_of_its_own(probe, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")
    first, second = probe(1, "--settings", "{}"), probe(1, "--settings", "{}")
    said = sorted(process.stdout.readline().split() for process in (first, second))
    assert said == [["4", "--settings", "{}"], ["5", "--settings", "{}"]]
    third = probe(1)
    with pytest.raises(subprocess.TimeoutExpired):
        third.wait(timeout=1)
    first.stdin.close()
    assert third.stdout.readline().strip() in ("4", "5")
    first.stdin = None


def test_a_stage_that_asks_for_none_sees_none(probe, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")
    assert probe(0).stdout.readline() == "\n"


def test_a_stage_that_cannot_be_shared_gets_one_gpu_at_most():
    for gpus in (0, 1):
        check("clner.predict", gpus)
    check("clner.teacher", 3)
    with pytest.raises(ClnerError, match=r"gpus = 2: clner\.predict uses one at most"):
        check("clner.predict", 2)


SHARED = """
import os, sys, torch
from torch import distributed
from clner import launch
from clner.jobs import ranks
from clner.stage import exit_status
from clner.tagging.settings import TrainingSettings
from clner.tagging.shortage import sparing_memory

def train(settings):
    if ranks.is_first():
        print("trying", settings.batch_size, settings.accumulation, flush=True)
    else:
        match sys.argv[1]:
            case "fails": raise ValueError("no such thing")
            case most if settings.batch_size > int(most):
                raise torch.OutOfMemoryError("CUDA out of memory")
    distributed.barrier()

if __name__ == "__main__":
    if "RANK" not in os.environ:
        launch.SHARING = (*launch.SHARING, "shared")
        sys.exit(launch.main())
    distributed.init_process_group("gloo")
    status = exit_status(lambda: sparing_memory(train, TrainingSettings(batch_size=8)))
    if not status:
        distributed.destroy_process_group()
    sys.exit(status)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("most", "tried", "status", "said"),
    [
        ("8", ["trying 8 1"], 0, ""),
        (
            "4",
            ["trying 8 1", "trying 4 2"],
            0,
            "error: out of memory: starting all processes again",
        ),
        ("2", ["trying 8 1", "trying 4 2"], 1, "error: batch_size = 4: out of memory; take a"),
        ("fails", ["trying 8 1"], 1, "ValueError: no such thing"),
    ],
)
def test_where_one_process_runs_out_of_memory_all_are_started_again_once(
    tmp_path, most, tried, status, said
):
    (tmp_path / "shared.py").write_text(SHARED)
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    command = [sys.executable, str(tmp_path / "shared.py"), "--gpus", "2", "shared", most]
    environment = os.environ | {"PYTHONPATH": paths, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == tried
    assert done.returncode == status, done.stderr
    assert said in done.stderr
