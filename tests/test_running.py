"""Locks of killed runs go, those of live ones stay."""

import os
import signal
import subprocess
import sys

import pytest

from clner.jobs.running import ALIVE, LOCKS, enter

if os.name != "posix":
    pytest.skip("locks that end with their process are POSIX's", allow_module_level=True)

HOLD = "import sys; from pathlib import Path; from clner.jobs.running import enter; "
HOLD += "held = enter(Path(sys.argv[1])); print(held[1], flush=True); sys.stdin.read()"


@pytest.fixture
def folder(tmp_path):
    """A folder in which a run was killed: it left its lock."""
    enter(tmp_path)[0].close()
    lock(tmp_path)
    return tmp_path


def lock(folder):
    (folder / LOCKS).mkdir(exist_ok=True)
    (folder / LOCKS / "0.input.lock").write_text("results/scores.tsv\n")


def start(folder):
    """Another process that is alive in `folder`."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.removed = process.stdout.readline().strip() == "True"
    return process


def end(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_the_lock_of_a_killed_run_is_removed(tmp_path):
    run = start(tmp_path)
    lock(tmp_path)
    end(run)
    file, removed = enter(tmp_path)
    assert removed
    assert not (tmp_path / LOCKS).exists()
    file.close()


def test_the_lock_of_a_live_run_stays(folder):
    run = start(folder)
    assert run.removed
    lock(folder)
    for _ in range(2):
        file, removed = enter(folder)
        assert not removed
        file.close()
    assert (folder / LOCKS / "0.input.lock").exists()
    end(run)
    assert enter(folder)[1]


def test_a_live_run_keeps_the_lock_of_a_killed_one(folder):
    """Its own may be among them."""
    run, other = start(folder), start(folder)
    lock(folder)
    end(run)
    assert not enter(folder)[1]
    end(other)
    assert enter(folder)[1]


def test_the_lock_of_another_host_stays(folder):
    (folder / ALIVE).write_text("another")
    assert not enter(folder)[1]
    assert (folder / LOCKS / "0.input.lock").exists()
    (folder / LOCKS / "0.input.lock").unlink()
    enter(folder)[0].close()
    lock(folder)
    assert enter(folder)[1]
