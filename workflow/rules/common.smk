"""The configuration, the wildcards, and what they say."""

import atexit
import gc
import re
import sys
from functools import cache
from pathlib import Path

from clner.config.experiment import SHARED, load
from clner.config.stages import behind_models
from clner.errors import ClnerError
from clner.jobs.failures import last_words
from clner.jobs.running import enter

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
STUDY = "|".join(map(re.escape, STUDIES)) or "(?!)"  # which takes nothing
GPU = min(1, RUN.gpus_per_job)  # of jobs that run a model in one process
ENCODER = ["model.safetensors", "config.json", "tokenizer.json"]
# Stages of one module.
MODULES = dict.fromkeys(("source", "target", "casing"), "corpus")
MODULES |= {"translate-back": "translate", "predict-translated": "predict"}
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
    text="unlabelled|translated|evaluation",
    study=STUDY,


def parts(pair):
    """Source languages and target language: en+nl-es is [en, nl] and es."""
    sources, _, target = pair.rpartition("-")
    return sources.split("+"), target


def languages(wildcards):
    """The languages that a pair's taggers are for, the target first."""
    return languages_of(wildcards.pair)


def languages_of(pair):
    sources, target = parts(pair)
    return [target, *sources]


def encoder_languages(wildcards):
    """The languages that an encoder is for, the target first; none of one that serves all pairs."""
    return [] if wildcards.scope == "multilingual" else languages_of(wildcards.scope)


def models(variant):
    """The models of a variant: its teacher, and a student for each round."""
    return ["teacher", *(f"student-{round}" for round in rounds(variant))]


def rounds(variant):
    """The rounds of self-training of a variant, from 1."""
    return range(1, EXPERIMENT.config(variant).student.rounds + 1)


def predecessor(round):
    """The model whose predictions open a round."""
    return "teacher" if int(round) == 1 else f"student-{int(round) - 1}"


@cache
def shared_by(branch, stage, pair):
    """The branch whose artifact of a stage this one shares."""
    return EXPERIMENT.branch(branch, stage, *parts(pair))


def is_made(variant, stage):
    """Whether the models of a variant depend on a stage."""
    return stage in behind_models(EXPERIMENT.config(variant))
