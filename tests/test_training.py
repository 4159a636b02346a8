"""Teacher and student as functions on a tiny corpus, and the checkpoint they resume from."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from clner import encoder, filter, predict, student, teacher
from clner.checkpoints import resumable
from clner.encoders.settings import ScratchSettings
from clner.predictions import read_predictions
from clner.text.sentence import Sentence, write_sentences

TYPES = ["PER", "LOC"]
NAMES = ["Ana", "Bo", "Cy", "Di", "Ed", "Flo"]
PLACES = ["Rome", "Oslo", "Lima", "Bonn"]


def _sentence(number: int, language: str, split: str, words: dict[str, str]) -> Sentence:
    name, place = NAMES[number % len(NAMES)], PLACES[number % len(PLACES)]
    tokens = [name, words["lives"], words["in"], place, "."]
    tags = ["B-PER", "O", "O", "B-LOC", "O"]
    return Sentence(f"{language}-{split}-{number}", tokens, tags)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    english, spanish = {"lives": "lives", "in": "in"}, {"lives": "vive", "in": "en"}
    source = [_sentence(n, "en", "train", english) for n in range(48)]
    target = [_sentence(n, "es", "train", spanish) for n in range(48)]
    translated = [
        Sentence(f"{s.id}@es", t.tokens, t.tags, {"source_id": s.id})
        for s, t in zip(source, target, strict=True)
    ]
    files = {
        "source": source,
        "translation": translated,
        "unlabelled": [Sentence(t.id, t.tokens) for t in target],
        "dev": [_sentence(n, "en", "dev", english) for n in range(8)],
    }
    for name, sentences in files.items():
        write_sentences(folder / f"{name}.jsonl", sentences)
    scratch = ScratchSettings(vocabulary=200, least=1, dimension=16, width=32, layers=1, heads=2)
    encoder.run(
        encoder.EncoderSettings(kind="scratch", scratch=scratch),
        output=folder / "encoder",
        checkpoints=folder / "none",
        sentences=[folder / "source.jsonl", folder / "unlabelled.jsonl"],
    )
    return folder


def _teach(corpus, output, seed=1, **changes):
    settings = {
        "epochs": 15,
        "batch_size": 8,
        "learning_rate": 5e-3,
        "objectives": {
            "translation_contrast": {"weight": 0.1, "projection": 8},
            "label_contrast": {"weight": 0.1},
        },
    }
    teacher.run(
        teacher.TeacherSettings.model_validate(settings | changes),
        encoder=corpus / "encoder",
        types=TYPES,
        seed=seed,
        dev=[corpus / "dev.jsonl"],
        output=output,
        checkpoints=output.with_name(output.name + "-checkpoints"),
        source=[corpus / "source.jsonl"],
        translation=[corpus / "translation.jsonl"],
    )


@pytest.fixture(scope="module")
def taught(corpus):
    _teach(corpus, corpus / "teacher")
    return corpus / "teacher"


def test_the_teacher_learns_and_logs_every_term(corpus, taught):
    history = [json.loads(line) for line in (taught / "history.jsonl").open()]
    terms = {"loss_cross_entropy", "loss_translation_contrast", "loss_label_contrast"}
    logged = [row for row in history if terms <= row.keys()]
    assert len(logged) > 5
    assert logged[-1]["loss_cross_entropy"] < 0.3 * logged[0]["loss_cross_entropy"]
    assert max(row["eval_f1"] for row in history if "eval_f1" in row) > 0.9
    assert not (corpus / "teacher-checkpoints").exists()


def test_plain_transformers_runs_the_teacher(taught):
    from transformers import pipeline

    tagger = pipeline("token-classification", model=str(taught), device="cpu")
    words = {item["word"]: item["entity"] for item in tagger("Ana lives in Rome .")}
    assert words == {"Ana": "B-PER", "Rome": "B-LOC"}


def test_a_sentence_longer_than_the_window_keeps_every_token(corpus, taught, tmp_path):
    long = [_sentence(n, "en", "test", {"lives": "lives", "in": "in"}) for n in range(40)]
    tokens = [token for sentence in long for token in sentence.tokens]
    write_sentences(tmp_path / "long.jsonl", [Sentence("en-test-0", tokens)])
    predict.run(
        predict.PredictSettings(max_length=16, budget=64),
        model=taught,
        texts=[tmp_path / "long.jsonl"],
        output=tmp_path / "long.parquet",
    )
    predictions = read_predictions(tmp_path / "long.parquet")
    assert predictions.probabilities[0].shape == (200, 5)
    assert np.allclose(predictions.probabilities[0].sum(1), 1, atol=1e-4)
    gold = [tag for sentence in long for tag in sentence.tags]
    agreement = np.mean([a == b for a, b in zip(predictions.tags[0], gold, strict=True)])
    assert agreement > 0.95


def test_batching_does_not_change_the_result(corpus, taught, tmp_path):
    results = []
    for budget in (1, 4096):
        output = tmp_path / f"{budget}.parquet"
        predict.run(
            predict.PredictSettings(budget=budget),
            model=taught,
            texts=[corpus / "unlabelled.jsonl"],
            output=output,
        )
        results.append(read_predictions(output).probabilities)
    for alone, together in zip(*results, strict=True):
        assert np.allclose(alone, together, atol=1e-5)


@pytest.mark.parametrize(
    "objectives",
    [
        {},
        {"mean_squared_error": {"weight": 0.0}, "divergence": {"weight": 1.0}},
        {"mean_squared_error": {"weight": 0.0}, "pseudo_label": {"weight": 1.0}},
    ],
)
def test_the_student_learns_from_the_teacher_alone(corpus, taught, tmp_path, objectives):
    predictions, pseudo = tmp_path / "p.parquet", tmp_path / "pseudo.jsonl"
    predict.run(
        predict.PredictSettings(),
        model=taught,
        texts=[corpus / "unlabelled.jsonl"],
        output=predictions,
    )
    filter.run(
        filter.FilterSettings(), predictions=predictions, output=pseudo, summary=tmp_path / "s.json"
    )
    settings = {"epochs": 15, "batch_size": 8, "learning_rate": 5e-3, "objectives": objectives}
    student.run(
        student.StudentSettings.model_validate(settings),
        encoder=corpus / "encoder",
        teacher=taught,
        types=TYPES,
        seed=1,
        pseudo_labels=pseudo,
        predictions=predictions,
        dev=[corpus / "dev.jsonl"],
        output=tmp_path / "student",
        checkpoints=tmp_path / "checkpoints",
    )
    predict.run(
        predict.PredictSettings(),
        model=tmp_path / "student",
        texts=[corpus / "unlabelled.jsonl"],
        output=tmp_path / "student.parquet",
    )
    theirs, ours = read_predictions(predictions), read_predictions(tmp_path / "student.parquet")
    same = [
        a == b
        for x, y in zip(theirs.tags, ours.tags, strict=True)
        for a, b in zip(x, y, strict=True)
    ]
    assert np.mean(same) > 0.9


def _weights(folder):
    return load_file(folder / "model.safetensors")


@pytest.mark.slow
def test_a_run_can_be_repeated_and_seeds_differ(corpus, taught, tmp_path):
    _teach(corpus, tmp_path / "again")
    _teach(corpus, tmp_path / "other", seed=2)
    first, again, other = (_weights(f) for f in (taught, tmp_path / "again", tmp_path / "other"))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert any(not np.array_equal(first[name], other[name]) for name in first)


@pytest.mark.slow
def test_a_run_that_was_cut_off_resumes_to_the_same_weights(corpus, taught, tmp_path, monkeypatch):
    from transformers import Trainer

    save = Trainer._save_checkpoint

    def cut_off(self, *args, **kwargs):
        save(self, *args, **kwargs)
        if self.state.epoch >= 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_save_checkpoint", cut_off)
        with pytest.raises(KeyboardInterrupt):
            _teach(corpus, tmp_path / "resumed")
    assert not (tmp_path / "resumed").exists()
    assert any((tmp_path / "resumed-checkpoints").glob("checkpoint-*"))
    _teach(corpus, tmp_path / "resumed")
    whole, resumed = _weights(taught), _weights(tmp_path / "resumed")
    assert all(np.array_equal(whole[name], resumed[name]) for name in whole)
    history = [json.loads(line) for line in (tmp_path / "resumed" / "history.jsonl").open()]
    assert max(row["epoch"] for row in history) == 15


def test_a_checkpoint_half_written_by_a_kill_is_not_resumed_from(tmp_path):
    whole, half = tmp_path / "checkpoint-10", tmp_path / "checkpoint-20"
    for folder, state in ((whole, '{"epoch": 1}'), (half, '{"epo')):
        folder.mkdir()
        (folder / "model.safetensors").touch()
        (folder / "trainer_state.json").write_text(state)
    assert resumable(tmp_path)
    assert (whole.exists(), half.exists()) == (True, False)
    (whole / "trainer_state.json").unlink()
    assert not resumable(tmp_path)
    assert not resumable(tmp_path / "none")
