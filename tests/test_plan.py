"""What Snakemake plans after a change: exactly the jobs that the change concerns.

The artifacts are made once, as empty files that Snakemake records as its own; each test changes
something in a copy and reads the plan. No stage runs.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from clner.config.experiment import load
from clner.config.overrides import merge

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PARTS = ["Snakefile", "config.yaml", "workflow", "profiles", "envs", "src"]
OBJECTIVE = "src/clner/objectives/terms/label_contrast.py"
SUMMARY = {"scores.tsv", "table.md", "table.png", "diagnostics.md", "rounds.png", "report.html"}


class Project:
    """A copy of the workflow with its artifacts, in a folder of its own."""

    def __init__(self, folder: Path):
        self.folder = folder

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess:
        environment = os.environ | {"PYTHONPATH": str(self.folder / "src")}
        return subprocess.run(
            [sys.executable, "-m", "snakemake", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def summary(self, *targets: str) -> list[tuple[str, bool]]:
        """Each artifact below results/, and whether it is to be made."""
        result = self.snakemake("--summary", *targets)
        assert result.returncode == 0, result.stderr
        rows = [line.split("\t") for line in result.stdout.splitlines()[1:]]
        return [(row[0].removeprefix("results/"), row[-1] != "no update") for row in rows]

    def planned(self, *targets: str) -> set[str]:
        return {path for path, pending in self.summary(*targets) if pending}

    def make(self) -> None:
        """Record all missing artifacts as made; the content of each is its own path."""
        for name in self.planned():
            path = self.folder / "results" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name, encoding="utf-8")
        result = self.snakemake("--touch", "--forceall", "--cores", "1")
        assert result.returncode == 0, result.stderr

    def rewrite(self, file: str, change: Callable[[str], str]) -> None:
        path = self.folder / file
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    def configure(self, **sections: dict) -> None:
        """Lay settings over config.yaml."""

        def overlaid(text: str) -> str:
            values = merge(yaml.safe_load(text), sections)
            return yaml.safe_dump(values, sort_keys=False)

        self.rewrite("config.yaml", overlaid)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Project:
    folder = tmp_path_factory.mktemp("made")
    for part in PARTS:
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / part)
    project = Project(folder)
    for name in ("train", "heldout"):
        (folder / f"{name}.conll").write_text("Ana B-PER\n", encoding="utf-8")
    heldout = dict.fromkeys(["dev", "test"], "heldout.conll")
    project.configure(
        run={"targets": ["es"], "variants": ["zero-shot", "concner"], "seeds": [1]},
        corpora={"en": {"format": "conll", "train": "train.conll", **heldout}},
    )
    project.make()
    return project


@pytest.fixture
def project(made, tmp_path) -> Project:
    folder = tmp_path / "project"
    shutil.copytree(made.folder, folder)
    return Project(folder)


def cell(variant: str, *names: str, pair: str = "en-es", seed: int = 1) -> set[str]:
    return {f"{pair}/{variant}/seed-{seed}/{name}" for name in names}


ONE_VARIANT = {"variants": ["concner"]}
CODESWITCH = ("codeswitch/train.jsonl", "codeswitch/phrases.jsonl")
QUALITY = ("quality/train.jsonl", "quality/phrases.jsonl", "quality/quality.json")
ENCODER = ("encoder/model.safetensors", "encoder/config.json", "encoder/tokenizer.json")
DIAGNOSIS = tuple(
    f"diagnose/{name}"
    for name in ("diagnosis.json", "relations.tsv", "cosines.png", "relations.png", "training.png")
)
DIAGNOSIS += ("analyse/analysis.json",)
TEACHER = (
    *DIAGNOSIS,
    "teacher/model.safetensors",
    "predict/teacher/evaluation.parquet",
    "evaluate/scores.tsv",
)
FILTER = ("filter/round-1/pseudo_labels.jsonl", "filter/round-1/summary.json")
STUDENT = (
    *DIAGNOSIS,
    "student-1/model.safetensors",
    "student-1/README.md",
    "predict/student-1/evaluation.parquet",
    "evaluate/scores.tsv",
)
UNLABELLED = "predict/teacher/unlabelled.parquet"
CONCNER = (*TEACHER, UNLABELLED, *FILTER, *STUDENT)


def test_nothing_is_planned_where_all_is_made(project):
    assert project.planned() == set()


def test_touching_every_file_plans_nothing(project):
    paths = sorted(path for path in project.folder.rglob("*") if path.is_file())
    for number, path in enumerate(p for p in paths if ".snakemake" not in p.parts):
        # Backwards, so that inputs become newer than what was made from them.
        os.utime(path, times=(2e9 - number, 2e9 - number))
    assert project.planned() == set()


def test_a_filter_threshold_plans_the_filter_and_what_follows(project):
    project.configure(filter={"entity_confidence": 0.7})
    assert project.planned() == cell("concner", *FILTER, *STUDENT) | SUMMARY


def test_settings_of_the_page_plan_the_page_only(project):
    project.configure(report={"baseline": "concner", "figures": 3})
    assert project.planned() == {"report.html"}


def test_how_much_is_shown_of_errors_plans_the_analyses_and_the_page(project):
    project.configure(analyse={"examples": 3})
    name = "analyse/analysis.json"
    assert project.planned() == cell("zero-shot", name) | cell("concner", name) | {"report.html"}


def test_the_template_of_the_page_is_part_of_its_code(project):
    project.rewrite("src/clner/reporting/page/style.css", lambda text: text + "\np {}\n")
    assert project.planned() == {"report.html"}


def test_a_default_written_out_plans_nothing(project):
    project.configure(filter={"top_fraction": 1.0}, predict={"max_length": 256})
    assert project.planned() == set()


def test_settings_that_swap_their_values_are_noticed(project):
    objectives = yaml.safe_load((project.folder / "config.yaml").read_text())["teacher"][
        "objectives"
    ]
    names = ["translation_contrast", "label_contrast"]
    swapped = dict(zip(names, [objectives[name] for name in reversed(names)], strict=True))
    assert swapped != objectives
    project.configure(teacher={"objectives": swapped})
    assert project.planned() == cell("concner", *CONCNER) | SUMMARY


def test_the_code_of_an_objective_plans_the_teachers_and_what_follows(project):
    project.rewrite(OBJECTIVE, lambda text: text + "\nEDITED = True\n")
    expected = cell("zero-shot", *TEACHER) | cell("concner", *CONCNER) | SUMMARY
    assert project.planned() == expected


def test_a_comment_plans_nothing(project):
    project.rewrite(OBJECTIVE, lambda text: "# A comment.\n" + text)
    assert project.planned() == set()


def test_a_target_more_plans_its_cells_only(project):
    project.configure(run={"targets": ["es", "de"]})
    text = {f"corpora/de/shared/{split}.jsonl" for split in ("train", "dev", "test", "unlabelled")}
    text |= {"lexicons/en-de/shared/lexicon.tsv", "en-de/shared/project/summary.json"}
    text |= {f"en-de/shared/{s}/train.jsonl" for s in ("translate", "project")}
    text |= {f"en-de/shared/{name}" for name in (*CODESWITCH, *ENCODER, *QUALITY)}
    models = cell("zero-shot", *TEACHER, pair="en-de") | cell("concner", *CONCNER, pair="en-de")
    assert project.planned() == text | models | SUMMARY


def test_a_seed_more_plans_its_cells_only(project):
    project.configure(run={"seeds": [1, 2]})
    models = cell("zero-shot", *TEACHER, seed=2) | cell("concner", *CONCNER, seed=2)
    assert project.planned() == models | SUMMARY


def test_a_round_more_keeps_the_rounds_before_it(project):
    project.configure(student={"rounds": 2}, variants={"zero-shot": {"student": {"rounds": 0}}})
    second = {name.replace("-1", "-2") for name in (*FILTER, *STUDENT)}
    # The scores of a cell are one table, and a card is made from it.
    opening = ("predict/student-1/unlabelled.parquet", "student-1/README.md")
    assert project.planned() == cell("concner", *opening, *second) | SUMMARY


def test_one_artifact_by_path_plans_its_ancestors_only(project):
    shutil.rmtree(project.folder / "results")
    wanted = "en-es/shared/project/train.jsonl"
    assert project.planned(f"results/{wanted}") == {
        wanted,
        "en-es/shared/project/summary.json",
        "en-es/shared/translate/train.jsonl",
        "lexicons/en-es/shared/lexicon.tsv",
        "corpora/en/shared/train.jsonl",
        "corpora/es/shared/unlabelled.jsonl",  # shows how Spanish uses capitals
    }


def test_a_variant_without_distillation_shares_the_teacher(project):
    project.configure(run={"variants": ["zero-shot", "concner", "concner-no-distillation"]})
    expected = cell("concner-no-distillation", "evaluate/scores.tsv", *DIAGNOSIS) | SUMMARY
    assert project.planned() == expected


def test_a_new_variant_plans_what_it_changes(project):
    project.configure(
        run={"variants": ["zero-shot", "concner", "careful"]},
        variants={"careful": {"filter": {"entity_confidence": 0.9}}},
    )
    changed = cell("careful", *FILTER, *STUDENT)
    assert project.planned() == changed | SUMMARY


def test_variants_of_an_overlay_share_what_those_of_the_configuration_have_made(project):
    overlay = project.folder / "overlay.yaml"
    values = {"run": {"variants": ["zero-shot", "concner", "twin"]}, "variants": {"twin": {}}}
    overlay.write_text(yaml.safe_dump(values), encoding="utf-8")
    expected = cell("twin", "evaluate/scores.tsv", *DIAGNOSIS) | SUMMARY
    assert project.planned("--configfile", str(overlay)) == expected


def test_names_that_lean_plan_predictions_of_scored_text_and_no_model(project):
    project.configure(
        run={"variants": ["zero-shot", "concner", "names"]},
        variants={"names": {"predict": {"names": 0.5}}},
    )
    said = [f"predict/{model}/evaluation.parquet" for model in ("teacher", "student-1")]
    assert project.planned() == cell("names", *said, "evaluate/scores.tsv", *DIAGNOSIS) | SUMMARY


def test_the_card_of_a_shared_student_has_the_scores_of_a_variant_that_runs(project):
    project.configure(run={"variants": ["names"]}, variants={"names": {"predict": {"names": 0.5}}})
    card = "results/en-es/concner/seed-1/student-1/README.md"
    said = project.snakemake(card, "--dry-run", "--printshellcmds")
    commands = [line for line in (said.stdout + said.stderr).splitlines() if "-m clner" in line]
    (written,) = [line for line in commands if "clner.card" in line]
    assert "results/en-es/names/seed-1/evaluate/scores.tsv" in written
    assert json.loads(shlex.split(written.partition(" 2>&1")[0])[-1])["names"] == 0.5
    assert not any("concner/seed-1/evaluate" in line for line in commands)


def test_a_ceiling_reads_the_targets_own_labels_and_translates_nothing(project):
    project.configure(
        run={"variants": ["supervised"]},
        encoder={"texts": ["source", "unlabelled"]},
        variants={
            "supervised": {
                "teacher": {
                    "views": ["target"],
                    "objectives": {"translation_contrast": {"weight": 0.0}},
                },
                "student": {"rounds": 0},
            }
        },
    )
    wanted = "results/en-es/supervised/seed-1/teacher/model.safetensors"
    plan = project.snakemake(wanted, "--dry-run", "--printshellcmds")
    said = plan.stdout + plan.stderr
    gold = "--source  --translation  --codeswitch  --gold results/corpora/es/shared/train.jsonl"
    assert gold in said
    assert "clner.translate" not in said


def test_several_teachers_plan_one_of_each_further_seed(project):
    project.configure(
        run={"variants": ["zero-shot", "concner", "ensemble"]},
        variants={"ensemble": {"pool": {"teachers": 2}}},
    )
    changed = cell("ensemble", "pool/teacher.parquet", *FILTER, *STUDENT)
    second = ("teacher/model.safetensors", "predict/teacher/unlabelled.parquet")
    further = {f"en-es/concner/seed-1001/{name}" for name in second}
    assert project.planned() == changed | further | SUMMARY


def test_what_several_teachers_say_is_pooled_in_the_first_round_only(project):
    project.configure(
        run={"variants": ["ensemble"]},
        variants={"ensemble": {"pool": {"teachers": 2}, "student": {"rounds": 2}}},
    )
    planned = {name for name in project.planned() if "/pool/" in name}
    assert planned == {"en-es/ensemble/seed-1/pool/teacher.parquet"}


def test_the_translation_of_unlabelled_text_is_tagged_linked_and_pooled(project):
    project.configure(
        run={"variants": ["zero-shot", "concner", "back"]},
        lexicons={"es-en": {"path": "demo", "inverse": True}},
        variants={"back": {"pool": {"translated": 0.5}}},
    )
    changed = cell("back", "pool/teacher.parquet", *FILTER, *STUDENT)
    made = {
        "corpora/en/shared/unlabelled.jsonl",  # which shows how English uses capitals
        "lexicons/es-en/shared/lexicon.tsv",
        "es-en/shared/translate/unlabelled.jsonl",
        "en-es/shared/align/unlabelled.jsonl",
        "en-es/concner/seed-1/predict/teacher/translated.parquet",
    }
    assert project.planned() == changed | made | SUMMARY
    project.make()
    project.configure(align={"samplers": 1})
    linked = {"en-es/shared/align/unlabelled.jsonl"}
    assert project.planned() == changed | linked | SUMMARY


def test_a_variant_of_the_text_has_a_branch_of_its_own(project):
    project.configure(
        run={"variants": ["zero-shot", "concner", "half-switched"]},
        variants={"half-switched": {"codeswitch": {"ratio": 0.25}}},
    )
    text = {f"en-es/half-switched/{name}" for name in (*CODESWITCH, *ENCODER, *QUALITY)}
    assert project.planned() == text | cell("half-switched", *CONCNER) | SUMMARY


def test_further_languages_are_translated_into_and_mixed_in(project):
    (project.folder / "en-nl.tsv").write_text("the\tde\n", encoding="utf-8")
    project.configure(
        run={"variants": ["zero-shot", "concner", "mixed"]},
        lexicons={"en-nl": {"path": "en-nl.tsv"}},
        variants={"mixed": {"codeswitch": {"languages": ["de", "es", "nl", "en"]}}},
    )
    text = {f"en-es/mixed/{name}" for name in (*CODESWITCH, *ENCODER, *QUALITY)}
    for language in ("de", "nl"):
        pair = f"en-{language}/shared"
        text |= {f"lexicons/{pair}/lexicon.tsv", f"{pair}/project/summary.json"}
        text |= {f"{pair}/{stage}/train.jsonl" for stage in ("translate", "project")}
    text.add("corpora/de/shared/unlabelled.jsonl")  # shows how German uses capitals
    assert project.planned() == text | cell("mixed", *CONCNER) | SUMMARY


def test_files_of_further_languages_are_told_apart(project):
    project.configure(codeswitch={"languages": ["de"]})

    def commands() -> str:
        wanted = "results/en-es/concner/seed-1/teacher/model.safetensors"
        plan = project.snakemake(wanted, "--dry-run", "--printshellcmds")
        assert plan.returncode == 0, plan.stderr
        return plan.stdout + plan.stderr

    before = commands()
    for option, path in {
        "projected": "{}/shared/project/train.jsonl",
        "lexicon": "lexicons/{}/shared/lexicon.tsv",
    }.items():
        files = [f"{code}=results/{path.format(f'en-{code}')}" for code in ("es", "de")]
        assert f"--{option} {' '.join(files)} " in before
    project.configure(lexicons={"en-de": {"copies": "drop"}})
    folders = [re.findall(r"checkpoints/teacher-\S+", plan) for plan in (before, commands())]
    assert folders[0] and folders[1] and folders[0] != folders[1]


def test_an_edited_parallel_file_plans_the_translation_and_what_follows(project):
    memory = project.folder / "mine.tsv"
    memory.write_text("Ana\tAna\n", encoding="utf-8")
    project.configure(
        translate={"engine": f"memory:{memory}"}, project={"aligner": "eflomal"}, run=ONE_VARIANT
    )
    project.make()
    assert project.planned() == set()
    memory.write_text("Ana\tAnna\n", encoding="utf-8")
    planned = project.planned()
    assert "en-es/shared/translate/train.jsonl" in planned
    assert "corpora/en/shared/train.jsonl" not in planned


def test_edited_further_text_plans_the_encoder_and_what_is_trained_from_it(project):
    text = project.folder / "further.txt"
    text.write_text("Llueve en Vigo .\n", encoding="utf-8")
    project.configure(encoder={"further": {"es": [str(text)], "de": ["none.txt"]}}, run=ONE_VARIANT)
    project.make()
    assert project.planned() == set()
    text.write_text("Nieva en Vigo .\n", encoding="utf-8")
    planned = project.planned()
    assert "en-es/shared/encoder/model.safetensors" in planned
    assert not any(name.startswith(("corpora/", "en-es/shared/project/")) for name in planned)


def test_a_lexicon_is_made_anew_when_the_sentences_that_it_learns_from_change(project):
    parallel = project.folder / "en-es.tsv"
    parallel.write_text("Ana\tAna\n", encoding="utf-8")
    project.configure(lexicons={"en-es": {"parallel": [str(parallel)]}}, run=ONE_VARIANT)
    project.make()
    assert project.planned() == set()
    parallel.write_text("Ana\tAnna\n", encoding="utf-8")
    planned = project.planned()
    assert {"lexicons/en-es/shared/lexicon.tsv", "en-es/shared/translate/train.jsonl"} <= planned
    assert "corpora/en/shared/train.jsonl" not in planned


def test_word_alignment_reads_what_it_learns_from(project):
    parallel = project.folder / "en-es.tsv"
    parallel.write_text("Ana\tAna\n", encoding="utf-8")
    eflomal = {"parallel": str(project.folder / "{source}-{target}.tsv")}
    project.configure(project={"aligner": "eflomal", "eflomal": eflomal}, run=ONE_VARIANT)
    project.make()
    parallel.write_text("Ana\tAnna\n", encoding="utf-8")
    planned = project.planned()
    assert "en-es/shared/project/train.jsonl" in planned
    assert "en-es/shared/translate/train.jsonl" not in planned


def test_an_encoder_that_aligns_is_made_before_the_projection(project):
    project.configure(
        project={"aligner": "embeddings"},
        encoder={"texts": ["source", "unlabelled"]},
        run=ONE_VARIANT,
    )
    wanted = "results/en-es/shared/project/train.jsonl"
    plan = project.snakemake(wanted, "--dry-run", "--printshellcmds")
    assert plan.returncode == 0, plan.stderr
    assert "--encoder results/en-es/shared/encoder" in plan.stdout + plan.stderr


def test_a_filter_of_code_switched_text_plans_what_learns_from_it(project):
    views = ["source", "translation", "codeswitch"]
    learns = {"teacher": {"views": views}, "student": {"rounds": 0}}
    project.configure(
        run={"variants": ["zero-shot", "concner", "switching"]}, variants={"switching": learns}
    )
    project.make()
    project.configure(quality={"least_ratio": 0.5})
    text = {f"en-es/shared/{name}" for name in QUALITY}
    assert project.planned() == text | cell("switching", *TEACHER) | SUMMARY


def test_taggers_read_the_code_switched_text_that_passed(project):
    wanted = "results/en-es/mclner/seed-1/teacher/model.safetensors"
    for form, name in (("fresh", "phrases"), ("stored", "train")):
        project.configure(teacher={"codeswitching": form})
        plan = project.snakemake(wanted, "--dry-run", "--printshellcmds")
        assert plan.returncode == 0, plan.stderr
        printed = plan.stdout + plan.stderr
        assert f"--codeswitch results/en-es/shared/quality/{name}.jsonl " in printed


def test_a_licence_that_is_stated_plans_cards_and_the_page_only(project):
    licence = {"licence": "cc-by-4.0"}
    project.configure(
        corpora={"en": licence, "es": licence},
        lexicons={"en-es": licence},
        translate=licence,
        encoder=licence,
        card={"licence": "cc0-1.0"},
    )
    assert project.planned() == cell("concner", "student-1/README.md") | {"report.html"}


def test_an_edited_corpus_file_plans_what_is_read_from_it(project):
    project.rewrite("train.conll", lambda text: text.replace("Ana", "Eva"))
    planned = project.planned()
    assert cell("concner", *CONCNER) <= planned
    corpora = {name for name in planned if name.startswith(("corpora/", "lexicons/"))}
    assert corpora == {"corpora/en/shared/train.jsonl"}


def test_checkpoints_of_other_data_are_not_resumed_from(project):
    def folder() -> str:
        wanted = "results/en-es/concner/seed-1/teacher/model.safetensors"
        plan = project.snakemake(wanted, "--dry-run", "--printshellcmds", "--forcerun", "teacher")
        assert plan.returncode == 0, plan.stderr
        return re.search(r"--checkpoints (\S+)", plan.stdout + plan.stderr)[1]

    before = folder()
    assert before.startswith("results/en-es/concner/seed-1/checkpoints/teacher-")
    project.rewrite("train.conll", lambda text: text.replace("Ana", "Eva"))
    assert folder() != before


def test_other_translations_of_unlabelled_text_make_another_student(project):
    memory, parallel = project.folder / "es-en.tsv", project.folder / "parallel.tsv"
    for path in (memory, parallel):
        path.write_text("Ana\tAna\n", encoding="utf-8")
    project.configure(
        run=ONE_VARIANT,
        translate={"pairs": {"es-en": f"memory:{memory}"}},
        align={"parallel": str(parallel)},
        pool={"translated": 0.5},
    )
    project.make()
    back, links = "es-en/shared/translate/unlabelled.jsonl", "en-es/shared/align/unlabelled.jsonl"

    def planned() -> tuple[set[str], str]:
        plan = project.snakemake("--dry-run", "--printshellcmds", "--forcerun", "student")
        folder = re.search(r"checkpoints/student-1-\S+", plan.stdout + plan.stderr)[0]
        return project.planned(), folder

    before, first = planned()
    memory.write_text("Ana\tAnne\n", encoding="utf-8")
    after, second = planned()
    assert before == set() and {back, links} <= after and first != second
    memory.write_text("Ana\tAna\n", encoding="utf-8")
    parallel.write_text("Ana\tAnne\n", encoding="utf-8")
    after, third = planned()
    assert links in after and back not in after and third not in (first, second)


def test_several_sources_share_the_translations_of_each(project):
    project.configure(run={"sources": ["en+de"]}, lexicons={"de-es": {"path": "demo"}})
    planned = project.planned()
    assert "de-es/shared/translate/train.jsonl" in planned
    assert "en-es/shared/translate/train.jsonl" not in planned
    assert cell("concner", *CONCNER, pair="en+de-es") <= planned


def test_unlabelled_text_is_translated_into_the_first_of_several_sources_once(project):
    project.configure(
        run={"sources": ["en+de"], "variants": ["concner"]},
        lexicons={"de-es": {"path": "demo"}, "es-en": {"path": "demo", "inverse": True}},
        pool={"translated": 0.5, "teachers": 2},
        student={"rounds": 2},
    )
    planned = {
        name for name in project.planned() if re.search("unlabelled.jsonl|translated|/pool/", name)
    }
    told = {
        f"en+de-es/concner/seed-{seed}/predict/teacher/translated.parquet" for seed in (1, 1001)
    }
    assert planned - {"corpora/en/shared/unlabelled.jsonl"} == told | {
        "es-en/shared/translate/unlabelled.jsonl",
        "en-es/shared/align/unlabelled.jsonl",
        "en+de-es/concner/seed-1/pool/teacher.parquet",
    }


def test_ablations_differ_from_concner_in_their_teachers_only(project):
    overlay = ROOT / "workflow/experiments/ablations.yaml"
    overlay = yaml.safe_load(overlay.read_text(encoding="utf-8"))
    variants = overlay["run"]["variants"]
    project.configure(run={"variants": variants}, variants=overlay.get("variants", {}))
    expected = cell("concner-no-distillation", "evaluate/scores.tsv", *DIAGNOSIS) | SUMMARY
    expected |= cell("concner-no-tcl", *CONCNER) | cell("concner-no-lcl", *CONCNER)
    assert project.planned() == expected


def test_a_wrong_setting_is_one_line_and_no_job(project):
    project.configure(filter={"entity_confidense": 0.7})
    result = project.snakemake("--cores", "1")
    assert result.returncode == 1
    error = [line for line in result.stderr.splitlines() if not line.startswith("Using ")]
    assert error == [
        "error: config: unknown setting filter.entity_confidense; did you mean 'entity_confidence'?"
    ]


def test_a_missing_corpus_file_is_named_with_its_setting(project):
    (project.folder / "train.conll").unlink()
    result = project.snakemake("--cores", "1")
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert last == (
        "error: corpora.en.train = 'train.conll': train.conll: No such file or directory"
    )


def test_a_study_of_thresholds_trains_students_only(project):
    overlay = ROOT / "workflow/experiments/studies/filter.yaml"
    studies = yaml.safe_load(overlay.read_text(encoding="utf-8"))["studies"]
    project.configure(studies=studies)
    # Steps that let everything through are the run's own models under another name.
    same = {f"concner-{step}" for step in ("entity-0", "sentence-0", "top-1")}
    steps = set(load(yaml.safe_load((project.folder / "config.yaml").read_text())).variants)
    own = {name for name in steps if re.search("concner-(entity|sentence|top)-", name)} - same
    assert len(own) == 10
    scores = ("evaluate/scores.tsv", *DIAGNOSIS)
    expected = SUMMARY | {f"studies/filter.{suffix}" for suffix in ("md", "tsv", "png")}
    expected |= set().union(*(cell(name, *scores) for name in own | same))
    expected |= set().union(*(cell(name, *FILTER, *STUDENT) for name in own))
    planned = project.planned()
    assert planned == expected
    assert not [path for path in planned if "/teacher/" in path]  # no model, no prediction


def test_the_rules_do_not_depend_on_the_studies(project):
    def rules() -> set[str]:
        listed = project.snakemake("--list-rules")
        assert listed.returncode == 0, listed.stderr
        return set(listed.stdout.split())

    before = rules()
    gain = {"variants": ["concner"], "gain": {"over": "zero-shot"}}
    project.configure(run={"targets": ["es", "de", "zh"]}, studies={"distance": gain})
    assert rules() == before
    assert "study" in before


def test_a_study_of_costs_reads_what_the_run_measured(project):
    axis = {"settings": ["teacher.epochs"], "values": [6, 7]}
    study = {"variants": ["concner"], "axes": {"epochs": axis}, "timed": "teacher"}
    project.configure(studies={"costs": study})
    plan = project.snakemake("--dry-run", "--printshellcmds", "results/studies/costs.md")
    assert plan.returncode == 0, plan.stderr
    files = "concner-epochs-6=results/benchmarks/en-es/concner/seed-1/teacher.tsv"
    files += " concner-epochs-7=results/benchmarks/en-es/concner-epochs-7/seed-1/teacher.tsv"
    assert f"--timings {files} " in plan.stdout + plan.stderr


def test_an_edited_table_of_distances_plans_the_study_only(project):
    table = project.folder / "mine.tsv"
    table.write_text("en\tes\t1\nen\tde\t2\nen\tzh\t3\n", encoding="utf-8")
    gain = {"variants": ["concner"], "gain": {"over": "zero-shot", "distances": str(table)}}
    project.configure(run={"targets": ["es", "de", "zh"]}, studies={"distance": gain})
    project.make()
    assert project.planned() == set()
    table.write_text("en\tes\t3\nen\tde\t2\nen\tzh\t1\n", encoding="utf-8")
    assert project.planned() == {f"studies/distance.{suffix}" for suffix in ("md", "tsv", "png")}


def test_unlabelled_text_has_code_switched_views_and_names_lean_in_scored_text(
    project,
):
    project.configure(
        predict={"switched_views": 2, "names": 0.5},
        filter={"entity_agreement": 0.5},
        student={"rounds": 2},
    )
    said = project.snakemake("--dry-run", "--printshellcmds")
    lines = (said.stdout + said.stderr).splitlines()
    reads = {}
    for line in lines:
        if "clner.predict" in line:
            told = re.search(r"predict/([^/]+/[^/]+)[.]parquet", line)[1]
            settings = json.loads(shlex.split(line.partition(" 2>&1")[0])[-1])
            own = "lexicon.tsv" in line, settings["switched_views"], settings["names"]
            reads.setdefault(told, set()).add(own)
    assert reads == {
        "teacher/unlabelled": {(True, 2, 0)},
        "student-1/unlabelled": {(True, 2, 0)},
        "teacher/evaluation": {(False, 0, 0.5)},
        "student-1/evaluation": {(False, 0, 0.5)},
        "student-2/evaluation": {(False, 0, 0.5)},
    }
