"""Teacher and student as functions on a tiny corpus, and the checkpoint they resume from."""

import json
import os
import shutil
import signal
from multiprocessing import get_context

import numpy as np
import pytest
from safetensors.numpy import load_file

from clner import encoder, filter, predict, student, teacher
from clner.codeswitching.phrases import Phrase
from clner.codeswitching.switchable import Switchable, write_switchables
from clner.encoders.settings import ScratchSettings
from clner.errors import ClnerError
from clner.files.artifacts import read_json, write_json
from clner.files.checkpoints import resumable
from clner.files.sums import seal
from clner.tagging.predictions import read_predictions
from clner.tagging.rounds import read_round
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
    phrases = {"es": [Phrase(1, 2, [["vive"]]), Phrase(2, 3, [["en"]])]}
    write_switchables(folder / "phrases.jsonl", [Switchable(s, phrases, 0.5) for s in source])
    (folder / "lexicon.tsv").write_text("lives\tvive\nin\ten\n")
    scratch = ScratchSettings(vocabulary=200, least=1, dimension=16, width=32, layers=1, heads=2)
    encoder.run(
        encoder.EncoderSettings(kind="scratch", scratch=scratch),
        output=folder / "encoder",
        checkpoints=folder / "none",
        sentences=[folder / "source.jsonl", folder / "unlabelled.jsonl"],
    )
    return folder


def _teach(corpus, output, seed=1, dev=None, **changes):
    settings = {
        "epochs": 15,
        "batch_size": 8,
        "learning_rate": 5e-3,
        "selection": "last",
        "objectives": {
            "translation_contrast": {"weight": 0.1, "projection": 8, "warmup": 0.5, "layer": 0},
            "label_contrast": {"weight": 0.1},
        },
    }
    teacher.run(
        teacher.TeacherSettings.model_validate(settings | changes),
        encoder=corpus / "encoder",
        types=TYPES,
        seed=seed,
        dev=[corpus / "dev.jsonl"] if dev is None else dev,
        output=output,
        checkpoints=output.with_name(output.name + "-checkpoints"),
        source=[corpus / "source.jsonl"],
        translation=[corpus / "translation.jsonl"],
        codeswitch=[corpus / "phrases.jsonl"],
    )


@pytest.fixture(scope="module")
def taught(corpus):
    _teach(corpus, corpus / "teacher")
    return corpus / "teacher"


MCLNER = {
    "head": "token_pair",
    "token_pair": {"biaffine": 16, "distances": 2},
    "views": ["source", "codeswitch", "translation"],
    "objectives": {
        "semantic_contrast": {"weight": 0.1, "projection": 8},
        "relation_contrast": {"weight": 0.1, "method": "prototypes"},
    },
}


@pytest.fixture(scope="module")
def taught_pairs(corpus):
    _teach(corpus, corpus / "pair-teacher", **MCLNER)
    return corpus / "pair-teacher"


def test_the_teacher_learns_and_logs_every_term(corpus, taught):
    history = [json.loads(line) for line in (taught / "history.jsonl").open()]
    terms = {"loss_cross_entropy", "loss_translation_contrast", "loss_label_contrast"}
    logged = [row for row in history if terms <= row.keys()]
    assert len(logged) > 5
    assert logged[-1]["loss_cross_entropy"] < 0.3 * logged[0]["loss_cross_entropy"]
    assert max(row["eval_f1"] for row in history if "eval_f1" in row) > 0.9
    assert not (corpus / "teacher-checkpoints").exists()


@pytest.mark.parametrize("layer", [2, -3])
def test_a_layer_that_the_encoder_lacks_is_said(corpus, tmp_path, layer):
    objectives = {"translation_contrast": {"weight": 0.1, "layer": layer}}
    said = f"translation_contrast.layer = {layer}: the encoder has 1; take one from 0 to 1"
    with pytest.raises(ClnerError, match=said):
        _teach(corpus, tmp_path / "teacher", objectives=objectives)
    assert not (tmp_path / "teacher").exists()


def test_calibration_divides_all_scores_and_changes_no_tag(corpus, taught, tmp_path):
    _teach(corpus, tmp_path / "teacher", calibration=True)
    by = read_json(tmp_path / "teacher/training.json")["temperature"]
    assert by != 1
    assert read_json(taught / "training.json")["temperature"] == 1
    told = []
    for folder in (taught, tmp_path / "teacher"):
        output = tmp_path / "told.parquet"
        settings = predict.PredictSettings()
        predict.run(settings, model=folder, texts=[corpus / "dev.jsonl"], output=output)
        told.append(read_predictions(output))
    plain, calibrated = (np.concatenate(own.probabilities).astype(np.float64) for own in told)
    powers = plain ** (1 / by)
    np.testing.assert_allclose(calibrated, powers / powers.sum(1, keepdims=True), atol=1e-4)
    assert told[0].tags == told[1].tags


def test_calibration_that_cannot_be_is_said(corpus, tmp_path):
    said = "calibration: works with head = 'tags' only, not 'token_pair'"
    with pytest.raises(ClnerError, match=said):
        _teach(corpus, tmp_path / "pairs", calibration=True, head="token_pair")
    with pytest.raises(ClnerError, match="calibration: true needs a dev set"):
        _teach(corpus, tmp_path / "teacher", dev=[], calibration=True)


@pytest.mark.parametrize("capitals", ["ignored", "required"])
@pytest.mark.parametrize("usual", ["ana", "Ana"])
def test_text_in_small_letters_has_no_entity_where_capitals_are_required(
    taught, tmp_path, capitals, usual
):
    texts = [
        Sentence("small", ["ana", "vive", "en", "lima", "."]),
        Sentence("capital", ["Ana", "vive", "en", "Lima", "."]),
        *(Sentence(f"usual-{n}", ["y", usual, "vive"]) for n in range(9)),
    ]
    write_sentences(tmp_path / "texts.jsonl", texts)
    predict.run(
        predict.PredictSettings(capitals=capitals),
        model=taught,
        texts=[tmp_path / "texts.jsonl"],
        output=tmp_path / "told.parquet",
    )
    small, capital, *_ = read_predictions(tmp_path / "told.parquet").tags
    first = "O" if (capitals, usual) == ("required", "ana") else "B-PER"
    assert capital == [first, "O", "O", "B-LOC", "O"]
    assert (small == ["O"] * 5) == (capitals == "required")


def test_plain_transformers_runs_the_teacher(taught):
    from transformers import pipeline

    tagger = pipeline("token-classification", model=str(taught), device="cpu")
    words = {item["word"]: item["entity"] for item in tagger("Ana lives in Rome .")}
    assert words == {"Ana": "B-PER", "Rome": "B-LOC"}


@pytest.mark.parametrize("tagger", ["taught", "taught_pairs"])
def test_a_sentence_longer_than_the_window_keeps_every_token(tagger, tmp_path, request):
    long = [_sentence(n, "en", "test", {"lives": "lives", "in": "in"}) for n in range(40)]
    tokens = [token for sentence in long for token in sentence.tokens]
    write_sentences(tmp_path / "long.jsonl", [Sentence("en-test-0", tokens)])
    predict.run(
        predict.PredictSettings(max_length=16, budget=64),
        model=request.getfixturevalue(tagger),
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


def test_a_teacher_of_token_pairs_learns_from_three_views(corpus, taught_pairs, tmp_path):
    history = [json.loads(line) for line in (taught_pairs / "history.jsonl").open()]
    terms = {"loss_cross_entropy", "loss_semantic_contrast", "loss_relation_contrast"}
    logged = [row for row in history if terms <= row.keys()]
    assert len(logged) > 5
    assert logged[-1]["loss_cross_entropy"] < 0.3 * logged[0]["loss_cross_entropy"]
    assert read_round(taught_pairs).dev_f1 > 0.9
    predictions = _predicted(taught_pairs, corpus, tmp_path)
    for tags, probabilities, spans in zip(
        predictions.tags, predictions.probabilities, predictions.spans, strict=True
    ):
        assert np.allclose(probabilities.sum(1), 1, atol=1e-4)
        assert [span.start for span in spans] == [n for n, tag in enumerate(tags) if tag[0] == "B"]
        assert all(0 < span.confidence <= 1 for span in spans)


def _predicted(model, corpus, folder):
    predict.run(
        predict.PredictSettings(),
        model=model,
        texts=[corpus / "unlabelled.jsonl"],
        output=folder / f"{model.name}.parquet",
    )
    return read_predictions(folder / f"{model.name}.parquet")


def _study(corpus, master, output, **settings):
    """Train a student of `master` on the target text, with nothing filtered out."""
    pseudo = output.with_suffix(".jsonl")
    _predicted(master, corpus, output.parent)
    predictions = output.parent / f"{master.name}.parquet"
    summary = output.with_suffix(".json")
    filter.run(filter.FilterSettings(), predictions=predictions, output=pseudo, summary=summary)
    common = {"epochs": 15, "batch_size": 8, "learning_rate": 5e-3}
    student.run(
        student.StudentSettings.model_validate(common | settings),
        encoder=corpus / "encoder",
        teacher=master,
        types=TYPES,
        seed=1,
        pseudo_labels=pseudo,
        predictions=predictions,
        dev=[corpus / "dev.jsonl"],
        output=output,
        checkpoints=output.with_name(output.name + "-checkpoints"),
        source=[corpus / "source.jsonl"],
        codeswitch=[corpus / "phrases.jsonl"],
        lexicon=[corpus / "lexicon.tsv"],
    )


HARD = {"mean_squared_error": {"weight": 0.0}, "pseudo_label": {"weight": 1.0}}


@pytest.mark.parametrize(
    ("master", "settings"),
    [
        ("tags", {}),
        (
            "tags",
            {"objectives": {"mean_squared_error": {"weight": 0}, "divergence": {"weight": 1}}},
        ),
        ("tags", {"objectives": HARD}),
        ("tags", {"head": "token_pair", "objectives": HARD}),
        ("token_pair", {}),
        ("token_pair", {"head": "token_pair", "epochs": 25}),
        (
            "token_pair",
            {
                "head": "token_pair",
                "views": ["source", "codeswitch"],
                "switch_target": 0.5,
                "objectives": HARD
                | {"semantic_contrast": {"weight": 0.1}, "relation_contrast": {"weight": 0.1}},
            },
        ),
    ],
)
def test_a_student_of_either_head_learns_from_a_teacher_of_either(
    corpus, taught, taught_pairs, tmp_path, master, settings
):
    master = {"tags": taught, "token_pair": taught_pairs}[master]
    _study(corpus, master, tmp_path / "student", **settings)
    theirs = _predicted(master, corpus, tmp_path)
    ours = _predicted(tmp_path / "student", corpus, tmp_path)
    same = [
        a == b
        for x, y in zip(theirs.tags, ours.tags, strict=True)
        for a, b in zip(x, y, strict=True)
    ]
    assert np.mean(same) > 0.9
    assert read_round(tmp_path / "student").number == 1


def test_a_pair_teacher_hands_a_plain_tagger_to_its_user(corpus, taught_pairs, tmp_path):
    from transformers import pipeline

    _study(corpus, taught_pairs, tmp_path / "student", start="teacher")
    tagger = pipeline("token-classification", model=str(tmp_path / "student"), device="cpu")
    words = {item["word"]: item["entity"] for item in tagger("Ana vive en Rome .")}
    assert words == {"Ana": "B-PER", "Rome": "B-LOC"}


def test_target_text_is_not_switched_without_a_lexicon(corpus, taught, tmp_path):
    settings = student.StudentSettings(switch_target=0.5)
    with pytest.raises(ClnerError, match="switch_target: needs a dictionary"):
        student._switchables([], settings, None, "es")


def _with_dev_f1(model, score):
    record = read_json(model / "training.json")
    write_json(model / "training.json", record | {"dev_f1": score})
    (model / "SHA256SUMS").unlink()


def test_rounds_end_where_the_dev_score_stops_rising(corpus, taught, tmp_path):
    one = {"epochs": 1, "learning_rate": 1e-5, "stop": "source-dev"}
    first, second, third = (tmp_path / f"student-{n}" for n in (1, 2, 3))
    _study(corpus, taught, first, **one)
    assert read_round(first)[0::2] == (1, False)  # below its teacher, and trained all the same
    _with_dev_f1(first, 1.0)
    _study(corpus, first, second, **one)
    assert read_round(second) == (2, 1.0, True)
    assert (second / "rejected.jsonl").exists()
    _study(corpus, second, third, **(one | {"epochs": 1000}))
    assert read_round(third) == (3, 1.0, True)
    assert (third / "model.safetensors").read_bytes() == (first / "model.safetensors").read_bytes()


def test_a_round_that_rises_is_kept(corpus, taught, tmp_path):
    first, second = tmp_path / "student-1", tmp_path / "student-2"
    _study(corpus, taught, first, epochs=1, learning_rate=1e-5, stop="source-dev")
    _with_dev_f1(first, -1.0)
    _study(corpus, first, second, epochs=1, learning_rate=1e-5, stop="source-dev")
    assert read_round(second)[0::2] == (2, False)


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
@pytest.mark.parametrize(("whole", "changes"), [("taught", {}), ("taught_pairs", MCLNER)])
def test_a_run_that_was_cut_off_resumes_to_the_same_weights(
    corpus, whole, changes, tmp_path, monkeypatch, request
):
    from transformers import Trainer

    save = Trainer._save_checkpoint

    def cut_off(self, *args, **kwargs):
        save(self, *args, **kwargs)
        if self.state.epoch >= 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_save_checkpoint", cut_off)
        with pytest.raises(KeyboardInterrupt):
            _teach(corpus, tmp_path / "resumed", **changes)
    assert not (tmp_path / "resumed").exists()
    assert any((tmp_path / "resumed-checkpoints").glob("checkpoint-*"))
    _teach(corpus, tmp_path / "resumed", **changes)
    whole = _weights(request.getfixturevalue(whole))
    resumed = _weights(tmp_path / "resumed")
    assert all(np.array_equal(whole[name], resumed[name]) for name in whole)
    history = [json.loads(line) for line in (tmp_path / "resumed" / "history.jsonl").open()]
    assert max(row["epoch"] for row in history) == 15


def _killed(where, calls, teach):
    """Run `teach` in a process that gets SIGKILL in the midst of the Trainer's method `where`."""

    def run():
        from transformers import Trainer

        method, left = getattr(Trainer, where), [calls]

        def dies(self, *args, **kwargs):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return method(self, *args, **kwargs)

        setattr(Trainer, where, dies)
        teach()

    process = get_context("fork").Process(target=run)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.slow
def test_sigkill_within_an_epoch_or_a_checkpoint_ends_with_the_same_weights(
    corpus, taught, tmp_path
):
    """Six steps an epoch; a checkpoint's weights are written before the optimizer's state."""
    output, checkpoints = tmp_path / "killed", tmp_path / "killed-checkpoints"
    for where, calls, left in (
        ("training_step", 5, []),
        ("training_step", 6 * 4 + 3, ["checkpoint-24"]),
        ("_save_optimizer_and_scheduler", 2, ["checkpoint-30", "checkpoint-36"]),
        ("_rotate_checkpoints", 1, ["checkpoint-30", "checkpoint-36"]),
    ):
        _killed(where, calls, lambda: _teach(corpus, output))
        assert not output.exists()
        assert sorted(path.name for path in checkpoints.glob("checkpoint-*")) == left
    _teach(corpus, output)
    whole, resumed = _weights(taught), _weights(output)
    assert all(np.array_equal(whole[name], resumed[name]) for name in whole)
    assert sorted(tmp_path.iterdir()) == [output]


def test_flipped_bits_in_weights_are_named_and_tag_nothing(corpus, taught, tmp_path):
    shutil.copytree(taught, tmp_path / "teacher")
    weights = tmp_path / "teacher" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-5] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ClnerError, match=r"model\.safetensors: damaged .* run again to rebuild"):
        _predicted(tmp_path / "teacher", corpus, tmp_path)
    assert not (tmp_path / "teacher.parquet").exists()


def test_a_damaged_checkpoint_is_not_resumed_from(tmp_path):
    checkpoint = tmp_path / "checkpoint-10"
    checkpoint.mkdir()
    (checkpoint / "trainer_state.json").write_text("{}")
    (checkpoint / "model.safetensors").write_bytes(b"weights")
    seal(checkpoint)
    assert resumable(tmp_path)
    (checkpoint / "model.safetensors").write_bytes(b"weighty")
    assert not resumable(tmp_path)


@pytest.mark.slow
def test_accumulated_gradients_are_a_mean(corpus, tmp_path):
    common = {"epochs": 1, "objectives": {"cross_entropy": {"weight": 1.0}}}
    norms = []
    for size, steps in ((16, 1), (8, 2)):
        output = tmp_path / f"{size}x{steps}"
        _teach(corpus, output, batch_size=size, accumulation=steps, **common)
        norms.append(json.loads((output / "history.jsonl").open().readline())["grad_norm"])
    assert norms[1] == pytest.approx(norms[0], rel=0.3)  # twice as much for a sum


@pytest.mark.slow
def test_few_examples_are_seen_more_often_where_steps_have_a_least_number(corpus, tmp_path):
    # 48 sentences in batches of 8 make 6 steps an epoch.
    for least, looks in ((0, [6]), (4, [6]), (15, [12, 15])):
        _teach(corpus, tmp_path / f"{least}", epochs=1, least_steps=least)
        lines = (tmp_path / f"{least}" / "history.jsonl").read_text().splitlines()
        rows = [json.loads(line) for line in lines]
        assert max(row["step"] for row in rows) == looks[-1]
        assert [row["step"] for row in rows if "eval_f1" in row] == looks


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
