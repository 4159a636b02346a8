"""What translation and label projection need and other settings will not give."""

from collections.abc import Iterator
from itertools import product

from clner.config.sections import Config, RunSettings
from clner.config.stages import behind_models, translated_into, translated_pairs
from clner.projection.settings import need_of

# The form of translation that fills a field of a translated sentence.
FORMS = {"tokens": "sentence", "marked": "marked", "entities": "entities"}
# Engines that say which words became which.
ALIGNING = ("lexicon", "apertium")

Asked = dict[tuple[str, str], set[tuple[str, str]]]
"""Files of sentence pairs: the setting that asks for one, its path, the pairs of languages."""


def unprojectable(config: Config, run: RunSettings) -> Iterator[str]:
    """What a projection needs and the translation will not make."""
    if "project" not in behind_models(config):
        return
    project, translate = config.project, config.translate
    engines = [
        engine
        for source, language in sorted(_translations(config, run))
        for engine in translate.engines(source, language)
    ]
    if "marked" in translate.forms and any(name.startswith("memory:") for name in engines):
        yield "translate.forms: marked is nothing that an engine memory: can hold; leave it out"
    unaligned = [engine for engine in engines if engine not in ALIGNING]
    for number, method in enumerate(project.methods):
        key = f"project.{'fallback' if number else 'method'} = {method!r}"
        fields, _ = need_of(method, project.aligner)
        forms = {FORMS[field] for field in fields if field in FORMS}
        missing = sorted(forms - set(translate.forms))
        if missing:
            yield f"{key} needs {', '.join(missing)} among translate.forms"
        # A fallback may be of use for the sentences of one engine only.
        idle = unaligned == engines if number else unaligned
        if "alignment" in fields and idle:
            yield (
                f"{key} needs translate.engine = 'lexicon' or 'apertium', not {unaligned[0]!r}; "
                "set project.aligner to 'eflomal' or take 'span-match'"
            )


def one_for_several(config: Config, run: RunSettings) -> Iterator[str]:
    """A file of two columns that is to serve several pairs of languages."""
    asked = _translating_files(config, run) | _aligning_files(config, run)
    for (asking, file), pairs in asked.items():
        if len(pairs) > 1 and "{" not in file and file.removesuffix(".gz")[-4:] != ".tmx":
            yield (
                f"{asking} has two columns but is asked for several pairs; "
                "write {source} and {target} in its path, or bring a TMX file"
            )


def _translating_files(config: Config, run: RunSettings) -> Asked:
    """The translation memories of a run."""
    translate = config.translate
    asked: Asked = {}
    for source, language in _translations(config, run) | _translations_back(config, run):
        pivot = translate.pivots.get(language)
        legs = [(source, pivot), (pivot, language)] if pivot else [(source, language)]
        for name in translate.engines(source, language):
            if (file := name.removeprefix("memory:")) != name:
                asked.setdefault((f"translate.engine = {name!r}", file), set()).update(legs)
    return asked


def _aligning_files(config: Config, run: RunSettings) -> Asked:
    """The further sentence pairs that a run's aligners learn from."""
    forth = _translations(config, run) if config.project.aligns_by("eflomal") else set()
    back = {(source, target) for target, source in _translations_back(config, run)}
    uses = [(config.project.eflomal, forth), (config.align, back)]
    return {
        (f"{own.key} = {own.parallel!r}", own.parallel): pairs
        for own, pairs in uses
        if own.parallel
    }


def _translations(config: Config, run: RunSettings) -> set[tuple[str, str]]:
    """The pairs of languages that the run translates."""
    stages = behind_models(config)
    return {
        pair
        for sources, target in product(run.sources, run.targets)
        for pair in translated_pairs(config, stages, sources.split("+"), target)
        if "translate" in stages
    }


def _translations_back(config: Config, run: RunSettings) -> set[tuple[str, str]]:
    """The same of unlabelled text: from each target into the first of its sources."""
    asked = "translate-back" in behind_models(config)
    pairs = product(run.sources, run.targets)
    return {(target, sources.split("+")[0]) for sources, target in pairs if asked}


def idle_pivots(config: Config, run: RunSettings) -> Iterator[str]:
    """Pivots that the lexicon does not go through."""
    for source, language in sorted(_translations(config, run) | _translations_back(config, run)):
        names = config.translate.engines(source, language)
        if language in config.translate.pivots and "lexicon" in names:
            yield f"translate.pivots.{language}: the engine lexicon goes through no other language"


def missing_lexicons(config: Config, run: RunSettings) -> Iterator[str]:
    """Lexicons that something in the settings cannot do without."""
    needs: dict[tuple[str, str], str] = {}
    for sources, target in product(run.sources, run.targets):
        for source in sources.split("+"):
            if source != target and {source, target} <= config.corpora.keys():
                for language, need in _lexicons_needed(config, source, target):
                    needs.setdefault((source, language), need)
    back = _translations_back(config, run)
    for own in back:
        known = len({*own}) == 2 and config.corpora.keys() >= {*own}
        if known and "lexicon" in config.translate.engines(*own):
            needs.setdefault(own, "translate.engine = 'lexicon' with pool.translated")
    for (source, language), need in sorted(needs.items()):
        if f"{source}-{language}" not in config.lexicons:
            usual = language in run.targets or (source, language) in back
            further = "" if usual else " with codeswitch.languages"
            yield f"lexicons: no section {source}-{language}, which {need}{further} needs"


def _lexicons_needed(config: Config, source: str, target: str) -> Iterator[tuple[str, str]]:
    """Languages that a lexicon from `source` has to lead to, and the setting that needs it."""
    stages = behind_models(config)
    context = config.codeswitch.phrases != "entity" and not config.project.finds_links
    for language in translated_into(config, stages, source, target):
        if "translate" in stages and "lexicon" in config.translate.engines(source, language):
            yield language, "translate.engine = 'lexicon'"
        if "codeswitch" in stages and context:
            yield language, f"codeswitch.phrases = {config.codeswitch.phrases!r}"
    if config.student.rounds and config.student.switch_target:
        yield target, f"student.switch_target = {config.student.switch_target}"
    if config.student.rounds and config.predict.switched_views:
        yield target, f"predict.switched_views = {config.predict.switched_views}"
