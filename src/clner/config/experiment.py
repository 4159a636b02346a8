"""A validated configuration and its variants."""

from dataclasses import dataclass
from functools import cached_property

from clner.config.faults import faults_among, unknown
from clner.config.overrides import merge
from clner.config.sections import VARIED, Config
from clner.config.stages import SEEDED, decisive
from clner.config.studies import with_studies
from clner.errors import ClnerError
from clner.predict import PredictSettings
from clner.stage import read_settings

SHARED = "shared"

# How often a stage runs, not what it makes: more rounds leave the earlier students as they are.
# Licences are named in cards alone.
NOT_DECISIVE = {
    "student": {"rounds"},
    "corpora": {"__all__": {"licence"}},
    "lexicons": {"__all__": {"licence"}},
    "translate": {"licence"},
    "encoder": {"licence"},
    "align": {"licence"},
}

# Names lean in text that is scored; entities are looked for again in unlabelled text.
IDLE = {"unlabelled": {"names"}, "evaluation": {"switched_views", "switch_target"}}
IDLE["translated"] = IDLE["unlabelled"] | IDLE["evaluation"]


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
        """All settings of a section, defaults included, as plain values.

        A section is one of the configuration (`teacher`), an entry of one (`corpora.en`), what
        one comes to for a pair (`translate.en-es`, `encoder.en+nl-es`), or for a text
        (`predict.unlabelled`, `predict.translated`, `predict.evaluation`).

        None where the configuration has no such entry.
        """
        name, _, key = section.partition(".")
        if name in {"translate", "encoder"} and key:
            return self._of_pair(branch, name, key)
        found = self._plain[branch][name]
        if name == "predict" and key:
            return _without(found, IDLE[key])
        if name == "pool" and not found["translated"]:
            return {"teachers": found["teachers"]}
        return found.get(key) if key else found

    def _of_pair(self, branch: str, section: str, pair: str) -> dict:
        """What a section comes to for a pair; a plan of many jobs asks again and again."""
        wanted = (branch, section, pair)
        if wanted not in self._pairs:
            own = getattr(self.config(branch), section).get(pair)
            self._pairs[wanted] = own.model_dump(mode="json", exclude=NOT_DECISIVE[section])
        return self._pairs[wanted]

    @cached_property
    def _pairs(self) -> dict[tuple[str, str, str], dict]:
        return {}

    @cached_property
    def _plain(self) -> dict[str, dict]:
        """The configuration of each branch as plain values."""
        configs = {SHARED: self.base, **self.variants}
        return {
            branch: config.model_dump(mode="json", exclude=NOT_DECISIVE)
            for branch, config in configs.items()
        }

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


def load(values: dict) -> Experiment:
    """Validate a configuration as YAML gives it, variants included, before anything runs.

    Raises ClnerError, one line a fault: the key, its value, and what is allowed.
    """
    _check_keys(values, "config")
    base = read_settings(Config, values, "config")
    if base.studies:
        values = with_studies(values, base.studies)
        base = read_settings(Config, values, "config")
    variants = {name: _varied(values, name, base.variants[name]) for name in base.variants}
    faults = list(faults_among(base, variants))
    if faults:
        raise ClnerError("\n".join(faults))
    return Experiment(base, variants)


def _without(predict: dict, idle: set[str]) -> dict:
    """Settings of predictions, of which the idle ones are the defaults."""
    if not predict["switched_views"]:
        idle = idle | {"switch_target"}
    return predict | {name: PredictSettings.model_fields[name].default for name in idle}


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
            raise ClnerError(f"{where}: {unknown('section', section, VARIED)}")
    return read_settings(Config, merge(values, overrides), where)
