"""The configuration, the wildcards, and the functions that name a rule's inputs."""

import atexit
import gc
import re
import sys
from functools import cache
from itertools import product
from pathlib import Path

from clner.config.experiment import SHARED, load
from clner.config.stages import VIEWS, behind_models, cased, encoder_views
from clner.errors import ClnerError
from clner.failures import last_words
from clner.running import enter

if workflow.is_main_process:
    ALIVE, unlocked = enter(Path())
    if unlocked:
        logger.info("Removed the lock of a run that was killed.")

# All that a plan of thousands of jobs is made of stays until the process ends. To look for garbage
# in it, on the way and at the end, was about a third of the time.
gc.set_threshold(1_000_000)
atexit.register(gc.freeze)

try:
    EXPERIMENT = load(config)
except ClnerError as error:
    # Not a WorkflowError: that would wrap these lines in the names of our files.
    sys.exit(f"error: {error}")

RUN = EXPERIMENT.base.run
STUDIES = EXPERIMENT.base.studies
SELF_TRAINING = any(EXPERIMENT.config(variant).student.rounds for variant in RUN.variants)
LANGUAGE = "|".join(EXPERIMENT.base.corpora)
TARGET = "|".join(EXPERIMENT.languages())
VARIANT = "|".join(map(re.escape, EXPERIMENT.variants))
GPU = min(1, RUN.gpus_per_job)  # of jobs that run a model in one process
ENCODER = ["model.safetensors", "config.json", "tokenizer.json"]
CORPORA = dict.fromkeys(("source", "target", "casing"), "corpus")  # stages of one module
PAIR = rf"({LANGUAGE})(\+({LANGUAGE}))*-({LANGUAGE})"


wildcard_constraints:
    language=LANGUAGE,
    source=LANGUAGE,
    target=TARGET,
    split="train|dev|test|unlabelled",
    pair=PAIR,
    scope=rf"multilingual|{PAIR}",
    branch=rf"{SHARED}|{VARIANT}",
    variant=VARIANT,
    seed=r"\d+",
    round=r"[1-9]\d*",
    model=r"teacher|student-[1-9]\d*",
    text="unlabelled|evaluation",
    study=r"[a-z0-9.-]+",


# Names -----------------------------------------------------------------------------------


def parts(pair):
    """Source languages and target language: en+nl-es is [en, nl] and es."""
    sources, _, target = pair.rpartition("-")
    return sources.split("+"), target


def languages(wildcards):
    """The languages that a pair's taggers are for, the target first."""
    sources, target = parts(wildcards.pair)
    return [target, *sources]


def models(variant):
    """The models of a variant: its teacher, and a student for each round."""
    return ["teacher", *(f"student-{round}" for round in rounds(variant))]


def rounds(variant):
    """The rounds of self-training of a variant, from 1."""
    return range(1, EXPERIMENT.config(variant).student.rounds + 1)


def predecessor(round):
    """The model whose predictions open a round."""
    return "teacher" if int(round) == 1 else f"student-{int(round) - 1}"


# Inputs ----------------------------------------------------------------------------------
# Each takes the branch (or variant) that asks, and names the file that this branch shares.


@cache
def shared_by(branch, stage, pair):
    """The branch whose artifact of a stage this one shares."""
    return EXPERIMENT.branch(branch, stage, *parts(pair))


def corpus(branch, language, split):
    shared = shared_by(branch, "source", f"{language}-{language}")
    return f"<results>/corpora/{language}/{shared}/{split}.jsonl"


def lexicons(branch, pair):
    """The lexicons of a pair's sources, as far as the configuration has them."""
    sources, target = parts(pair)
    lexicons = EXPERIMENT.config(branch).lexicons
    known = [one for one in (f"{source}-{target}" for source in sources) if one in lexicons]
    return [
        f"<results>/lexicons/{one}/{shared_by(branch, 'lexicon', one)}/lexicon.tsv" for one in known
    ]


def translation_lexicon(branch, pair):
    engines = EXPERIMENT.config(branch).translate.engines(*pair.split("-"))
    return lexicons(branch, pair) if "lexicon" in engines else []


def casing(branch, source, language):
    """Text that shows the lexicon into a language how that uses capitals."""
    known = cased(EXPERIMENT.config(branch), source, language)
    return [corpus(branch, language, "unlabelled")] if known else []


def translation_casing(branch, source, target):
    looked_up = translation_lexicon(branch, f"{source}-{target}")
    return casing(branch, source, target) if looked_up else []


def aligner_lexicon(branch, pair):
    """The lexicon that word alignment learns from, if it learns and there is one."""
    learns = EXPERIMENT.config(branch).project.aligns_by("eflomal")
    return lexicons(branch, pair) if learns else []


def aligner_encoder(branch, pair):
    """The encoder whose vectors align words, if the settings ask for it."""
    compares = EXPERIMENT.config(branch).project.aligns_by("embeddings")
    return encoder(branch, pair) if compares else []


def aligner_gpu(wildcards):
    """A GPU for projection, if it aligns words by an encoder and there are any."""
    return GPU if EXPERIMENT.config(wildcards.branch).project.aligns_by("embeddings") else 0


def text(branch, stage, source, target):
    """What translate, project or codeswitch made of a source's training sentences."""
    shared = shared_by(branch, stage, f"{source}-{target}")
    return f"<results>/{source}-{target}/{shared}/{stage}/train.jsonl"


def switched_into(wildcards):
    """The languages that code-switching mixes a source with, the target first."""
    config = EXPERIMENT.config(wildcards.branch)
    return config.codeswitch.mixed(wildcards.source, wildcards.target)


def switched_lexicons(wildcards):
    """The lexicon into each of these languages, as far as the configuration has it."""
    found = {
        language: lexicons(wildcards.branch, f"{wildcards.source}-{language}")
        for language in switched_into(wildcards)
    }
    return {language: path for language, paths in found.items() for path in paths}


def switched_casing(wildcards):
    """Text that shows how each of these languages uses capitals, as far as there is any."""
    found = {
        language: casing(wildcards.branch, wildcards.source, language)
        for language in switched_into(wildcards)
    }
    return {language: path for language, paths in found.items() for path in paths}


def view(branch, name, pair):
    """The files of a view of the data, one for each source; of unlabelled text there is one."""
    sources, target = parts(pair)
    if name == "unlabelled":
        return [corpus(branch, target, "unlabelled")]
    if name == "source":
        return [corpus(branch, source, "train") for source in sources]
    return [text(branch, VIEWS[name], source, target) for source in sources]


def encoder_texts(branch, scope):
    texts = encoder_views(EXPERIMENT.config(branch).encoder)
    return [path for name in texts for path in view(branch, name, scope)]


def encoder_lexicons(branch, scope):
    kind = EXPERIMENT.config(branch).encoder.kind
    return lexicons(branch, scope) if kind == "scratch" else []


def encoder(branch, pair):
    """The files of an encoder; one that reads no text of the pair serves all pairs."""
    shared = shared_by(branch, "encoder", pair)
    scope = pair if encoder_views(EXPERIMENT.config(branch).encoder) else "multilingual"
    return [f"<results>/{scope}/{shared}/encoder/{name}" for name in ENCODER]


def switchable(branch, pair):
    """What code-switched sentences are drawn from, a file for each source."""
    paths = view(branch, "codeswitch", pair)
    return [path.removesuffix("train.jsonl") + "phrases.jsonl" for path in paths]


def quality(branch, pair, name):
    """A file of the code-switched sentences that are good enough for taggers."""
    shared = shared_by(branch, "quality", pair)
    return f"<results>/{pair}/{shared}/quality/{name}"


def quality_encoder(wildcards):
    """The encoder that compares code-switched sentences, if the settings ask for it."""
    compares = EXPERIMENT.config(wildcards.branch).quality.reads_encoder
    return encoder(wildcards.branch, wildcards.pair) if compares else []


def labelled(stage):
    """Input function: the files of each labelled view, none where the settings do not name it."""

    def files(wildcards):
        settings = getattr(EXPERIMENT.config(wildcards.variant), stage)
        form = "phrases" if settings.codeswitching == "fresh" else "train"
        found = {
            "source": view(wildcards.variant, "source", wildcards.pair),
            "translation": view(wildcards.variant, "translation", wildcards.pair),
            "codeswitch": [quality(wildcards.variant, wildcards.pair, f"{form}.jsonl")],
        }
        return {name: found[name] if name in settings.views else [] for name in found}

    return files


def backward_lexicons(wildcards):
    """The lexicons that code-switch target text, if the student's settings ask for it."""
    switched = EXPERIMENT.config(wildcards.variant).student.switch_target > 0
    return lexicons(wildcards.variant, wildcards.pair) if switched else []


def dev(wildcards):
    """The dev sets that choose an epoch: the sources', never the target's."""
    sources, _ = parts(wildcards.pair)
    return [corpus(wildcards.variant, source, "dev") for source in sources]


def trained(stage, wildcards):
    """The folder of a pair and seed that holds what `stage` makes for a variant."""
    shared = shared_by(wildcards.variant, stage, wildcards.pair)
    return f"<results>/{wildcards.pair}/{shared}/seed-{wildcards.seed}"


def model(wildcards, name):
    folder = trained("teacher" if name == "teacher" else "student", wildcards)
    return f"{folder}/{name}/model.safetensors"


def predictions(wildcards, name, text):
    folder = trained("predict" if name == "teacher" else "student", wildcards)
    return f"{folder}/predict/{name}/{text}.parquet"


def pseudo_labels(wildcards, round):
    folder = trained("filter" if int(round) == 1 else "student", wildcards)
    return f"{folder}/filter/round-{round}/pseudo_labels.jsonl"


def opening(wildcards):
    """What opens a round: the model before it, what that predicts, and what passes the filter."""
    before = predecessor(wildcards.round)
    return {
        "teacher": model(wildcards, before),
        "predictions": predictions(wildcards, before, "unlabelled"),
        "pseudo_labels": pseudo_labels(wildcards, wildcards.round),
    }


def compared(wildcards):
    """The files of each view whose vectors are looked at, none where a variant does not make it."""
    variant, pair = wildcards.variant, wildcards.pair
    return {
        name: view(variant, name, pair) if is_made(variant, VIEWS[name]) else []
        for name in ("source", "translation", "codeswitch")
    }


def is_made(variant, stage):
    """Whether the models of a variant depend on a stage."""
    return stage in behind_models(EXPERIMENT.config(variant))


def gold(wildcards):
    """The labelled split that unlabelled text was drawn from, for the eyes of people only."""
    _, target = parts(wildcards.pair)
    config = EXPERIMENT.config(wildcards.variant)
    split = config.corpora[target].unlabelled_split
    known = split != "unlabelled" and config.diagnose.read_gold and config.student.rounds
    return [corpus(wildcards.variant, target, split)] if known else []


def evaluation(wildcards):
    """The sentences that models are scored on: dev and test of all languages of a pair."""
    sources, target = parts(wildcards.pair)
    return [
        corpus(wildcards.variant, language, split)
        for language in [*sources, target]
        for split in ("dev", "test")
    ]


def texts(wildcards):
    """What a model tags: unlabelled target text, or all that it is scored on."""
    if wildcards.text == "evaluation":
        return evaluation(wildcards)
    return view(wildcards.variant, "unlabelled", wildcards.pair)


def all_scores(_):
    """The scores of every cell of the run and every model in it."""
    cells = product(RUN.sources, RUN.targets, RUN.variants, RUN.seeds)
    return [
        f"<results>/{source}-{target}/{variant}/seed-{seed}/evaluate/{name}.tsv"
        for source, target, variant, seed in cells
        for name in models(variant)
    ]


def all_cards(_):
    """The cards of the students of every cell of the run."""
    cells = product(RUN.sources, RUN.targets, RUN.variants, RUN.seeds)
    paths = [
        f"<results>/{source}-{target}/{shared_by(variant, 'student', f'{source}-{target}')}"
        f"/seed-{seed}/student-{round}/README.md"
        for source, target, variant, seed in cells
        for round in rounds(variant)
    ]
    return list(dict.fromkeys(paths))


def of_all_cells(name):
    """A file of every cell of the run."""
    cells = product(RUN.sources, RUN.targets, RUN.variants, RUN.seeds)
    return [
        f"<results>/{source}-{target}/{variant}/seed-{seed}/{name}"
        for source, target, variant, seed in cells
    ]


def all_qualities(_):
    """What is known of the code-switched text of the run, be it for encoders or for taggers."""
    cells = product(RUN.sources, RUN.targets, RUN.variants)
    paths = [
        quality(variant, f"{source}-{target}", "quality.json")
        for source, target, variant in cells
        if is_made(variant, "codeswitch")
    ]
    return list(dict.fromkeys(paths))


def all_projections():
    """The summaries of the run's projections, by the pair and the branch that they are of."""
    found = {}
    for source, target, variant in product(RUN.sources, RUN.targets, RUN.variants):
        for one in source.split("+") if is_made(variant, "project") else []:
            place = f"{one}-{target}/{shared_by(variant, 'project', f'{one}-{target}')}"
            found[place] = f"<results>/{place}/project/summary.json"
    return found


def measured_stages():
    """The stages that the run needs, by the names of their modules."""
    made = set().union(*(behind_models(EXPERIMENT.config(variant)) for variant in RUN.variants))
    looked_at = {"predict", "evaluate", "analyse", "diagnose", "summarise", "review"}
    looked_at |= {"study"} if STUDIES else set()
    return sorted({CORPORA.get(stage, stage) for stage in made | looked_at})


def studied(study):
    """The cells of the run whose scores a study compares: pair, variant and seed."""
    cells = product(RUN.sources, RUN.targets, STUDIES[study].scored(), RUN.seeds)
    return [(f"{source}-{target}", variant, seed) for source, target, variant, seed in cells]


def study_diagnoses(wildcards):
    """What was seen of the pseudo-labels of the variants of a study's axes."""
    return [
        f"<results>/{pair}/{variant}/seed-{seed}/diagnose/diagnosis.json"
        for pair, variant, seed in studied(wildcards.study)
        if STUDIES[wildcards.study].axes
    ]


def study_timings(wildcards):
    """The time that the training of each variant of a study took, if the study asks for it."""
    kind = STUDIES[wildcards.study].timed
    return [] if kind == "none" else [timing(*cell, kind) for cell in studied(wildcards.study)]


def timing(pair, variant, seed, kind):
    """Snakemake's benchmark of a variant's teacher, or of its last student."""
    name = "teacher" if kind == "teacher" else models(variant)[-1]
    shared = shared_by(variant, kind, pair)
    return f"<benchmarks>/{pair}/{shared}/seed-{seed}/{name}.tsv"


def all_studies(_):
    """The figures of all studies, and with them their tables."""
    return [f"<results>/studies/{study}.png" for study in STUDIES]
