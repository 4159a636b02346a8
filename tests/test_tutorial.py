"""The tutorial's own language, typed as the page shows it: what it says comes of it."""

import json
from pathlib import Path

import pytest

from clner.files.artifacts import read_json
from clner.text.sentence import read_sentences
from tests.documentation import ROOT, commands, copy_workflow, run, write_files

PAGE = ROOT / "docs/tutorial.md"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def portuguese(tmp_path_factory) -> Path:
    folder = copy_workflow(tmp_path_factory.mktemp("tutorial") / "clner")
    write_files(PAGE, folder)
    for command in commands(PAGE, "tutorial"):
        run(command, folder)
    return folder / "results/portuguese"


def test_the_training_sentences_are_translated_by_the_dictionary(portuguese):
    lines = (portuguese / "en-pt/shared/translate/train.jsonl").read_text().splitlines()
    tokens = [token for line in lines for token in json.loads(line)["tokens"]]
    assert {"prefeito", "médico", "ontem"} <= set(tokens) and "yesterday" not in tokens


def test_every_label_arrives(portuguese):
    summary = read_json(portuguese / "en-pt/shared/project/summary.json")
    assert summary["entities"]["projected"] == summary["entities"]["in"] > 1000


def test_no_label_of_the_small_file_is_in_the_unlabelled_text(portuguese):
    unlabelled = read_sentences(portuguese / "corpora/pt/shared/unlabelled.jsonl")
    assert len(unlabelled) == 3 and all(sentence.tags is None for sentence in unlabelled)
