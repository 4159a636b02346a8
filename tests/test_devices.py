"""Leases of GPUs between processes, with devices that need not exist."""

import os
import signal
import subprocess
import sys
from itertools import chain

import pytest

from clner.errors import ClnerError
from clner.jobs.devices import lease, lock_folder, visible_devices

HOLDER = """
import sys, time
from pathlib import Path
from clner.jobs.devices import lease
count, folder, *devices = sys.argv[1:]
print(*(own.device for own in lease(int(count), devices, Path(folder))), flush=True)
time.sleep(60)
"""


@pytest.fixture
def hold(tmp_path):
    """Start a process that leases GPUs and keeps them."""
    started = []

    def start(count: int, *devices: str) -> subprocess.Popen:
        words = [sys.executable, "-c", HOLDER, str(count), tmp_path / "gpus", *devices]
        started.append(subprocess.Popen(words, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def held(process: subprocess.Popen) -> list[str]:
    """The devices of a holder, once it has them."""
    return process.stdout.readline().split()


def test_no_two_processes_have_the_same_device(hold):
    holders = [hold(count, *"01234") for count in (1, 2, 1, 1)]
    assert sorted(chain.from_iterable(map(held, holders))) == [*"01234"]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_device_is_free_once_its_process_is_dead(hold, end):
    first = hold(1, "0")
    assert held(first) == ["0"]
    second = hold(1, "0")
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(timeout=0.3)
    first.send_signal(end)
    assert held(second) == ["0"]


def test_who_wants_two_gets_them_though_others_take_one(hold):
    holders = [hold(1, "0", "1"), hold(1, "0", "1")]
    assert sorted(held(own)[0] for own in holders) == ["0", "1"]
    both = hold(2, "0", "1")
    for own in holders:
        own.kill()
    assert sorted(held(both)) == ["0", "1"]


def test_more_than_there_are_is_an_error(tmp_path):
    with pytest.raises(ClnerError, match=r"gpus = 3: only 2 here; lower run\.gpus_per_job"):
        lease(3, ["0", "1"], tmp_path)


@pytest.mark.parametrize(
    ("listed", "devices"),
    [("2,3", ["2", "3"]), ("GPU-8f2c", ["GPU-8f2c"]), ("", []), ("-1", [])],
)
def test_a_choice_made_before_is_kept(monkeypatch, listed, devices):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", listed)
    assert visible_devices() == devices


def test_without_a_choice_all_devices_count(monkeypatch, tmp_path):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert visible_devices() == []
    tool = tmp_path / "nvidia-smi"
    tool.write_text(
        "#!/bin/sh\necho 'GPU 0: A (UUID: x)'\necho '  MIG 1'\necho 'GPU 1: A (UUID: y)'\n"
    )
    tool.chmod(0o755)
    assert visible_devices() == ["0", "1"]


def test_jobs_of_slurm_have_locks_of_their_own(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    here = lock_folder()
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    assert here.is_relative_to(tmp_path)
    assert lock_folder() != here
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "none"))
    assert lock_folder().parent.name == f"clner-{os.getuid()}"
