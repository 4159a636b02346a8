"""The variants that studies ask for, made from those that they vary."""

from clner.config.faults import unknown
from clner.config.overrides import merge
from clner.errors import ClnerError
from clner.studies.settings import StudySettings, varied


def with_studies(values: dict, studies: dict[str, StudySettings]) -> dict:
    """A configuration as YAML gives it, with the variants of all studies defined and run.

    Raises ClnerError for a variant that is not there, and for two steps of one name.
    """
    variants = dict(values["variants"])
    for study, settings in studies.items():
        for name, overrides in _varied(values["variants"], study, settings).items():
            if variants.setdefault(name, overrides) != overrides:
                raise ClnerError(
                    f"config: studies.{study}: the variant {name!r} is there already and differs; "
                    "give the axis another name"
                )
    run = values.get("run", {})
    scored = [name for settings in studies.values() for name in settings.scored()]
    names = list(dict.fromkeys([*run.get("variants", []), *scored]))
    return values | {"variants": variants, "run": run | {"variants": names}}


def _varied(variants: dict, study: str, settings: StudySettings) -> dict[str, dict]:
    """The overrides of each variant that a study makes, by its name."""
    over = [settings.gain.over] if settings.gain else []
    for name in [*settings.variants, *over]:
        if name not in variants:
            raise ClnerError(f"config: studies.{study}: {unknown('variant', name, variants)}")
    return {
        varied(variant, axis, label): merge(variants[variant], overrides)
        for axis, steps in settings.axes.items()
        for variant in settings.variants
        for label, overrides in steps.overrides().items()
    }
