"""The overlays of workflow/experiments: each is planned by the command that its header gives."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

from bench.syntactic_distances import XTREME
from clner.config.experiment import load
from clner.config.origins import origins_of
from clner.config.overrides import merge
from clner.encoders.settings import AdaptationSettings

ROOT = Path(__file__).parents[1]
EXPERIMENTS = ROOT / "workflow/experiments"
OVERLAYS = sorted(str(path.relative_to(EXPERIMENTS)) for path in EXPERIMENTS.rglob("*.yaml"))
BENCHMARKS = ["conll.yaml", "xtreme40.yaml", "low-resource.yaml", "multi-source.yaml"]
BENCHMARKS += ["offline.yaml", "offline-human.yaml", "german.yaml"]
BOTH, SENTENCES = ("weight", "temperature", "projection"), ("warmup", "layer", "pooling")
STUDIES = ["codeswitch", "unlabelled", "filter", "relations", "contrasts", "distance"]


def header(overlay: str) -> str:
    """The comment at the top of an overlay, without its marks."""
    text = (EXPERIMENTS / overlay).read_text(encoding="utf-8")
    lines = re.match(r"(#.*\n)+", text)[0].splitlines()
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines)


def files(overlay: str) -> list[Path]:
    """The files that the last command of an overlay's header lays over config.yaml."""
    command = header(overlay).replace("\\\n", " ").rpartition("--configfile ")[2]
    return [ROOT / name for name in command.splitlines()[0].split()]


def laid(*overlays: Path) -> dict:
    """What config.yaml becomes under some overlays."""
    values: dict = {}
    for path in (ROOT / "config.yaml", *overlays):
        values = merge(values, yaml.safe_load(path.read_text(encoding="utf-8")))
    return values


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Files where the overlays look for a user's: a plan reads no more than a hash of them."""
    root = tmp_path_factory.mktemp("data")
    corpora = {"conll": "en es nl de", "wikiann": "en es nl fr sw", "human": "ar zh id ja hi"}
    for corpus, languages in corpora.items():
        for language in languages.split():
            for split in ("train", "dev", "test"):
                if (language, split) != ("zh", "train"):
                    path = root / "ner" / corpus / language / f"{split}.conll"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text("Ana B-PER\n", encoding="utf-8")
    (root / "parallel").mkdir()
    for name in ("wmt-news.en-es", "news.es-en", "news.nl-en"):
        (root / f"parallel/{name}.tsv").write_text("a\tb\n", encoding="utf-8")
    (root / "dictionaries").mkdir()
    for language in ("ar", "de", "es", "fr", "hi", "id", "ja", "nl", "zh"):
        pairs = root / f"parallel/flores-reference.en-{language}.tsv"
        pairs.write_text("a\tb\n", encoding="utf-8")
        (root / "dictionaries" / f"en-{language}.tsv").write_text("a b\n", encoding="utf-8")
    return root / "ner/conll"


@pytest.fixture
def planned(data, tmp_path):
    """How many jobs of each rule Snakemake plans for some overlays, by the rule's name."""

    def plan(*overlays: Path) -> Counter:
        # A hub that cannot be reached, and results that are not there.
        offline = {"HF_ENDPOINT": "http://localhost:9", "HF_HUB_OFFLINE": "1"}
        mine = tmp_path / "results.yaml"
        mine.write_text(f"pathvars: {{results: {tmp_path / 'results'}}}\n")
        options = ["--dry-run", "--quiet", "rules", "--nolock", "--configfile"]
        result = subprocess.run(
            [sys.executable, "-m", "snakemake", *options, *map(str, overlays), str(mine)],
            cwd=ROOT,
            env=os.environ | offline | {"CLNER_DATA": str(data), "PYTHONPATH": str(ROOT / "src")},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert result.returncode == 0, result.stderr
        table = re.findall(r"^(\w+) +(\d+)$", result.stdout + result.stderr, re.MULTILINE)
        return Counter({rule: int(count) for rule, count in table})

    return plan


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_overlay_says_how_to_run_it_and_is_valid(overlay):
    overlays = files(overlay)
    assert EXPERIMENTS / overlay in overlays
    load(laid(*overlays))


@pytest.mark.slow
@pytest.mark.parametrize("overlay", [name for name in OVERLAYS if name != "xtreme40.yaml"])
def test_every_overlay_can_be_planned(planned, overlay):
    overlays = files(overlay)
    jobs = planned(*overlays)
    run = load(laid(*overlays)).base
    cells = len(run.run.sources) * len(run.run.targets) * len(run.run.seeds)
    assert jobs["diagnose"] == cells * len(run.run.variants)
    assert jobs["study"] == len(run.studies)


@pytest.mark.slow
@pytest.mark.parametrize("study", STUDIES)
def test_every_study_has_a_small_form(planned, study):
    overlay, small = EXPERIMENTS / f"studies/{study}.yaml", EXPERIMENTS / "studies/small.yaml"
    jobs = planned(overlay, small)
    assert jobs["study"] == len(load(laid(overlay)).base.studies)
    whole = planned(overlay)["total"]
    # These two have one seed at their size too.
    assert jobs["total"] < whole or study in ("filter", "contrasts")
    page = (ROOT / "docs/studies.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| `{study}.yaml` \|.*\| {whole:,} \|$", page, re.MULTILINE)


@pytest.mark.parametrize("overlay", BENCHMARKS)
def test_a_benchmark_says_what_it_needs_and_whose_settings_it_has(overlay):
    said = header(overlay)
    assert "Needs" in said
    assert "Settings" in said
    if overlay != "german.yaml":
        for words in (
            "disk",
            "GPU hours|no GPU",
            "download|From the",
            r"\[(paper|kin)\]",
            r"\[ours\]",
        ):
            assert re.search(words, said), words


@pytest.mark.slow
def test_xtreme_has_all_languages_and_encoders_and_is_planned_without_a_network(planned):
    overlay = EXPERIMENTS / "xtreme40.yaml"
    run = load(laid(overlay)).base
    assert sorted([*run.run.sources, *run.run.targets]) == XTREME.split()
    names = {config.encoder.name for config in load(laid(overlay)).variants.values()}
    large = {"xlm-roberta-base", "xlm-roberta-large"}
    assert names == {"bert-base-multilingual-cased", *large}
    assert run.translate.language_codes.keys() == set(XTREME.split())
    assert set(run.corpora) == set(XTREME.split())
    assert run.lexicons == {}

    jobs = planned(overlay)
    assert jobs["teacher"] == 39 * 4 * 3
    assert jobs["student"] == 39 * 3 * (1 + 2)
    assert jobs["translate"] == 39
    assert jobs["encoder"] == 3
    assert f"{jobs['total']:,} jobs" in header("xtreme40.yaml")


def test_low_resource_samples_are_those_of_the_paper():
    variants = load(laid(*files("low-resource.yaml"))).variants
    shares = {
        name.rpartition("-")[2]: config.corpora["en"].sample.fraction
        for name, config in variants.items()
        if name.startswith("concner-share-")
    }
    assert shares == {"0.05": 0.05, "0.1": 0.1, "0.2": 0.2}


def test_each_study_varies_what_it_says():
    settings = {
        axis.settings[0]
        for study in STUDIES
        for own in load(laid(EXPERIMENTS / f"studies/{study}.yaml")).base.studies.values()
        for axis in own.axes.values()
        if axis.settings
    }
    assert settings == {
        "codeswitch.ratio",
        "quality.least_ratio",
        "filter.fraction",
        "filter.entity_confidence",
        "filter.sentence_confidence",
        "filter.top_fraction",
        "teacher.objectives.relation_contrast.pairs",
        *(f"teacher.objectives.label_contrast.{name}" for name in (*BOTH, "outside")),
        *(f"teacher.objectives.translation_contrast.{name}" for name in (*BOTH, *SENTENCES)),
    }


@pytest.mark.parametrize(
    ("overlays", "sources", "target", "without"),
    [
        (["conll.yaml"], ["en"], "es", {"apertium", "made from the texts above"}),
        (
            ["conll.yaml", "multi-source.yaml"],
            ["nl"],
            "es",
            {"made from the texts above"},
        ),
        (["conll.yaml", "pretrained.yaml"], ["en"], "nl", set()),
        (["offline.yaml"], ["en"], "sw", {"made from the texts above"}),
        (["conll.yaml", "offline-quality.yaml"], ["en"], "es", set()),
        (["xtreme40.yaml"], ["en"], "eu", set()),
    ],
)
def test_data_from_elsewhere_have_their_licences(overlays, sources, target, without):
    experiment = load(laid(*(EXPERIMENTS / overlay for overlay in overlays)))
    for config in experiment.variants.values():
        found = origins_of(config, sources, target)
        assert {origin.name for origin in found if not origin.licence} <= without


def test_the_offline_experiments_have_the_same_encoder():
    overlays = [["conll.yaml", "offline-quality.yaml"], ["offline.yaml"]]
    one, other = (
        load(laid(*(EXPERIMENTS / own for own in names))).base.encoder for names in overlays
    )
    assert (one.scratch, one.adaptation) == (other.scratch, other.adaptation)


@pytest.mark.parametrize("below", ["conll.yaml offline-quality.yaml", "offline.yaml"])
def test_what_an_encoder_from_scratch_reads_first_a_pretrained_one_does_not(below):
    overlays = [EXPERIMENTS / name for name in below.split()]
    for own in load(laid(*overlays)).variants.values():
        assert own.encoder.adaptation.epochs > 0
    for own in load(laid(*overlays, EXPERIMENTS / "pretrained.yaml")).variants.values():
        assert own.encoder.kind == "pretrained"
        assert own.encoder.adaptation == AdaptationSettings()


def test_each_encoder_of_xtreme_has_its_own_licence():
    experiment = load(laid(EXPERIMENTS / "xtreme40.yaml"))
    encoders = {(own.encoder.name, own.encoder.licence) for own in experiment.variants.values()}
    assert encoders == {
        ("bert-base-multilingual-cased", "apache-2.0"),
        ("xlm-roberta-base", "mit"),
        ("xlm-roberta-large", "mit"),
    }
