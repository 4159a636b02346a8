"""A small run for tests of the report: real stages on sentences with drawn predictions."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import numpy as np

from clner import analyse, evaluate, summarise
from clner.diagnostics.looks import Look
from clner.diagnostics.texts import Cell, Text
from clner.diagnostics.training import Trained
from clner.diagnostics.vectors import Vectors
from clner.files.artifacts import finished_folder, write_json
from clner.reporting.training import draw_training
from clner.reporting.vectors import draw_cosines, draw_planes
from clner.tagging.predictions import Predictions, write_predictions
from clner.text.sentence import Sentence, read_all, write_sentences
from clner.text.spans import ScoredSpan
from clner.text.tags import Span, spans_of, tag_set, tags_of

TYPES = ["PER", "LOC"]
NAMES = tag_set(TYPES)
SKILL = {"zero-shot": 0.3, "translate-train": 0.6, "concner": 0.8}
"""How often the drawn predictions of a variant keep an entity as it is."""
DANGEROUS = "</script><script>alert(1)</script>"


def write_run(folder: Path, targets=("es", "zh"), variants=tuple(SKILL), seeds=(1, 2)) -> dict:
    """Write the artifacts of a run below `folder`; what `clner.report.run` takes beside settings.

    `concner` has a student. The first test sentence of each language holds what a page must not
    take for its own.
    """
    for language in ("en", *targets):
        for split in ("dev", "test"):
            write_sentences(folder / f"corpora/{language}/{split}.jsonl", corpus(language, split))
    write_figures(folder / "figures")
    cells = list(product(targets, variants, seeds))
    for cell in cells:
        write_cell(folder, *cell)
    summarise.run(
        summarise.SummariseSettings(variants=list(variants)),
        scores=sorted(folder.glob("*/*/*/evaluate/*.tsv")),
        table=folder / "table.md",
        figure=folder / "table.png",
        output=folder / "scores.tsv",
    )
    write_benchmark(folder / "benchmarks/en-es/concner/seed-1/teacher.tsv", "12.5", "800.25")
    write_benchmark(folder / "benchmarks/en-es/concner/seed-1/predict/teacher/a.tsv", "2", "NA")
    write_json(folder / "project.json", PROJECTION)
    write_json(folder / "quality.json", QUALITY)
    places = [folder / f"en-{target}/{variant}/seed-{seed}" for target, variant, seed in cells]
    return {
        "scores": folder / "scores.tsv",
        "analyses": [place / "analysis.json" for place in places],
        "diagnoses": [place / "diagnose/diagnosis.json" for place in places],
        "quality": [folder / "quality.json"],
        "projections": [f"en-es/shared={folder / 'project.json'}"],
        "configuration": json.dumps(configuration(variants)),
        "protocol": "Checkpoints of teachers: the last epoch.",
        "benchmarks": folder / "benchmarks",
        "stages": ["teacher", "predict", "encoder"],
    }


def corpus(language: str, split: str, count: int = 40) -> list[Sentence]:
    """Sentences with two entities each."""
    draws = Random(f"{language} {split}")
    words = list("甲乙丙丁戊己庚辛") if language == "zh" else ["uno", "dos", "tres", "Ana", "Lima"]
    sentences = []
    for number in range(count):
        tokens = [draws.choice(words) for _ in range(draws.randint(5, 12))]
        if number == 0 and split == "test":
            tokens[0] = DANGEROUS
        spans = [Span(0, 2, draws.choice(TYPES)), Span(3, 4, draws.choice(TYPES))]
        tags = tags_of(spans, len(tokens))
        sentences.append(Sentence(f"{language}-{split}-{number}", tokens, tags))
    return sentences


def write_cell(folder: Path, target: str, variant: str, seed: int) -> None:
    """What the stages make of one target, variant and seed."""
    place = folder / f"en-{target}/{variant}/seed-{seed}"
    gold = [
        folder / f"corpora/{language}/{split}.jsonl"
        for language in ("en", target)
        for split in ("dev", "test")
    ]
    sentences = read_all(gold)
    models = ["teacher", "student-1"] if variant == "concner" else ["teacher"]
    said = []
    for number, model in enumerate(models):
        path = place / f"predict/{model}/evaluation.parquet"
        skill = SKILL[variant] + 0.1 * number
        draws = Random(f"{target} {variant} {seed} {model}")
        write_predictions(path, predicted(sentences, skill, draws))
        said.append(path)
    evaluate.run(
        evaluate.EvaluateSettings(),
        pair=f"en-{target}",
        variant=variant,
        seed=seed,
        predictions=said,
        gold=gold,
        output=place / "evaluate/scores.tsv",
    )
    unlabelled = []
    if variant == "concner":
        unlabelled = [place / "predict/teacher/unlabelled.parquet"]
        text = [
            replace(sentence, id=sentence.id.replace("dev", "unlabelled"))
            for sentence in corpus(target, "dev")
        ]
        write_predictions(unlabelled[0], predicted(text, 0.7, Random(seed)))
    analyse.run(
        analyse.AnalyseSettings(examples=3),
        pair=f"en-{target}",
        variant=variant,
        seed=seed,
        predictions=said,
        gold=gold,
        output=place / "analysis.json",
        unlabelled=unlabelled,
        labelled=[folder / f"corpora/{target}/dev.jsonl"],
    )
    write_diagnosis(place / "diagnose", f"en-{target}", variant, seed, models)


def predicted(sentences: list[Sentence], skill: float, draws: Random) -> Predictions:
    """Each entity as it is with probability `skill`; else with another end or type, or not."""
    rows = []
    for sentence in sentences:
        spans = []
        for span in spans_of(sentence.tags):
            if draws.random() < skill:
                spans.append(span)
            elif draws.random() < 0.7:
                changed = [Span(span.start, span.start + 1, span.type), span._replace(type="LOC")]
                spans.append(draws.choice(changed))
        rows.append(tags_of(spans, len(sentence.tokens)))
    confidences = [[ScoredSpan(*span, draws.random()) for span in spans_of(tags)] for tags in rows]
    return Predictions(
        ids=[sentence.id for sentence in sentences],
        tokens=[sentence.tokens for sentence in sentences],
        tags=rows,
        probabilities=[np.full((len(tags), len(NAMES)), 0.5, np.float32) for tags in rows],
        spans=confidences,
        tag_names=NAMES,
    )


def write_figures(place: Path) -> None:
    """The figures of a diagnosis, the same for all."""
    history = [
        {"step": 10 * k, "loss": 1 / k, "loss_cross_entropy": 1 / k, "memory": 0.1}
        for k in range(1, 6)
    ]
    history.append({"step": 50, "eval_f1": 0.5})
    texts = [Text(sentence, "source", k) for k, sentence in enumerate(corpus("en", "dev", 4))]
    cells = [Cell(k, 0, 0, "B-PER" if k % 2 else "B-LOC") for k in range(4)]
    plane = np.arange(8.0).reshape(4, 2)
    looks = [Look("untrained", Vectors(plane, plane), cells, plane)]
    draw_training(place / "training.png", [Trained("teacher", {}, history)], "drawn")
    draw_cosines(place / "cosines.png", {"untrained": {"unrelated": plane[0]}}, "drawn")
    draw_planes(place / "relations.png", texts, looks, "tsne", "drawn")


def write_diagnosis(place: Path, pair: str, variant: str, seed: int, models: list[str]) -> None:
    record = {"round": 0, "dev_f1": 0.5, "stopped": False, "warnings": []}
    warned = record | {"warnings": ["plateau: a <warning>; lower epochs"]}
    micro = {"predicted": 40, "kept": 30, "share": 0.75, "precision": 0.8, "recall": 0.6}
    kept = {"round": 1, "no_gold": None, "types": {"micro": micro}}
    look = {"cosines": {"unrelated": {"mean": 0.4}}, "effective_rank": 0.3, "silhouette": None}
    diagnosis = {
        "pair": pair,
        "variant": variant,
        "seed": seed,
        "training": dict.fromkeys(models, warned if variant == "concner" else record),
        "vectors": {"untrained": look, "teacher": look},
        "pseudo_labels": [kept] if variant == "concner" else [],
    }
    with finished_folder(place) as partial:
        shutil.copytree(place.parents[3] / "figures", partial, dirs_exist_ok=True)
        write_json(partial / "diagnosis.json", diagnosis)


def write_benchmark(path: Path, seconds: str, memory: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"s\th:m:s\tmax_rss\n{seconds}\t0:00:01\t{memory}\n", encoding="utf-8")


def configuration(variants: Iterable[str]) -> dict:
    stricter = {"filter": {"entity_confidence": 0.4}}
    return {
        "run": {"variants": list(variants), "seeds": [1, 2]},
        "summarise": {"split": "target-test"},
        "teacher": {"views": ["source", "translation"]},
        "filter": {"entity_confidence": 0.0, "sentence_confidence": 0.0},
        "variants": {name: {} for name in variants} | {"concner": stricter},
    }


PROJECTION = {
    "sentences": {"in": 40, "out": 39, "dropped": {"incomplete": 1}, "methods": {"align": 39}},
    "entities": {
        "in": 80,
        "projected": 78,
        "lost": {"no match": 2},
        "uncapitalised": 1,
        "out": 76,
    },
    "mean_score": 0.9,
}
SPREAD = {"sentences": 40, "mean": 0.5, "deciles": None}
QUALITY = {
    "pair": "en-es",
    "branch": "shared",
    "sentences": 40,
    "kept": 38,
    "dropped": {"least_ratio": 2},
    "languages": {"es": 0.3},
    "entities": {"expected": 80, "survived": 1.0, "replaced": 0.5},
    "measures": dict.fromkeys(("substituted", "mixing", "coverage", "similarity", "ratio"), SPREAD),
    "diversity": {"words": 5, "translations": 1.5, "entropy": 0.2},
}
