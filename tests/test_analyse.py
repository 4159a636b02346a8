"""The stage that counts errors: its counts are those of the scores."""

import json

import numpy as np
import pytest

from clner import analyse
from clner.analysis.errors import KINDS
from clner.errors import ClnerError
from clner.reporting.rows import read_scores
from clner.reporting.significance import f1
from tests.small_run import write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    write_run(folder, targets=["es"], variants=["concner"], seeds=[1])
    return folder


@pytest.fixture(scope="module")
def found(run) -> dict:
    return json.loads((run / "en-es/concner/seed-1/analysis.json").read_text(encoding="utf-8"))


def test_pooled_counts_give_the_f1_of_seqeval(run, found):
    for name, model in (("teacher", "teacher"), ("student-1", "student")):
        scores = read_scores([run / "en-es/concner/seed-1/evaluate/scores.tsv"])
        own_scores = [row for row in scores if (row.model, row.type) == (model, "micro")]
        assert {row.split for row in own_scores} == set(found["splits"])
        for score in own_scores:
            own = found["models"][name][score.split]
            others = np.add(own["predicted"], own["gold"])
            counts = np.stack([own["right"], others], axis=1).sum(0)
            assert f1(counts) == pytest.approx(score.f1, abs=1e-6)
            assert sum(own["gold"]) == score.support == found["splits"][score.split]["entities"]


def test_errors_and_what_is_right_are_all_entities(found):
    for splits in found["models"].values():
        for own in splits.values():
            errors = {kind: sum(types.values()) for kind, types in own["errors"].items()}
            paired = errors["type"] + errors["boundary"] + errors["boundary and type"]
            right = sum(own["right"])
            assert right + errors["missed"] + paired == sum(own["gold"])
            assert right + errors["spurious"] + paired == sum(own["predicted"])


def test_examples_are_some_of_each_kind(found):
    own = found["models"]["teacher"]["target-test"]
    for kind in KINDS:
        kept = [example for example in own["examples"] if example["kind"] == kind]
        assert len(kept) == min(3, sum(own["errors"][kind].values()))
        for example in kept:
            ends = [example[name][1] for name in ("gold", "predicted") if example[name]]
            assert max(ends) <= len(example["tokens"])


def test_each_round_has_its_curves(found):
    (curve,) = found["thresholds"]
    assert (curve["round"], curve["no_gold"], curve["sentences"]) == (1, None, 40)
    shares = curve["entity"]["share"]
    assert shares[0] == 1.0
    assert shares == sorted(shares, reverse=True)


def test_predictions_of_another_corpus_are_a_fault(run, tmp_path):
    place = run / "en-es/concner/seed-1"
    with pytest.raises(ClnerError, match="no prediction for en-test-0"):
        analyse.run(
            analyse.AnalyseSettings(),
            pair="en-es",
            variant="concner",
            seed=1,
            predictions=[place / "predict/teacher/unlabelled.parquet"],
            gold=[run / "corpora/en/test.jsonl"],
            output=tmp_path / "analysis.json",
        )
    assert not (tmp_path / "analysis.json").exists()
