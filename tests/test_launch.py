"""A stage started on GPUs of its own."""

import os
import subprocess
import sys

import pytest

from clner.errors import ClnerError
from clner.launch import command

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


def test_several_processes_are_torchruns_where_the_stage_can_share_its_work():
    assert command("clner.predict", ["--x", "y"], 1)[1:] == ["-m", "clner.predict", "--x", "y"]
    assert command("clner.predict", [], 0)[1:] == ["-m", "clner.predict"]
    several = command("clner.teacher", ["--x", "y"], 3)
    assert several[1:3] == ["-m", "torch.distributed.run"]
    assert several[-4:] == ["--module", "clner.teacher", "--x", "y"]
    assert "--nproc-per-node=3" in several
    with pytest.raises(ClnerError, match=r"gpus = 2: clner\.predict uses one at most"):
        command("clner.predict", [], 2)
