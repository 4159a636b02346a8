"""The configuration of a run: the settings of every stage, and named variants of them.

Run as a program, it prints the JSON schema of config.yaml, for editors and for reference:
`python -m clner.config > workflow/schemas/config.schema.json`.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from itertools import product
from typing import Annotated, Any

from pydantic import Field

from clner.codeswitch import CodeswitchSettings
from clner.corpus import CorpusSettings
from clner.diagnose import DiagnoseSettings
from clner.encoder import EncoderSettings
from clner.errors import ClnerError
from clner.evaluate import EvaluateSettings
from clner.filter import FilterSettings
from clner.languages import Language
from clner.lexicon import LexiconSettings
from clner.predict import PredictSettings
from clner.project import NEEDS, ProjectSettings
from clner.stage import Settings, read_settings
from clner.student import StudentSettings
from clner.summarise import SummariseSettings
from clner.teacher import TeacherSettings
from clner.translate import TranslateSettings

SHARED = "shared"

Languages = Annotated[str, Field(pattern=r"^[a-z]{2,3}(\+[a-z]{2,3})*$")]
Pair = Annotated[str, Field(pattern=r"^[a-z]{2,3}-[a-z]{2,3}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class RunSettings(Settings):
    """What a run consists of: every source with every target, variant and seed."""

    sources: list[Languages] = Field(
        ["en"], min_length=1, description="source languages; en+nl trains on both together"
    )
    targets: list[Language] = Field(
        ["es"], min_length=1, description="target languages, each a section of corpora"
    )
    variants: list[Name] = Field(
        ["concner"], min_length=1, description="names under variants, in the order of the tables"
    )
    seeds: list[Annotated[int, Field(ge=0)]] = Field(
        [1], min_length=1, description="random seeds of training"
    )
    types: list[Annotated[str, Field(pattern=r"^\w+$")]] = Field(
        ["PER", "LOC", "ORG"], min_length=1, description="entity types, in the order of outputs"
    )
    threads: int = Field(1, ge=1, description="CPU threads of a job that runs a model")
    gpus_per_job: int = Field(0, ge=0, description="GPUs of a job that runs a model")


class Config(Settings):
    """config.yaml: what to run, a section for each stage, and the variants."""

    pathvars: dict[str, str] = Field(
        {}, description="where files go, as Snakemake's pathvars (results, logs, benchmarks)"
    )
    run: RunSettings = Field(RunSettings(), description="what to run")
    corpora: dict[Language, CorpusSettings] = Field(description="a corpus for each language")
    lexicons: dict[Pair, LexiconSettings] = Field(
        {}, description="a bilingual lexicon for each pair (en-es)"
    )
    translate: TranslateSettings = Field(TranslateSettings(), description="translation")
    project: ProjectSettings = Field(ProjectSettings(), description="label projection")
    codeswitch: CodeswitchSettings = Field(CodeswitchSettings(), description="code-switching")
    encoder: EncoderSettings = Field(EncoderSettings(), description="the encoder")
    teacher: TeacherSettings = Field(TeacherSettings(), description="training of the teacher")
    predict: PredictSettings = Field(PredictSettings(), description="prediction")
    filter: FilterSettings = Field(FilterSettings(), description="choice of pseudo-labels")
    student: StudentSettings = Field(StudentSettings(), description="training of the students")
    evaluate: EvaluateSettings = Field(EvaluateSettings(), description="scores")
    summarise: SummariseSettings = Field(SummariseSettings(), description="tables and figure")
    diagnose: DiagnoseSettings = Field(DiagnoseSettings(), description="a look at the models")
    variants: dict[Name, dict[str, Any]] = Field(
        description="named overrides of the sections: maps merge, lists and values replace"
    )


# The sections that a variant overrides are those that decide an artifact made for it.
VARIED = [
    name
    for name in Config.model_fields
    if name not in {"pathvars", "run", "evaluate", "summarise", "diagnose", "variants"}
]

# The stage that makes each kind of text a model reads; source and target are corpora.
VIEWS = {
    "source": "source",
    "translation": "project",
    "codeswitch": "codeswitch",
    "unlabelled": "target",
}

# The form of translation that fills a field of a translated sentence.
FORMS = {"tokens": "sentence", "marked": "marked", "entities": "entities"}

# How often a stage runs, not what it makes: more rounds leave the earlier students as they are.
NOT_DECISIVE = {"student": {"rounds"}}


@dataclass(frozen=True)
class Experiment:
    """A validated configuration, and what it becomes under each of its variants.

    A *branch* names the settings behind an artifact: `shared`, those of the configuration
    itself, or a variant. Variants with equal settings have the same branch, hence the same file.
    """

    base: Config
    variants: dict[str, Config]

    def config(self, branch: str) -> Config:
        """The configuration of a branch."""
        return self.base if branch == SHARED else self.variants[branch]

    def languages(self) -> list[str]:
        """All languages that text may be translated into: of corpora, and mixed in somewhere."""
        configs = [self.base, *self.variants.values()]
        further = [language for config in configs for language in config.codeswitch.languages]
        return list(dict.fromkeys([*self.base.corpora, *further]))

    def settings(self, branch: str, section: str) -> dict | None:
        """All settings of a section (`teacher`, `corpora.en`), defaults included, as plain values.

        None where the configuration has no such entry.
        """
        name, _, key = section.partition(".")
        found = getattr(self.config(branch), name)
        found = found.get(key) if key else found
        return found and found.model_dump(mode="json", exclude=NOT_DECISIVE.get(name))

    def branch(self, variant: str, stage: str, sources: list[str], target: str) -> str:
        """The branch of a stage's artifact: the first one that agrees on all that decides it.

        Artifacts without a seed prefer `shared`; those with one belong to a variant, the first
        in the order of definition.
        """
        sections = decisive(self.config(variant), stage, sources, target)
        candidates = [*self.variants] if stage in SEEDED else [SHARED, *self.variants]
        wanted = [self.settings(variant, section) for section in sections]
        return next(
            branch
            for branch in candidates
            if [self.settings(branch, section) for section in sections] == wanted
        )

    def protocol(self) -> str:
        """How the checkpoints of the variants that run were selected, for readers of the table."""
        names = {
            "source-dev": "the epoch with the best F1 on the sources' dev sets",
            "last": "the last epoch",
        }
        configs = [self.variants[variant] for variant in self.base.run.variants]
        used = {
            "teachers": {config.teacher.selection for config in configs},
            "students": {config.student.selection for config in configs if config.student.rounds},
        }
        said = [
            f"{models}: {' or '.join(names[name] for name in sorted(selections))}"
            for models, selections in used.items()
            if selections
        ]
        return f"Checkpoints of {'; of '.join(said)}."


SEEDED = {"teacher", "predict", "filter", "student"}


def reads(config: Config, stage: str) -> set[str]:
    """The stages whose artifacts `stage` reads under this configuration."""
    match stage:
        case "translate":
            return {"source", "lexicon"} if config.translate.engine == "lexicon" else {"source"}
        case "project":
            return {"source", "translate"}
        case "codeswitch":
            return {"source", "project", "lexicon"}
        case "encoder":
            lexicon = {"lexicon"} if config.encoder.kind == "scratch" else set()
            return lexicon.union(VIEWS[view] for view in encoder_views(config.encoder))
        case "teacher":
            return {"source", "encoder", *(VIEWS[view] for view in config.teacher.views)}
        case "predict":
            return {"teacher", "source", "target"}
        case "filter":
            return {"predict"}
        case "student":
            lexicon = {"lexicon"} if config.student.switch_target else set()
            views = {VIEWS[view] for view in config.student.views}
            return {"teacher", "filter"} | lexicon | views
    return set()


def encoder_views(settings: EncoderSettings) -> list[str]:
    """The views of the data that the encoder reads; none if it is taken as it is."""
    return settings.texts if settings.kind == "scratch" or settings.adaptation.epochs else []


def upstream(config: Config, stage: str) -> set[str]:
    """`stage` and all stages that it depends on."""
    return {stage}.union(*(upstream(config, before) for before in reads(config, stage)))


def decisive(config: Config, stage: str, sources: list[str], target: str) -> list[str]:
    """The sections of the configuration that decide an artifact of `stage`, sorted."""
    stages = upstream(config, stage)
    several = {
        "source": [f"corpora.{source}" for source in sources],
        "target": [f"corpora.{target}"],
        "lexicon": [
            f"lexicons.{source}-{language}"
            for source in sources
            for language in _translated_into(config, stages, source, target)
        ],
    }
    return sorted({section for name in stages for section in several.get(name, [name])})


def _translated_into(config: Config, stages: set[str], source: str, target: str) -> list[str]:
    """The languages that some of `stages` translate text of `source` into, the target first."""
    return config.codeswitch.mixed(source, target) if "codeswitch" in stages else [target]


def load(values: dict) -> Experiment:
    """Validate a configuration as YAML gives it, variants included, before anything runs.

    Raises ClnerError, one line a fault: the key, its value, and what is allowed.
    """
    _check_keys(values, "config")
    base = read_settings(Config, values, "config")
    variants = {name: _varied(values, name, base.variants[name]) for name in base.variants}
    experiment = Experiment(base, variants)
    faults = list(_faults(experiment))
    if faults:
        raise ClnerError("\n".join(faults))
    return experiment


def merge(values: dict, overrides: dict) -> dict:
    """`values` with `overrides` laid over them: maps merge, all else is replaced."""
    merged = values | overrides
    for key in values.keys() & overrides.keys():
        if isinstance(values[key], dict) and isinstance(overrides[key], dict):
            merged[key] = merge(values[key], overrides[key])
    return merged


def _check_keys(values: dict, where: str) -> None:
    for key, value in values.items():
        if not isinstance(key, str):
            raise ClnerError(
                f"{where}: the key {key!r} is not text (YAML reads no, yes, on and off as "
                "booleans: quote them)"
            )
        if isinstance(value, dict):
            _check_keys(value, f"{where}.{key}")


def _varied(values: dict, name: str, overrides: dict) -> Config:
    where = f"config.variants.{name}"
    if name == SHARED:
        raise ClnerError(f"{where}: {SHARED!r} is taken; choose another name")
    for section in overrides:
        if section not in VARIED:
            raise ClnerError(f"{where}: {_unknown('section', section, VARIED)}")
    return read_settings(Config, merge(values, overrides), where)


def _faults(experiment: Experiment) -> Iterator[str]:
    """What each section allows but all of them together do not."""
    run = experiment.base.run
    for name in ("sources", "targets", "variants", "seeds", "types"):
        values = getattr(run, name)
        for value in sorted({value for value in values if values.count(value) > 1}):
            yield f"config: run.{name}: {value!r} is named twice"
    corpora = experiment.base.corpora
    named = {*run.targets, *(language for source in run.sources for language in source.split("+"))}
    for language in sorted(named - set(corpora)):
        yield f"config: run: {_unknown('language', language, corpora)} (the sections of corpora)"
    for source, target in product(run.sources, run.targets):
        if target in source.split("+"):
            yield f"config: run.targets: {target!r} is a source too (run.sources: {source!r})"
    for name in run.variants:
        if name not in experiment.variants:
            yield f"config: run.variants: {_unknown('variant', name, experiment.variants)}"
    yield from _shared_faults(experiment, _idle_objectives)
    yield from _shared_faults(experiment, _unprojectable)
    yield from _shared_faults(experiment, partial(_missing_lexicons, run=run))


def _shared_faults(
    experiment: Experiment, faults_of: Callable[[Config], Iterator[str]]
) -> Iterator[str]:
    """The faults of all variants that run, each said once with the variants that have it."""
    variants: dict[str, list[str]] = {}
    for name in experiment.base.run.variants:
        if name in experiment.variants:
            for fault in faults_of(experiment.variants[name]):
                variants.setdefault(fault, []).append(name)
    for fault, names in variants.items():
        yield f"config: {fault} (in {', '.join(names)})"


def _idle_objectives(config: Config) -> Iterator[str]:
    """Objectives that have a weight and nothing to work on."""
    seen = {"teacher": set()}
    if config.student.rounds:
        seen["student"] = {"target", "codeswitch"} if config.student.switch_target else {"target"}
    for stage, target in seen.items():
        settings = getattr(config, stage)
        for name, objective in settings.objectives.active().items():
            if fault := objective.fault(set(settings.views), target, settings.head):
                yield f"{stage}.objectives.{name} {fault}; or set its weight to 0"


def _unprojectable(config: Config) -> Iterator[str]:
    """What a projection needs and the translation will not make."""
    if "project" not in upstream(config, "student" if config.student.rounds else "teacher"):
        return
    method, engine = config.project.method, config.translate.engine
    fields, _ = NEEDS[method]
    forms = {FORMS[field] for field in fields if field in FORMS}
    missing = sorted(forms - set(config.translate.forms))
    if missing:
        yield f"project.method = {method!r} needs {', '.join(missing)} among translate.forms"
    if method == "alignment" and engine != "lexicon":
        yield (
            f"project.method = 'alignment' needs translate.engine = 'lexicon', not {engine!r}; "
            "take 'span-match'"
        )


def _missing_lexicons(config: Config, run: RunSettings) -> Iterator[str]:
    """Lexicons that the text of some source cannot be translated without."""
    stages = upstream(config, "student" if config.student.rounds else "teacher")
    if "translate" in stages and config.translate.engine == "lexicon":
        need = "translate.engine = 'lexicon'"
    elif "codeswitch" in stages and config.codeswitch.phrases != "entity":
        need = f"codeswitch.phrases = {config.codeswitch.phrases!r}"
    elif config.student.rounds and config.student.switch_target:
        need = f"student.switch_target = {config.student.switch_target}"
    else:
        return
    pairs = {
        (source, language)
        for sources, target in product(run.sources, run.targets)
        for source in sources.split("+")
        if source != target and {source, target} <= config.corpora.keys()
        for language in _translated_into(config, stages, source, target)
    }
    for source, language in sorted(pairs):
        if f"{source}-{language}" not in config.lexicons:
            further = "" if language in run.targets else " with codeswitch.languages"
            yield f"lexicons: no section {source}-{language}, which {need}{further} needs"


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
    return f"unknown {kind} {name!r}; {hint}"


def schema() -> str:
    """The JSON schema of config.yaml, as the file in workflow/schemas holds it."""
    return json.dumps(Config.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(schema(), end="")
