"""Input functions of the stages: each names the file that a branch, or variant, shares."""

from clner.config.stages import VIEWS, cased, encoder_views


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


def translated_back(branch, source, target):
    """The translation of unlabelled text in `target` into `source`."""
    shared = shared_by(branch, "translate", f"{target}-{source}")
    return f"<results>/{target}-{source}/{shared}/translate/unlabelled.jsonl"


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
    if name == "target":
        return [corpus(branch, target, "train")]
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
    scope = pair if EXPERIMENT.config(branch).encoder.reads_text else "multilingual"
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
    """Input function: the files of each labelled view, none where the settings do not name it.

    `gold` are those of the target's own labels, which only a teacher can have.
    """

    def files(wildcards):
        settings = getattr(EXPERIMENT.config(wildcards.variant), stage)
        form = "phrases" if settings.codeswitching == "fresh" else "train"
        found = {
            "source": view(wildcards.variant, "source", wildcards.pair),
            "translation": view(wildcards.variant, "translation", wildcards.pair),
            "codeswitch": [quality(wildcards.variant, wildcards.pair, f"{form}.jsonl")],
            "target": view(wildcards.variant, "target", wildcards.pair),
        }
        chosen = {name: found[name] if name in settings.views else [] for name in found}
        chosen["gold"] = chosen.pop("target")
        return chosen

    return files


def backward_lexicons(wildcards):
    """The lexicons that code-switch target text, if the student's settings ask for it."""
    switched = EXPERIMENT.config(wildcards.variant).student.switch_target > 0
    return lexicons(wildcards.variant, wildcards.pair) if switched else []


def view_lexicons(wildcards):
    """The lexicons that code-switch unlabelled text when it is tagged, if the settings ask for it."""
    viewed = EXPERIMENT.config(wildcards.variant).predict.switched_views > 0
    asked = viewed and wildcards.text == "unlabelled"
    return lexicons(wildcards.variant, wildcards.pair) if asked else []


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
    scored, taught = "scored-student", "student"
    if name == "teacher":
        scored, taught = "scored-teacher", "predict"
    folder = trained(scored if text == "evaluation" else taught, wildcards)
    return f"{folder}/predict/{name}/{text}.parquet"


def scored_by(wildcards):
    """The first variant of the run that has a variant's students, whose scores their cards show."""
    return next(
        (
            variant
            for variant in RUN.variants
            if int(wildcards.round) in rounds(variant)
            and shared_by(variant, "student", wildcards.pair) == wildcards.variant
        ),
        wildcards.variant,
    )


def card_scores(wildcards):
    folder = f"<results>/{wildcards.pair}/{scored_by(wildcards)}/seed-{wildcards.seed}"
    return f"{folder}/evaluate/scores.tsv"


def pooled(wildcards):
    """What each teacher says about unlabelled text, and about its translation if there is one."""
    settings = EXPERIMENT.config(wildcards.variant).pool
    sources, target = parts(wildcards.pair)
    found = {"predictions": said_by_teachers(wildcards, "predict", "unlabelled")}
    if settings.translated:
        shared = shared_by(wildcards.variant, "align", f"{sources[0]}-{target}")
        found["translations"] = said_by_teachers(wildcards, "predict-translated", "translated")
        found["links"] = [f"<results>/{sources[0]}-{target}/{shared}/align/unlabelled.jsonl"]
    return found


def said_by_teachers(wildcards, stage, text):
    """What the teachers of each pooled seed say about a text."""
    shared = shared_by(wildcards.variant, stage, wildcards.pair)
    return [
        f"<results>/{wildcards.pair}/{shared}/seed-{seed}/predict/teacher/{text}.parquet"
        for seed in EXPERIMENT.config(wildcards.variant).pool.seeds(int(wildcards.seed))
    ]


def lessons(wildcards, name):
    """What a model says about unlabelled text; of teachers, what is pooled if anything is."""
    several = EXPERIMENT.config(wildcards.variant).pool.several
    if name != "teacher" or not several:
        return predictions(wildcards, name, "unlabelled")
    return f"{trained('pool', wildcards)}/pool/teacher.parquet"


def pseudo_labels(wildcards, round):
    folder = trained("filter" if int(round) == 1 else "student", wildcards)
    return f"{folder}/filter/round-{round}/pseudo_labels.jsonl"


def opening(wildcards):
    """What opens a round: the model before it, what that predicts, and what passes the filter."""
    before = predecessor(wildcards.round)
    return {
        "teacher": model(wildcards, before),
        "predictions": lessons(wildcards, before),
        "pseudo_labels": pseudo_labels(wildcards, wildcards.round),
    }


def compared(wildcards):
    """The files of each view whose vectors are looked at, none where a variant does not make it."""
    variant, pair = wildcards.variant, wildcards.pair
    return {
        name: view(variant, name, pair) if is_made(variant, VIEWS[name]) else []
        for name in ("source", "translation", "codeswitch")
    }


def gold(wildcards):
    """The labelled split that unlabelled text was drawn from, for the eyes of people only."""
    _, target = parts(wildcards.pair)
    config = EXPERIMENT.config(wildcards.variant)
    split = config.corpora[target].unlabelled_split
    known = split != "unlabelled" and config.diagnose.read_gold and config.student.rounds
    return [corpus(wildcards.variant, target, split)] if known else []


def scored(wildcards):
    """What each model of a cell says about the sentences that models are scored on."""
    return [predictions(wildcards, name, "evaluation") for name in models(wildcards.variant)]


def evaluation(wildcards):
    """The sentences that models are scored on: dev and test of all languages of a pair."""
    sources, target = parts(wildcards.pair)
    return [
        corpus(wildcards.variant, language, split)
        for language in [*sources, target]
        for split in ("dev", "test")
    ]


def texts(wildcards):
    """What a model tags: unlabelled target text, its translation, or all that it is scored on."""
    if wildcards.text == "evaluation":
        return evaluation(wildcards)
    if wildcards.text == "translated":
        sources, target = parts(wildcards.pair)
        return translated_back(wildcards.variant, sources[0], target)
    return view(wildcards.variant, "unlabelled", wildcards.pair)
