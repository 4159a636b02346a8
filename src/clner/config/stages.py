"""What each stage reads under a configuration, hence what decides its artifacts."""

from clner.config.sections import Config
from clner.encoder import EncoderSettings

# The stage that makes each kind of text an encoder reads; source and target are corpora.
VIEWS = {
    "source": "source",
    "translation": "project",
    "codeswitch": "codeswitch",
    "unlabelled": "target",
}

# The same of taggers: the encoder judges the code-switched sentences that they learn from.
LABELLED_VIEWS = VIEWS | {"codeswitch": "quality", "target": "target"}

# Text that is scored is tagged in stages of its own: what changes these alone leaves the unlabelled
# text as it is, and so what students learn.
SEEDED = {"teacher", "predict", "predict-translated", "pool", "filter", "student"}
SEEDED |= {"scored-teacher", "scored-student"}


def reads(config: Config, stage: str) -> set[str]:
    """The stages whose artifacts `stage` reads under this configuration."""
    match stage:
        case "translate":
            looked_up = "lexicon" in config.translate.named
            return {"source", "lexicon", "casing"} if looked_up else {"source"}
        case "project":
            lexicon = {"lexicon"} if config.project.aligns_by("eflomal") else set()
            encoder = {"encoder"} if config.project.aligns_by("embeddings") else set()
            return {"source", "translate"} | lexicon | encoder
        case "codeswitch":
            return {"source", "project", "lexicon", "casing"}
        case "encoder":
            lexicon = {"lexicon"} if config.encoder.kind == "scratch" else set()
            return lexicon.union(VIEWS[view] for view in encoder_views(config.encoder))
        case "quality":
            encoder = {"encoder"} if config.quality.reads_encoder else set()
            return {"codeswitch", "target"} | encoder
        case "teacher":
            return {"source", "encoder", *(LABELLED_VIEWS[view] for view in config.teacher.views)}
        case "predict":
            lexicon = {"lexicon"} if config.predict.switched_views else set()
            return {"teacher", "source", "target"} | lexicon
        case "align":
            return {"target", "translate-back", "lexicon"}
        case "predict-translated":
            return {"teacher", "source", "translate-back"}
        case "pool":
            back = {"align", "predict-translated"} if config.pool.translated else set()
            return {"predict"} | back
        case "filter":
            return {"pool"}  # which changes nothing by its defaults, and is no job then
        case "student":
            lexicon = {"lexicon"} if config.student.switch_target else set()
            views = {LABELLED_VIEWS[view] for view in config.student.views}
            return {"teacher", "filter"} | lexicon | views
        case "scored-teacher":
            return {"teacher", "source", "target"}
        case "scored-student":
            return {"student", "source", "target"}
    return set()


def encoder_views(settings: EncoderSettings) -> list[str]:
    """The views of the data that the encoder reads; none if it is taken as it is."""
    return settings.texts if settings.reads_text else []


def upstream(config: Config, stage: str) -> set[str]:
    """`stage` and all stages that it depends on."""
    found: set[str] = set()
    waiting = {stage}
    while waiting:
        found |= waiting
        waiting = set().union(*(reads(config, one) for one in waiting)) - found
    return found


def behind_models(config: Config) -> set[str]:
    """All stages that the last models of a configuration depend on, their own among them."""
    return upstream(config, "student" if config.student.rounds else "teacher")


def decisive(config: Config, stage: str, sources: list[str], target: str) -> list[str]:
    """The sections of the configuration that decide an artifact of `stage`, sorted."""
    stages = upstream(config, stage)
    pairs = translated_pairs(config, stages, sources, target)
    several = {
        "source": [f"corpora.{source}" for source in sources],
        "target": [f"corpora.{target}"],
        "lexicon": [f"lexicons.{source}-{language}" for source, language in pairs],
        "translate": [f"translate.{source}-{language}" for source, language in pairs],
        "encoder": [f"encoder.{'+'.join(sources)}-{target}"],
        "casing": [f"corpora.{own[1]}" for own in pairs if cased(config, *own)],
        "predict": ["predict.unlabelled"],
        "predict-translated": ["predict.translated"],
        "translate-back": [],
        "scored-teacher": ["predict.evaluation"],
        "scored-student": ["predict.evaluation"],
    }
    if "translate-back" in stages:
        several["translate-back"] = decisive(config, "translate", [target], sources[0])
    return sorted({section for name in stages for section in several.get(name, [name])})


def cased(config: Config, source: str, language: str) -> bool:
    """Whether a lexicon learns the case of its words from unlabelled text of `language`."""
    lexicon, corpus = config.lexicons.get(f"{source}-{language}"), config.corpora.get(language)
    return bool(lexicon and lexicon.casing and corpus and corpus.has_unlabelled)


def translated_into(config: Config, stages: set[str], source: str, target: str) -> list[str]:
    """The languages that some of `stages` translate text of `source` into, the target first."""
    return config.codeswitch.mixed(source, target) if "codeswitch" in stages else [target]


def translated_pairs(
    config: Config, stages: set[str], sources: list[str], target: str
) -> list[tuple[str, str]]:
    """Each source with each of the languages that it is translated into."""
    return [
        (source, language)
        for source in sources
        for language in translated_into(config, stages, source, target)
    ]
