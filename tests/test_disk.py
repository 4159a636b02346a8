"""A disk that is full or read-only: one line, nothing half-written, no traceback."""

import json
import os
import resource
import subprocess
import sys

import pytest

from clner.errors import ClnerError
from clner.files.artifacts import finished_file, finished_folder, write_lines, write_text
from clner.files.disk import refusal, writing

LIMIT = 10_000


def corpus_stage(output, **options):
    """The corpus stage as a process: the demo's English training sentences, 600 kB or so."""
    command = [sys.executable, "-m", "clner.corpus", "--language", "en", "--split", "train"]
    command += ["--types", "PER", "LOC", "ORG", "--output", str(output)]
    return subprocess.run(command, capture_output=True, text=True, **options)


def small_files():
    """Let this process write no file of more than LIMIT bytes: a quota that needs no root."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, resource.RLIM_INFINITY))


@pytest.fixture
def disk(tmp_path, request):
    """A disk of that size, in bytes, read-only if it is 0; needs the right to mount one."""
    size = request.param
    options = f"size={size}" if size else "ro"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(tmp_path)]
    if os.name != "posix" or os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a disk")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_file_beyond_the_limit_is_one_line_and_leaves_nothing(tmp_path):
    output = tmp_path / "corpora" / "train.jsonl"
    result = corpus_stage(output, preexec_fn=small_files)
    assert result.returncode == 1
    expected = f"error: {output}: cannot be written: File too large; make room and run again"
    assert result.stderr.splitlines()[-1] == expected
    assert "Traceback" not in result.stderr
    assert list(output.parent.iterdir()) == []


@pytest.mark.parametrize("disk", [4096 * 16], indirect=True)
def test_a_full_disk_is_one_line_and_keeps_the_old_file(disk):
    output = disk / "train.jsonl"
    output.write_text("old\n")
    result = corpus_stage(output)
    assert result.returncode == 1
    assert f"error: {output}: cannot be written: No space left on device" in result.stderr
    assert "Traceback" not in result.stderr
    assert [path.name for path in disk.iterdir()] == ["train.jsonl"]
    assert output.read_text() == "old\n"


@pytest.mark.parametrize("disk", [0], indirect=True)
def test_a_read_only_folder_is_one_line(disk):
    for output in (disk / "train.jsonl", disk / "new" / "train.jsonl"):
        result = corpus_stage(output)
        assert result.returncode == 1
        reason = "cannot be written: Read-only file system; allow it and run again"
        assert result.stderr.splitlines()[-1] == f"error: {output}: {reason}"


@pytest.mark.parametrize("disk", [4096 * 64], indirect=True)
def test_a_folder_of_weights_does_not_fit_on_a_full_disk(disk):
    from safetensors.numpy import save_file

    numpy = pytest.importorskip("numpy")
    with finished_folder(disk / "model") as partial:
        (partial / "config.json").write_text("{}")
    with pytest.raises(ClnerError, match="model: cannot be written: No space left on device"):  # noqa: SIM117
        with finished_folder(disk / "model") as partial:
            save_file({"weight": numpy.ones(10**6)}, partial / "model.safetensors")
    assert [path.name for path in disk.iterdir()] == ["model"]
    assert json.loads((disk / "model/config.json").read_text()) == {}


def test_an_error_of_a_file_elsewhere_keeps_its_name(tmp_path):
    def records():
        yield json.loads((tmp_path / "else" / "where.json").read_text())

    with pytest.raises(FileNotFoundError, match=r"where\.json"):
        write_lines(tmp_path / "here" / "out.jsonl", records())
    assert list((tmp_path / "here").iterdir()) == []


def test_only_what_the_system_refuses_is_taken_for_it(tmp_path):
    assert refusal(ValueError("of another kind")) is None
    assert refusal(OSError("a library's own, without a number")) is None
    assert refusal(OSError(28, "")) == "No space left on device; make room and run again"
    told_in_rust = Exception("I/O error: No space left on device (os error 28)")
    assert refusal(told_in_rust) == "No space left on device; make room and run again"
    with pytest.raises(ZeroDivisionError), writing(tmp_path / "file"):
        raise ZeroDivisionError


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path):
    script = (
        "import sys, os, signal; from pathlib import Path; from clner.files.artifacts import *\n"
    )
    script += "with finished_{0}(Path(sys.argv[1])) as partial:\n"
    script += "    {1}; os.kill(os.getpid(), signal.SIGKILL)\n"
    for kind, fill in (("file", "partial.touch()"), ("folder", "(partial / 'half').touch()")):
        path = tmp_path / kind / "model"
        command = [sys.executable, "-c", script.format(kind, fill), str(path)]
        assert subprocess.run(command).returncode == -9
        assert [left.suffix for left in path.parent.iterdir()] == [".part"]
        with {"file": finished_file, "folder": finished_folder}[kind](path) as partial:
            if kind == "file":
                partial.touch()
        assert list(path.parent.iterdir()) == [path]


def test_what_a_live_process_is_writing_stays(tmp_path):
    with finished_file(tmp_path / "file") as partial:
        partial.touch()
        write_text(tmp_path / "file.more", "")
        other = partial.with_name(partial.name.replace(str(os.getpid()), str(os.getppid())))
        other.touch()
        with finished_file(tmp_path / "file") as again:
            again.touch()
        assert other.exists()
        partial.touch()
