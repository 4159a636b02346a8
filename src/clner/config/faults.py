"""What each section of a configuration allows but all of them together do not."""

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from functools import partial
from itertools import product

from clner.config.sections import Config, RunSettings
from clner.config.stages import encoder_views
from clner.config.translation_faults import (
    idle_pivots,
    missing_lexicons,
    one_for_several,
    unprojectable,
)
from clner.studies.settings import LEAST_LANGUAGES, StudySettings


def faults_among(base: Config, variants: dict[str, Config]) -> Iterator[str]:
    """One line a fault: the key, its value, and what is wrong or allowed."""
    run = base.run
    for name in ("sources", "targets", "variants", "seeds", "types"):
        values = getattr(run, name)
        for value in sorted({value for value in values if values.count(value) > 1}):
            yield f"config: run.{name}: {value!r} is named twice"
    if not run.variants:
        yield "config: run.variants: there is none to run, nor any of a study"
    corpora = base.corpora
    named = {*run.targets, *(language for source in run.sources for language in source.split("+"))}
    for language in sorted(named - set(corpora)):
        yield f"config: run: {unknown('language', language, corpora)} (the sections of corpora)"
    for source, target in product(run.sources, run.targets):
        if target in source.split("+"):
            yield f"config: run.targets: {target!r} is a source too (run.sources: {source!r})"
    for name in run.variants:
        if name not in variants:
            yield f"config: run.variants: {unknown('variant', name, variants)}"
    chosen = {name: variants[name] for name in run.variants if name in variants}
    circular = list(_shared_faults(chosen, _circular))
    if circular:  # no order of the stages, which the other checks ask for
        yield from circular
        return
    yield from _shared_faults(chosen, _idle_objectives)
    yield from _shared_faults(chosen, _ceilings_with_students)
    yield from _shared_faults(chosen, _nothing_to_agree)
    yield from _shared_faults(chosen, partial(_unread_text, run=run))
    yield from _shared_faults(chosen, _uncalibratable)
    yield from _shared_faults(chosen, partial(_pooled_twice, run=run))
    yield from _shared_faults(chosen, partial(unprojectable, run=run))
    yield from _shared_faults(chosen, partial(one_for_several, run=run))
    yield from _shared_faults(chosen, partial(idle_pivots, run=run))
    yield from _shared_faults(chosen, partial(missing_lexicons, run=run))
    yield from _shared_faults(chosen, partial(_indivisible, run=run))
    if base.report.baseline not in {None, *run.variants}:
        yield f"config: report.baseline: {unknown('variant', base.report.baseline, run.variants)}"
    for study, settings in base.studies.items():
        yield from _unanswerable(study, settings, variants, run)


def _shared_faults(
    variants: dict[str, Config], faults_of: Callable[[Config], Iterator[str]]
) -> Iterator[str]:
    """The faults of some variants, each said once with all that have it."""
    having: dict[str, list[str]] = {}
    for name, config in variants.items():
        for fault in faults_of(config):
            having.setdefault(fault, []).append(name)
    for fault, names in having.items():
        yield f"config: {fault} (in {', '.join(names)})"


def _unanswerable(
    study: str, settings: StudySettings, variants: dict[str, Config], run: RunSettings
) -> Iterator[str]:
    """Studies that the run cannot answer."""
    key = f"config: studies.{study}"
    if not settings.variants or not (settings.axes or settings.gain):
        yield f"{key}: needs variants, and axes or gain"
    if settings.gain and settings.gain.over in settings.variants:
        yield f"{key}.gain.over: {settings.gain.over!r} is studied itself, and gains nothing"
    pairs = len(run.sources) * len(run.targets)
    if settings.gain and pairs < LEAST_LANGUAGES:
        yield f"{key}.gain: needs {LEAST_LANGUAGES} pairs of languages or more; the run has {pairs}"
    if settings.timed == "student":
        for name in settings.scored():
            if not variants[name].student.rounds:
                yield f"{key}.timed = 'student', but {name} has none; set it to 'teacher'"


def _idle_objectives(config: Config) -> Iterator[str]:
    """Objectives that have a weight and nothing to work on."""
    seen = {"teacher": set()}
    if config.student.rounds:
        seen["student"] = {"target", "codeswitch"} if config.student.switch_target else {"target"}
    for stage, target in seen.items():
        settings = getattr(config, stage)
        views = set(settings.views)
        labelled = views - {"target"} or views  # of which none says the same as the target's
        for name, objective in settings.objectives.active().items():
            if fault := objective.fault(labelled, target, settings.head):
                yield f"{stage}.objectives.{name} {fault}; or set its weight to 0"


def _nothing_to_agree(config: Config) -> Iterator[str]:
    """Agreement that is asked of entities which nobody else could have found."""
    wanted = config.student.rounds and config.filter.entity_agreement
    if not wanted or config.predict.switched_views:
        return
    asked = f"filter.entity_agreement = {config.filter.entity_agreement}"
    if not config.pool.several:
        yield (
            f"{asked}: nobody is there to agree; set predict.switched_views, pool.teachers or "
            "pool.translated"
        )
    elif config.student.rounds > 1:
        yield f"{asked}: one student has nobody to agree with; set predict.switched_views"


def _unread_text(config: Config, run: RunSettings) -> Iterator[str]:
    """Further text that no encoder reads: of a language without a corpus, of a pair reversed."""
    named = [("further", language, language) for language in config.encoder.further]
    named += [
        ("parallel", pair, language)
        for pair in config.encoder.parallel
        for language in pair.split("-")
    ]
    for key, name, language in named:
        if language not in config.corpora:
            fault = unknown("language", language, config.corpora)
            yield f"encoder.{key}.{name}: {fault} (the sections of corpora)"
    for sources, target in product(run.sources, run.targets):
        for source in sources.split("+"):
            if (reverse := f"{target}-{source}") in config.encoder.parallel:
                yield f"encoder.parallel.{reverse}: write {source}-{target}, the source first"


def _ceilings_with_students(config: Config) -> Iterator[str]:
    """Students of a teacher that has seen what they are to do without."""
    if "target" in config.teacher.views and config.student.rounds:
        yield (
            "teacher.views has 'target', the target's own labels: a ceiling, which teaches nobody; "
            "set student.rounds to 0"
        )


def _trained(config: Config) -> tuple[str, ...]:
    """The stages that train a tagger."""
    return ("teacher", "student") if config.student.rounds else ("teacher",)


def _uncalibratable(config: Config) -> Iterator[str]:
    """Heads whose scores no one temperature divides."""
    for stage in _trained(config):
        own = getattr(config, stage)
        if own.calibration and own.head != "tags":
            yield f"{stage}.calibration: works with {stage}.head = 'tags' only, not {own.head!r}"


def _pooled_twice(config: Config, run: RunSettings) -> Iterator[str]:
    """Teachers that are pooled for two seeds."""
    if not config.student.rounds:
        return
    seeds = [seed for own in set(run.seeds) for seed in config.pool.seeds(own)]
    for seed in sorted({seed for seed in seeds if seeds.count(seed) > 1}):
        yield f"pool.teachers: seed {seed} would teach with two of run.seeds; choose others"


def _circular(config: Config) -> Iterator[str]:
    """An encoder that reads what it is to align."""
    views = set(encoder_views(config.encoder)) & {"translation", "codeswitch"}
    if config.project.aligns_by("embeddings") and views:
        yield (
            f"project.aligner = 'embeddings' needs an encoder that is made before, but "
            f"encoder.texts has {' and '.join(sorted(views))}; leave that out, or set "
            "project.aligner to 'eflomal'"
        )


def _indivisible(config: Config, run: RunSettings) -> Iterator[str]:
    """Batches that the GPUs of a job cannot share."""
    for stage in _trained(config):
        size = getattr(config, stage).batch_size
        if run.gpus_per_job and size % run.gpus_per_job:
            yield (
                f"{stage}.batch_size = {size} cannot be shared by run.gpus_per_job = "
                f"{run.gpus_per_job}; take a multiple"
            )


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """That a name is not known, and what may have been meant."""
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
    return f"unknown {kind} {name!r}; {hint}"
