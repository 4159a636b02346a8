"""What decides an artifact beside its inputs: settings, code and the content of users' files."""

import json
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path

from clner.config.origins import origins_of
from clner.config.stages import decisive, translated_pairs, upstream
from clner.corpus import SPLITS
from clner.encoders.further import further_files
from clner.files.digests import kept_digest
from clner.files.fingerprint import fingerprint as uncached_fingerprint
from clner.files.inputs import expand as expand_path
from clner.translation.engines.memory import memory_file

# The code does not change while a plan is made.
fingerprint = cache(uncached_fingerprint)


def dumped(values):
    return json.dumps(values, sort_keys=True, ensure_ascii=False)


def settings(section):
    """Params function: a section's settings, in one string that is equal for equal settings."""

    def as_json(wildcards):
        branch = wildcards.get("branch") or wildcards.variant
        return settings_of(branch, section.format(**wildcards))

    return as_json


@cache
def settings_of(branch, section):
    return dumped(EXPERIMENT.settings(branch, section))


def back_settings(wildcards):
    """Text without labels has no entities to be marked, or translated alone."""
    section = f"translate.{wildcards.source}-{wildcards.target}"
    return dumped(EXPERIMENT.settings(wildcards.branch, section) | {"forms": ["sentence"]})


def summarise_settings(_):
    """What the section leaves open comes from the run: the order of rows, the protocol."""
    values = EXPERIMENT.settings(SHARED, "summarise")
    run = {"variants": RUN.variants, "selection": EXPERIMENT.protocol()}
    return dumped(values | {name: values[name] or value for name, value in run.items()})


def study_settings(wildcards):
    """A study's settings, and the protocol of the run."""
    values = STUDIES[wildcards.study].model_dump(mode="json")
    return dumped(values | {"selection": values["selection"] or EXPERIMENT.protocol()})


def timings(wildcards, input):
    """Params function: the timings of a study, each with its variant before it: concner=FILE."""
    return [
        f"{variant}={path}"
        for (_, variant, _), path in zip(studied(wildcards.study), input.timings)
    ]


def card_settings(wildcards):
    """What the section leaves open comes from the run: the data behind students and scores."""
    values = EXPERIMENT.settings(SHARED, "card")
    sources, target = parts(wildcards.pair)
    config = EXPERIMENT.config(scored_by(wildcards))
    data = [origin.model_dump() for origin in origins_of(config, sources, target)]
    behind = {"names": config.predict.names, "capitals": config.predict.capitals}
    return dumped(values | {"data": data + values["data"], **behind})


def option(name):
    """Params function: the words of an option for an input that may be absent."""
    return lambda wildcards, input: [f"--{name}", *input[name]] if input.get(name) else []


def folder_option(name):
    """Params function: the words of an option for the folder of an input that may be absent."""
    return lambda wildcards, input: (
        [f"--{name}", str(Path(input[name][0]).parent)] if input.get(name) else []
    )


def by_language(name, languages):
    """Params function: the files of an input, each with its language before it: es=FILE."""
    return lambda wildcards, input: [
        f"{language}={path}" for language, path in zip(languages(wildcards), input[name])
    ]


# Users' files --------------------------------------------------------------------------------


@cache
def content(path, key):
    """A hash of a file or a folder: neither its time stamp nor its place counts."""
    place = named(expand_path, path, key)
    try:
        files = sorted(file for file in place.rglob("*") if file.is_file()) or [place]
        digests = [kept_digest(file) for file in files]
    except OSError as error:
        sys.exit(f"error: {key} = {path!r}: {error.filename}: {error.strerror}")
    return sha256(" ".join(digests).encode()).hexdigest()


def is_local(name):
    """Whether the name of a model or a data set is that of a folder here."""
    return name[0] in "./~$" or Path(name).is_dir()


def corpus_paths(corpus):
    """The user's file for each split, as far as there is one."""
    if corpus.format == "conll":
        paths = {split: getattr(corpus, split) for split in SPLITS}
        paths["unlabelled"] = paths["unlabelled"] or paths[corpus.unlabelled_from]
        return {split: path for split, path in paths.items() if path}
    if corpus.format == "hub" and is_local(corpus.name):
        return dict.fromkeys(SPLITS, corpus.name)
    return {}


def engine_paths(settings, source, target):
    """The user's file or folder of each engine of a pair that has one."""
    named = [name.partition(":")[::2] for name in settings.engines(source, target)]
    files = [memory_file(path, source, target) for kind, path in named if kind == "memory"]
    models = [argument or kind for kind, argument in named if kind != "memory"]
    return [*map(str, files), *filter(is_local, models)]


def contents(branch, section):
    """Hashes of all files that a section names, each under its own key."""
    kind, _, name = section.partition(".")
    entry = getattr(EXPERIMENT.config(branch), kind)
    if kind == "corpora":
        paths = corpus_paths(entry[name])
    elif kind == "lexicons" and name in entry:
        paths = {"path": entry[name].path, "then": entry[name].then}
        paths |= {f"parallel.{number}": path for number, path in enumerate(entry[name].parallel)}
        paths = {key: path for key, path in paths.items() if path not in ("demo", None)}
    elif kind == "encoder" and entry.kind == "pretrained" and is_local(entry.name):
        paths = {"name": entry.name}
    else:
        paths = {}
    return {key: content(path, f"{section}.{key}") for key, path in paths.items()}


def corpus_content(wildcards):
    """Params function: a hash of the file that a split is read from, if a user brings it."""
    return contents(wildcards.branch, f"corpora.{wildcards.language}").get(wildcards.split)


def lexicon_content(wildcards):
    """Params function: hashes of the dictionaries of a pair, if a user brings them."""
    return contents(wildcards.branch, f"lexicons.{wildcards.source}-{wildcards.target}")


def engine_content(wildcards):
    """Params function: hashes of the files that engines translate by, if a user brings them."""
    return engine_contents(wildcards.branch, wildcards.source, wildcards.target)


def engine_contents(branch, source, target):
    settings = EXPERIMENT.config(branch).translate
    paths = named(engine_paths, settings, source, target)
    return [content(path, "translate.engine") for path in paths]


def parallel_content(wildcards):
    """Params function: a hash of the sentence pairs that word alignment learns from, if any."""
    return parallel_contents(wildcards.branch, wildcards.source, wildcards.target)


def parallel_contents(branch, source, target):
    settings = EXPERIMENT.config(branch).project
    if not settings.aligns_by("eflomal"):
        return None
    path = named(settings.eflomal.parallel_file, source, target)
    return content(str(path), "project.eflomal.parallel") if path else None


def align_content(wildcards):
    """Params function: the same of the alignment of unlabelled text and its translation."""
    return align_contents(wildcards.branch, wildcards.source, wildcards.target)


def align_contents(branch, source, target):
    path = named(EXPERIMENT.config(branch).align.parallel_file, source, target)
    return content(str(path), "align.parallel") if path else None


def back_contents(branch, source, target):
    """The files that the way back from unlabelled text's translation depends on."""
    return [engine_contents(branch, target, source), align_contents(branch, source, target)]


def named(function, *arguments):
    """What a function of the package says of a user's path, or its error and the end."""
    try:
        return function(*arguments)
    except ClnerError as error:
        sys.exit(f"error: {error}")


def distances_content(wildcards):
    """Params function: a hash of a study's table of distances, if a user brings it."""
    gain = STUDIES[wildcards.study].gain
    return content(gain.distances, "gain.distances") if gain and gain.distances else None


def encoder_content(wildcards):
    """Params function: hashes of the files that an encoder is made from, if a user brings them."""
    own = contents(wildcards.branch, "encoder")
    return own | further_contents(wildcards.branch, wildcards.scope)


@cache
def further_contents(branch, scope):
    settings = EXPERIMENT.config(branch).encoder
    if not settings.reads_text:
        return {}
    files = named(further_files, settings.further, settings.parallel, languages_of(scope))
    return {
        name: [content(str(path), f"encoder: text of {name}") for path in paths]
        for name, paths in files.items()
    }


# Checkpoints ---------------------------------------------------------------------------------


def checkpoints(stage):
    """Params function: a folder for checkpoints, another one once anything upstream changes.

    A function of the output too: so Snakemake does not count the folder among what decides the
    artifact.
    """

    def folder(wildcards, output):
        branch = wildcards.get("branch") or wildcards.variant
        artifact = Path(output[0]).parent
        key = state(branch, stage, wildcards.get("pair") or wildcards.scope)
        return str(artifact.parent / "checkpoints" / f"{artifact.name}-{key}")

    return folder


@cache
def state(branch, stage, pair):
    """A short hash of all settings, code and users' files that decide a stage's artifact."""
    config = EXPERIMENT.config(branch)
    sources, target = parts(pair)
    stages = upstream(config, stage)
    sections = decisive(config, stage, sources, target)
    pairs = translated_pairs(config, stages, sources, target) if "translate" in stages else []
    decided_by = [
        RUN.types,
        [EXPERIMENT.settings(branch, section) for section in sections],
        [contents(branch, section) for section in sections],
        [[engine_contents(branch, *own), parallel_contents(branch, *own)] for own in pairs],
        back_contents(branch, sources[0], target) if "translate-back" in stages else [],
        further_contents(branch, pair) if "encoder" in stages else {},
        [fingerprint(f"clner.{name}") for name in sorted({MODULES.get(n, n) for n in stages})],
    ]
    return sha256(dumped(decided_by).encode()).hexdigest()[:12]
