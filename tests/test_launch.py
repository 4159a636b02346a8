"""A stage started on GPUs of its own, and the same training by two processes as by one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from clner import encoder
from clner.encoders.settings import ScratchSettings
from clner.errors import ClnerError
from clner.launch import command
from clner.text.sentence import Sentence, write_sentences

NAMES = ["Ana", "Bo", "Cy", "Di", "Ed", "Flo"]


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


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """English and Spanish sentences of unlike lengths, and an encoder without dropout."""
    folder = tmp_path_factory.mktemp("corpus")
    source, translation = [], []
    for number in range(24):
        name, more = NAMES[number % 6], ["so"] * (number % 5)
        tags = ["B-PER", "O", *["O"] * len(more)]
        source.append(Sentence(f"en-{number}", [name, "lives", *more], tags))
        origin = {"source_id": f"en-{number}"}
        translation.append(Sentence(f"es-{number}", [name, "vive", *more], tags, origin))
    write_sentences(folder / "source.jsonl", source)
    write_sentences(folder / "translation.jsonl", translation)
    scratch = ScratchSettings(
        vocabulary=200, least=1, dimension=16, width=32, layers=1, heads=2, dropout=0
    )
    encoder.run(
        encoder.EncoderSettings(kind="scratch", scratch=scratch),
        output=folder / "encoder",
        checkpoints=folder / "none",
        sentences=[folder / "source.jsonl", folder / "translation.jsonl"],
    )
    return folder


def _teach(gpus: int, corpus: Path, output: Path, **changes) -> subprocess.CompletedProcess:
    settings = {
        "epochs": 3,
        "batch_size": 8,
        "learning_rate": 1e-3,
        "objectives": {"translation_contrast": {"weight": 0.5, "projection": 8}},
    }
    files = {
        "--encoder": corpus / "encoder",
        "--source": corpus / "source.jsonl",
        "--translation": corpus / "translation.jsonl",
        "--dev": corpus / "source.jsonl",
        "--output": output,
        "--checkpoints": output.with_name("checkpoints"),
        "--settings": json.dumps(settings | changes),
    }
    given = [word for pair in files.items() for word in pair]
    words = [sys.executable, "-m", "clner.launch", "--gpus", str(gpus), "clner.teacher"]
    words += ["--seed", "1", "--types", "PER", *given]
    no_gpu = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(words, env=no_gpu, capture_output=True, text=True)


def _logged(folder: Path) -> list[float]:
    """All losses and dev scores of a training, in order."""
    keys = ("loss", "loss_cross_entropy", "loss_translation_contrast", "eval_f1")
    records = [json.loads(line) for line in (folder / "history.jsonl").open()]
    return [record[key] for record in records for key in keys if key in record]


@pytest.mark.slow
def test_two_processes_train_the_tagger_that_one_trains(corpus, tmp_path):
    folders = {gpus: tmp_path / f"by-{gpus}" / "teacher" for gpus in (1, 2)}
    for gpus, folder in folders.items():
        done = _teach(gpus, corpus, folder)
        assert done.returncode == 0, done.stderr
        assert "no GPU here: running on the CPU" in done.stderr
        assert [path.name for path in folder.parent.iterdir()] == ["teacher"]
    alone, together = (load_file(folder / "model.safetensors") for folder in folders.values())
    for name, weights in alone.items():
        np.testing.assert_allclose(together[name], weights, atol=1e-4, err_msg=name)
    assert _logged(folders[2]) == pytest.approx(_logged(folders[1]), rel=1e-3)


@pytest.mark.slow
def test_a_batch_that_cannot_be_shared_is_one_line(corpus, tmp_path):
    done = _teach(2, corpus, tmp_path / "teacher", batch_size=7)
    assert done.returncode == 1
    assert "error: batch_size = 7: cannot be shared by 2 GPUs; take a multiple" in done.stderr


def test_several_processes_are_torchruns_where_the_stage_can_share_its_work():
    assert command("clner.predict", ["--x", "y"], 1)[1:] == ["-m", "clner.predict", "--x", "y"]
    assert command("clner.predict", [], 0)[1:] == ["-m", "clner.predict"]
    several = command("clner.teacher", ["--x", "y"], 3)
    assert several[1:3] == ["-m", "torch.distributed.run"]
    assert several[-4:] == ["--module", "clner.teacher", "--x", "y"]
    assert "--nproc-per-node=3" in several
    with pytest.raises(ClnerError, match=r"gpus = 2: clner\.predict uses one at most"):
        command("clner.predict", [], 2)
