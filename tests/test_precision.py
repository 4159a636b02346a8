"""Which precision is computed in, on what this machine has or lacks."""

import json

import pytest
import torch

from clner.encoder import EncoderSettings
from clner.encoder import run as make_encoder
from clner.encoders.settings import ScratchSettings
from clner.errors import ClnerError
from clner.jobs import precision
from clner.jobs.precision import in_bf16
from clner.teacher import TeacherSettings, run
from clner.text.sentence import Sentence, write_sentences

# What is tested here is the CPU; GPU machines answer "auto" otherwise.
pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="has a GPU")


def test_a_cpu_is_not_asked_unless_bf16_is_and_says_so_where_it_lacks_that(monkeypatch):
    monkeypatch.setattr(precision, "_cpu_has_bf16", lambda: pytest.fail("asked"))
    assert not in_bf16("auto")
    assert not in_bf16("fp32")
    monkeypatch.setattr(precision, "_cpu_has_bf16", lambda: True)
    assert in_bf16("bf16")
    monkeypatch.setattr(precision, "_cpu_has_bf16", lambda: False)
    with pytest.raises(ClnerError, match="precision = 'bf16': the CPU here lacks it; take auto"):
        in_bf16("bf16")


@pytest.mark.parametrize("head", ["tags", "token_pair"])
def test_a_teacher_learns_in_bf16_and_is_saved_in_float32(tmp_path, head):
    if not precision._cpu_has_bf16():
        pytest.skip("the CPU here lacks bf16")
    texts = [Sentence(f"en-{n}", ["Ana", "is", "here"], ["B-PER", "O", "O"]) for n in range(32)]
    source = tmp_path / "source.jsonl"
    write_sentences(source, texts)
    make_encoder(
        EncoderSettings(
            kind="scratch",
            scratch=ScratchSettings(
                vocabulary=100, least=1, dimension=8, width=16, layers=1, heads=2
            ),
        ),
        output=tmp_path / "encoder",
        checkpoints=tmp_path / "none",
        sentences=[source],
    )
    losses = {}
    for own in ("fp32", "bf16"):
        settings = {"views": ["source"], "epochs": 4, "batch_size": 8, "learning_rate": 5e-3}
        settings |= {"head": head, "precision": own, "token_pair": {"biaffine": 8}}
        run(
            TeacherSettings.model_validate(settings),
            encoder=tmp_path / "encoder",
            types=["PER"],
            seed=1,
            dev=[source],
            output=tmp_path / own,
            checkpoints=tmp_path / f"{own}-checkpoints",
            source=[source],
        )
        history = (tmp_path / own / "history.jsonl").read_text().splitlines()
        losses[own] = [record["loss"] for record in map(json.loads, history) if "loss" in record]
    assert losses["bf16"] != losses["fp32"], "computed alike: autocast did nothing"
    assert losses["bf16"] == pytest.approx(losses["fp32"], rel=0.1)
    sizes = {own: (tmp_path / own / "model.safetensors").stat().st_size for own in losses}
    assert sizes["bf16"] == sizes["fp32"]
