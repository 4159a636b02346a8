"""Ways to compute a batch that lead to the same tagger, or nearly so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from clner import encoder, teacher
from clner.encoders.settings import ScratchSettings
from clner.errors import ClnerError
from clner.objectives.terms.cross_entropy import CrossEntropy
from clner.text.sentence import Sentence, write_sentences

NAMES = ["Ana", "Bo", "Cy", "Di", "Ed", "Flo"]
SETTINGS = {
    "epochs": 3,
    "batch_size": 8,
    "learning_rate": 1e-3,
    "objectives": {"translation_contrast": {"weight": 0.5, "projection": 8}},
}
PLAIN = {"objectives": {"cross_entropy": {"weight": 1.0}}}

pytestmark = pytest.mark.slow


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


def _files(corpus: Path, output: Path) -> dict[str, Path]:
    """The files of a teacher, by the names of its options."""
    return {
        "encoder": corpus / "encoder",
        "source": corpus / "source.jsonl",
        "translation": corpus / "translation.jsonl",
        "dev": corpus / "source.jsonl",
        "output": output,
        "checkpoints": output.with_name(f"{output.name}-checkpoints"),
    }


def _teach(corpus: Path, output: Path, **changes) -> Path:
    files = _files(corpus, output)
    files |= {name: [files[name]] for name in ("source", "translation", "dev")}
    settings = teacher.TeacherSettings.model_validate(SETTINGS | changes)
    teacher.run(settings, types=["PER"], seed=1, **files)
    return output


@pytest.fixture(scope="module")
def taught(corpus):
    return _teach(corpus, corpus / "teacher")


def _same_weights(folder: Path, other: Path, most: float) -> None:
    first, second = (load_file(own / "model.safetensors") for own in (folder, other))
    for name, weights in first.items():
        np.testing.assert_allclose(second[name], weights, rtol=0, atol=most, err_msg=name)


def _logged(folder: Path, *keys: str) -> list[float]:
    """The numbers of a training's log under some keys, in order."""
    records = [json.loads(line) for line in (folder / "history.jsonl").open()]
    return [record[key] for record in records for key in keys if key in record]


def test_two_processes_train_as_one(corpus, taught, tmp_path):
    output = tmp_path / "teacher"
    words = [sys.executable, "-m", "clner.launch", "--gpus", "2", "clner.teacher"]
    words += [str(w) for name, file in _files(corpus, output).items() for w in (f"--{name}", file)]
    words += ["--types", "PER", "--seed", "1", "--settings", json.dumps(SETTINGS)]
    no_gpu = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(words, env=no_gpu, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "no GPU here: running on the CPU" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["teacher"]
    _same_weights(output, taught, most=1e-4)
    keys = ("loss", "loss_cross_entropy", "loss_translation_contrast", "eval_f1")
    assert _logged(output, *keys) == pytest.approx(_logged(taught, *keys), rel=1e-3)


def test_checkpointing_of_activations_changes_nothing(corpus, taught, tmp_path):
    saving = _teach(corpus, tmp_path / "teacher", gradient_checkpointing=True)
    _same_weights(saving, taught, most=1e-6)


@pytest.mark.parametrize("head", ["tags", "token_pair"])
def test_checkpointing_above_frozen_vectors_changes_nothing(corpus, tmp_path, head):
    common = PLAIN | {"head": head, "epochs": 1, "freeze_embeddings": True}
    plain = _teach(corpus, tmp_path / "plain", **common)
    saving = _teach(corpus, tmp_path / "saving", gradient_checkpointing=True, **common)
    _same_weights(saving, plain, most=1e-6)


def test_accumulated_batches_are_about_one_batch(corpus, tmp_path):
    whole = _teach(corpus, tmp_path / "whole", batch_size=16, **PLAIN)
    parts = _teach(corpus, tmp_path / "parts", batch_size=8, accumulation=2, **PLAIN)
    for key in ("loss", "grad_norm"):
        assert _logged(parts, key) == pytest.approx(_logged(whole, key), rel=0.05)


def test_contrasts_see_fewer_negatives_in_accumulated_batches(corpus, tmp_path):
    whole = _teach(corpus, tmp_path / "whole", batch_size=16)
    parts = _teach(corpus, tmp_path / "parts", batch_size=8, accumulation=2)
    first = [_logged(folder, "loss_translation_contrast")[0] for folder in (parts, whole)]
    assert first[0] < first[1] - 0.5


@pytest.fixture
def shortage(monkeypatch):
    """Let memory run out with batches of more than some sentences, after some losses."""
    loss = CrossEntropy.loss

    def start(most: int, after: int = 0) -> None:
        losses = 0

        def short(self, views, project):
            nonlocal losses
            losses += 1
            if losses > after and len(views.meaning.unique()) > most:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return loss(self, views, project)

        monkeypatch.setattr(CrossEntropy, "loss", short)

    return start


def test_after_a_shortage_training_starts_again_with_half_the_batch(
    corpus, tmp_path, shortage, caplog
):
    halves = _teach(corpus, tmp_path / "halves", batch_size=4, accumulation=2)
    shortage(most=4)
    halved = _teach(corpus, tmp_path / "halved")
    _same_weights(halved, halves, most=0)
    assert "going on with batch_size = 4 and accumulation = 2" in caplog.text


def test_after_a_shortage_training_goes_on_from_its_checkpoint(corpus, taught, tmp_path, shortage):
    shortage(most=4, after=4)  # in the second of three epochs
    halved = _teach(corpus, tmp_path / "teacher")
    ends = _logged(halved, "epoch")
    assert ends == _logged(taught, "epoch")
    losses = [_logged(folder, "loss") for folder in (halved, taught)]
    assert losses[0][:3] == losses[1][:3]
    assert losses[0][3:] != losses[1][3:]


def test_a_second_shortage_is_one_line_and_no_tagger(corpus, tmp_path, shortage):
    shortage(most=2)
    with pytest.raises(ClnerError, match=r"^batch_size = 4: out of memory"):
        _teach(corpus, tmp_path / "teacher")
    assert not (tmp_path / "teacher").exists()
