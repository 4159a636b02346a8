"""The embedded demo from end to end, as the README's first command runs it."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from clner.files.sums import check_seal
from tests.cores import share_of_cores
from tests.documentation import PAGES, commands, run, write_files

ROOT = Path(__file__).parents[1]
COLUMNS = [
    "source",
    "target",
    "variant",
    "seed",
    "model",
    "round",
    "split",
    "type",
    "precision",
    "recall",
    "f1",
    "support",
]
TARGETS = ["de", "es", "zh"]
REFUSE_NETWORK = Path(__file__).parent / "refuse_network"
WORKFLOW = ["Snakefile", "config.yaml", "workflow", "envs", "profiles"]

pytestmark = pytest.mark.slow


def snakemake(folder: Path, *arguments: str) -> str:
    """Run snakemake in `folder`, without a network; its output, both streams."""
    offline = {
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": os.pathsep.join([str(REFUSE_NETWORK), os.environ.get("PYTHONPATH", "")]),
        "REFUSED": str(folder / "refused"),
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        ["snakemake", "--cores", str(share_of_cores()), *arguments],
        cwd=folder,
        env=os.environ | offline | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert result.returncode == 0, result.stdout[-5000:]
    return result.stdout


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    for name in WORKFLOW:
        place = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        place(ROOT / name, folder / name)
    snakemake(folder)
    return folder


@pytest.fixture(scope="module")
def scores(demo) -> pd.DataFrame:
    return pd.read_csv(demo / "results" / "scores.tsv", sep="\t")


def test_scores_have_their_columns_and_every_cell(scores):
    assert list(scores.columns) == COLUMNS
    assert sorted(scores.target.unique()) == TARGETS
    assert set(scores.variant) == {"zero-shot", "translate-train", "concner"}
    assert set(scores.split) == {"source-dev", "source-test", "target-dev", "target-test"}
    students = scores[scores.model == "student"]
    assert set(students.variant) == {"concner"}
    assert set(students["round"]) == {1}
    assert scores.f1.between(0, 1).all()


def test_zero_shot_is_below_translate_train_and_that_below_the_student(scores):
    test = scores[(scores.split == "target-test") & (scores.type == "micro")]
    f1 = test.pivot_table(index="target", columns=["variant", "model"], values="f1")
    zero_shot = f1["zero-shot", "teacher"]
    translate_train = f1["translate-train", "teacher"]
    student = f1["concner", "student"]
    assert zero_shot.mean() + 0.05 < translate_train.mean()
    assert translate_train.mean() + 0.01 < student.mean()
    assert (zero_shot < translate_train).all()
    # One target's test set of 300 sentences has a standard error of about 0.02.
    assert (translate_train - 0.03 < student).all()


def test_the_table_and_the_figure_are_there(demo):
    table = (demo / "results" / "table.md").read_text(encoding="utf-8")
    assert all(name in table for name in ("zero-shot", "translate-train", "concner", "IOB2"))
    assert (demo / "results" / "table.png").stat().st_size > 10_000


def test_the_page_holds_all_sections_and_asks_for_nothing(demo):
    page = (demo / "results" / "report.html").read_text(encoding="utf-8")
    assert page.count("<section id=") == 15
    assert "the student of concner" in page
    assert "Not measured" not in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)


def test_snakemakes_report_holds_the_page(demo):
    snakemake(demo, "--report", "report.zip")
    with zipfile.ZipFile(demo / "report.zip") as archive:
        assert archive.testzip() is None
        pages = [name for name in archive.namelist() if name.endswith("/report.html")]
        sizes = {archive.getinfo(name).file_size for name in pages}
    assert (demo / "results" / "report.html").stat().st_size in sizes


def test_no_stage_asked_for_a_network(demo):
    assert not (demo / "refused").exists()


def test_logs_are_plain_lines_that_say_how_far_a_job_was(demo):
    logs = {path: path.read_bytes() for path in (demo / "results/logs").rglob("*.log")}
    assert not [path for path, text in logs.items() if b"\r" in text or b"it/s" in text]
    for name in (
        "shared/translate.log",
        "shared/project.log",
        "seed-1/teacher.log",
        "seed-1/student-1.log",
        "predict/teacher/unlabelled.log",
    ):
        said = [text for path, text in logs.items() if path.match(name)]
        assert said and all(re.search(rb"^results/.+ in \d\d:\d\d", text, re.M) for text in said)


def test_no_label_of_the_target_is_in_the_unlabelled_text(demo):
    for target in TARGETS:
        text = (demo / "results/corpora" / target / "shared/unlabelled.jsonl").read_text()
        assert text
        assert '"tags"' not in text


def test_a_student_loads_in_plain_transformers_and_tags(demo):
    from transformers import pipeline

    from clner.prediction.tagger import Tagger

    folder = demo / "results/en-es/concner/seed-1/student-1"
    tagger = pipeline("token-classification", model=str(folder), aggregation_strategy="first")
    texts = ["María vive en Lisboa .", "El alcalde de Madrid llegó ."]
    said = [[(e["start"], e["end"], e["entity_group"]) for e in own] for own in tagger(texts)]
    assert any(said)
    own = Tagger.from_pretrained(folder)
    assert own.languages == ["es", "en"]
    assert [[(e.start, e.end, e.type) for e in found] for found in own.tag(texts)] == said


def test_each_student_has_a_card_that_says_what_it_was_made_from_and_its_scores(demo, scores):
    for target in TARGETS:
        folder = demo / f"results/en-{target}/concner/seed-1/student-1"
        card = (folder / "README.md").read_text(encoding="utf-8")
        test = scores[(scores.split == "target-test") & (scores.type == "micro")]
        f1 = test[(test.target == target) & (test.model == "student")].f1.item()
        assert f"value: {f1}" in card
        assert "| labelled sentences, en | the demo embedded in clner | apache-2.0 |" in card
        check_seal(folder)


def test_the_documentations_commands_on_a_finished_demo_run(demo):
    said = {}
    for page in PAGES:
        write_files(page, demo)
        said |= {command: run(command, demo) for command in commands(page, "demo")}
    assert "| concner |" in said["cat results/table.md"]
    assert "'entity_group'" in said["python tag.py"]
    tagged = next(text for command, text in said.items() if command.startswith("echo"))
    assert all(len(line.split("\t")) == 6 for line in tagged.splitlines())
    exported = next(text for command, text in said.items() if command.startswith("clner export"))
    assert exported.startswith("student.onnx: ") and exported.count("\n") == 1


METHODS = """
run:
  targets: [es]
  variants: [mclner, dual, back]
lexicons:
  es-en: {path: demo, inverse: true}
variants:
  back:
    pool: {translated: 0.5}
teacher: {epochs: 4}
student: {epochs: 2, stop: source-dev}
pathvars: {logs: results/logs/methods, benchmarks: results/benchmarks/methods}
"""


@pytest.fixture(scope="module")
def methods(demo) -> Path:
    """Other methods on one language, shorter; what they share with the demo is there."""
    folder = demo.with_name("methods")
    shutil.copytree(demo, folder)
    (folder / "methods.yaml").write_text(METHODS)
    snakemake(folder, "--configfile", "methods.yaml")
    return folder


def test_mclner_and_the_union_of_both_papers_run_to_the_end(methods, scores):
    found = pd.read_csv(methods / "results" / "scores.tsv", sep="\t")
    assert set(found.variant) == {"mclner", "dual", "back"}
    rounds = found.groupby("variant")["round"].unique().map(sorted).to_dict()
    assert rounds == {"mclner": [0, 1, 2], "dual": [0, 1], "back": [0, 1]}
    test = found[(found.split == "target-test") & (found.type == "micro")]
    bare = scores[(scores.split == "target-test") & (scores.type == "micro")]
    zero_shot = bare[(bare.variant == "zero-shot") & (bare.target == "es")].f1.item()
    assert (test.f1 > zero_shot).all()


def test_the_union_hands_over_a_plain_tagger_and_mclner_one_of_pairs(methods):
    from transformers import pipeline

    from clner.relations.tagger import TokenPairTagger
    from clner.tagging.model import load_tagger

    results = methods / "results/en-es"
    plain = str(results / "dual/seed-1/student-1")
    assert pipeline("token-classification", model=plain)("María vive en Lisboa .")
    pairs = load_tagger(results / "mclner/seed-1/student-2")
    assert isinstance(pairs, TokenPairTagger)


def test_what_is_said_of_the_translation_is_in_what_is_pooled(methods):
    from clner.tagging.predictions import read_predictions

    own, there, pooled = (
        read_predictions(methods / "results/en-es" / name)
        for name in (
            "concner/seed-1/predict/teacher/unlabelled.parquet",
            "concner/seed-1/predict/teacher/translated.parquet",
            "back/seed-1/pool/teacher.parquet",
        )
    )
    assert own.ids == pooled.ids and set(there.ids) <= set(own.ids)
    assert own.tokens != there.tokens
    shares = [share for sentence in pooled.agreement for share in sentence]
    assert {0.5, 1.0} <= set(shares)
    found = sum(map(len, own.spans)), sum(map(len, there.spans))
    assert sum(share == 1 for share in shares) > 0.3 * min(found)


def test_each_round_leaves_its_pseudo_labels_and_their_summary(methods):
    folder = methods / "results/en-es/mclner/seed-1/filter"
    for number in (1, 2):
        summary = json.loads((folder / f"round-{number}/summary.json").read_text())
        assert 0 < summary["kept_sentences"] <= summary["sentences"]
        assert (folder / f"round-{number}/pseudo_labels.jsonl").stat().st_size > 0


def test_nothing_is_left_to_do(demo):
    assert "Nothing to be done" in snakemake(demo, "--dry-run")


def test_touching_every_file_reruns_nothing(demo):
    for path in sorted(demo.rglob("*")):
        if path.is_file() and ".snakemake" not in path.parts:
            os.utime(path)
    assert "Nothing to be done" in snakemake(demo, "--dry-run")


def test_a_changed_threshold_reruns_the_filter_and_what_follows(demo):
    (demo / "stricter.yaml").write_text("filter: {entity_confidence: 0.9}\n")
    plan = snakemake(demo, "--dry-run", "--configfile", "stricter.yaml")
    table = plan[plan.index("Job stats:") :].splitlines()[3:]
    jobs = dict(line.split()[:2] for line in table[: table.index("")])
    assert jobs == {
        "all": "1",
        "filter": "3",
        "student": "3",
        "predict": "3",
        "evaluate": "3",
        "card": "3",
        "diagnose": "3",
        "analyse": "3",
        "summarise": "1",
        "review": "1",
        "report": "1",
        "total": "25",
    }
