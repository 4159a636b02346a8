"""The configuration, the wildcards, and the functions that name a rule's inputs."""

import sys
from itertools import product

from clner.config import SHARED, VIEWS, encoder_views, load
from clner.errors import ClnerError

try:
    EXPERIMENT = load(config)
except ClnerError as error:
    # Not a WorkflowError: that would wrap these lines in the names of our files.
    sys.exit(f"error: {error}")

RUN = EXPERIMENT.base.run
LANGUAGE = "|".join(EXPERIMENT.base.corpora)
VARIANT = "|".join(EXPERIMENT.variants)
ENCODER = ["model.safetensors", "config.json", "tokenizer.json"]
PAIR = rf"({LANGUAGE})(\+({LANGUAGE}))*-({LANGUAGE})"


wildcard_constraints:
    language=LANGUAGE,
    source=LANGUAGE,
    target=LANGUAGE,
    split="train|dev|test|unlabelled",
    pair=PAIR,
    scope=rf"multilingual|{PAIR}",
    branch=rf"{SHARED}|{VARIANT}",
    variant=VARIANT,
    seed=r"\d+",
    round=r"[1-9]\d*",
    model=r"teacher|student-[1-9]\d*",
    text="unlabelled|evaluation",


# Names -----------------------------------------------------------------------------------


def parts(pair):
    """Source languages and target language: en+nl-es is [en, nl] and es."""
    sources, _, target = pair.rpartition("-")
    return sources.split("+"), target


def models(variant):
    """The models of a variant: its teacher, and a student for each round."""
    rounds = EXPERIMENT.config(variant).student.rounds
    return ["teacher", *(f"student-{round}" for round in range(1, rounds + 1))]


def kind_and_round(model):
    """The columns of the scores that tell models apart: teacher and 0, student and its round."""
    kind, _, round = model.partition("-")
    return kind, round or "0"


def predecessor(round):
    """The model whose predictions open a round."""
    return "teacher" if int(round) == 1 else f"student-{int(round) - 1}"


# Inputs ----------------------------------------------------------------------------------
# Each takes the branch (or variant) that asks, and names the file that this branch shares.


def corpus(branch, language, split):
    shared = EXPERIMENT.branch(branch, "source", [language], language)
    return f"<results>/corpora/{language}/{shared}/{split}.jsonl"


def lexicons(branch, pair):
    """The lexicons of a pair's sources, as far as the configuration has them."""
    sources, target = parts(pair)
    known = [
        source for source in sources if f"{source}-{target}" in EXPERIMENT.config(branch).lexicons
    ]
    branches = [EXPERIMENT.branch(branch, "lexicon", [source], target) for source in known]
    return [
        f"<results>/lexicons/{source}-{target}/{shared}/lexicon.tsv"
        for source, shared in zip(known, branches)
    ]


def translation_lexicon(branch, pair):
    engine = EXPERIMENT.config(branch).translate.engine
    return lexicons(branch, pair) if engine == "lexicon" else []


def text(branch, stage, source, target):
    """What translate, project or codeswitch made of a source's training sentences."""
    shared = EXPERIMENT.branch(branch, stage, [source], target)
    return f"<results>/{source}-{target}/{shared}/{stage}/train.jsonl"


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
    shared = EXPERIMENT.branch(branch, "encoder", *parts(pair))
    scope = pair if encoder_views(EXPERIMENT.config(branch).encoder) else "multilingual"
    return [f"<results>/{scope}/{shared}/encoder/{name}" for name in ENCODER]


def labelled(stage, name):
    """Input function: the files of a view, if the stage's settings name it."""

    def files(wildcards):
        views = getattr(EXPERIMENT.config(wildcards.variant), stage).views
        return view(wildcards.variant, name, wildcards.pair) if name in views else []

    return files


def dev(wildcards):
    """The dev sets that choose an epoch: the sources', never the target's."""
    sources, _ = parts(wildcards.pair)
    return [corpus(wildcards.variant, source, "dev") for source in sources]


def trained(stage, wildcards):
    """The folder of a pair and seed that holds what `stage` makes for a variant."""
    shared = EXPERIMENT.branch(wildcards.variant, stage, *parts(wildcards.pair))
    return f"<results>/{wildcards.pair}/{shared}/seed-{wildcards.seed}"


def model(wildcards, name):
    folder = trained("teacher" if name == "teacher" else "student", wildcards)
    return f"{folder}/{name}/model.safetensors"


def predictions(wildcards, name, text):
    folder = trained("predict" if name == "teacher" else "student", wildcards)
    return f"{folder}/predict/{name}/{text}.parquet"


def pseudo_labels(wildcards):
    folder = trained("filter" if int(wildcards.round) == 1 else "student", wildcards)
    return f"{folder}/filter/round-{wildcards.round}/pseudo_labels.jsonl"


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
