"""The examples of docs/extending.md, put into a copy of the code, do what the page says."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from clner.files.artifacts import read_json
from clner.tagging.predictions import Predictions, write_predictions
from clner.text.sentence import Sentence, read_sentences, write_sentences
from clner.text.spans import ScoredSpan
from tests.documentation import ROOT, blocks, copy_workflow, run, write_files

PAGE = ROOT / "docs/extending.md"
TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """A copy of the project with all that the page adds."""
    folder = copy_workflow(tmp_path_factory.mktemp("extending") / "clner")
    shutil.copytree(ROOT / "src", folder / "src")
    write_files(PAGE, folder)
    changes = "".join(block.text for block in blocks(PAGE) if block.kind == "diff")
    subprocess.run(["git", "apply", "-"], input=changes, text=True, cwd=folder, check=True)
    return folder


def sentences(count: int) -> list[Sentence]:
    names, places = ["Ana", "Bo", "Cy"], ["Rome", "Oslo", "Lima", "Bonn"]
    return [
        Sentence(
            f"en-train-{n}",
            [names[n % 3], "lives", "in", places[n % 4], "."],
            ["B-PER", "O", "O", "B-LOC", "O"],
        )
        for n in range(count)
    ]


def test_the_objective_trains_three_steps(tree):
    """Three batches of four; its term is in the history, and its settings in the schema."""
    write_sentences(tree / "train.jsonl", sentences(12))
    small = "--kind scratch --scratch.vocabulary 200 --scratch.least 1 --scratch.dimension 16"
    small += " --scratch.width 32 --scratch.layers 1 --scratch.heads 2 --checkpoints none"
    run(f"python -m clner.encoder --sentences train.jsonl --output encoder {small}", tree, tree)
    run(
        "python -m clner.teacher --encoder encoder --types PER LOC --seed 1 --source train.jsonl"
        " --dev train.jsonl --output teacher --checkpoints none --views '[source]'"
        " --epochs 1 --batch-size 4 --objectives.confidence-penalty.weight 0.1",
        tree,
        tree,
    )
    history = [json.loads(line) for line in (tree / "teacher/history.jsonl").open()]
    terms = [row["loss_confidence_penalty"] for row in history if "loss" in row]
    assert len(terms) == 3
    assert all(-np.log(len(TAGS)) <= term < 0 for term in terms)
    assert "confidence_penalty" in run("python -m clner.config", tree, tree)


def test_the_objective_is_a_variant_that_shares_all_before_the_teacher(tree):
    plan = run("snakemake --dry-run --configfile penalty.yaml", tree, tree)
    jobs = dict(line.split() for line in plan.splitlines() if line.startswith(("enc", "teach")))
    assert jobs == {"encoder": "3", "teacher": "6"}


def test_the_engine_translates_by_the_program(tree):
    (tree / "shout.sh").chmod(0o755)
    (tree / "own.txt").write_text("Ana lives in Rome.\nWho?\n")
    run(
        "python -m clner.translate --source en --target es --sentences own.txt --output es.jsonl"
        " --engine command:./shout.sh",
        tree,
        tree,
    )
    said = [json.loads(line)["tokens"] for line in (tree / "es.jsonl").open()]
    assert said == [["ANA", "LIVES", "IN", "ROME", "."], ["WHO", "?"]]


def test_the_filter_rejects_by_the_new_criterion_and_counts_it(tree):
    tags = [["B-PER", "O"], ["O", "O"]]
    rows = [[TAGS.index(tag) for tag in own] for own in tags]
    predictions = Predictions(
        ids=["a", "b"],
        tokens=[["Ana", "lives"], ["Who", "?"]],
        tags=tags,
        probabilities=[np.eye(len(TAGS), dtype=np.float32)[row] for row in rows],
        spans=[[ScoredSpan(0, 1, "PER", 1.0)], []],
        tag_names=TAGS,
    )
    write_predictions(tree / "said.parquet", predictions)
    run(
        "python -m clner.filter --predictions said.parquet --output kept.jsonl"
        " --summary summary.json --least-entities 1",
        tree,
        tree,
    )
    assert [sentence.id for sentence in read_sentences(tree / "kept.jsonl")] == ["a"]
    assert read_json(tree / "summary.json")["rejected_sentences"] == {"least_entities": 1}
