"""What the students of a configuration were made from, for their cards."""

import re
from collections.abc import Iterator

from clner.card import Origin
from clner.config.sections import Config
from clner.config.stages import behind_models, translated_pairs
from clner.corpus import SPLITS, CorpusSettings
from clner.encoder import EncoderSettings

EMBEDDED = ("the demo embedded in clner", "apache-2.0")


def origins_of(config: Config, sources: list[str], target: str) -> list[Origin]:
    """The data behind the students of a pair: texts, dictionaries, translation, encoder."""
    stages = behind_models(config)
    pairs = translated_pairs(config, stages, sources, target)
    corpora = [(f"labelled sentences, {one}", config.corpora[one]) for one in sources]
    corpora.append((f"unlabelled sentences, {target}", config.corpora[target]))
    found = [_corpus(use, corpus) for use, corpus in corpora]
    back = [(target, sources[0])] if "translate-back" in stages else []
    translated = [*(pairs if "translate" in stages else []), *back]
    if "lexicon" in stages:
        looked_up = [own for own in back if "lexicon" in config.translate.engines(*own)]
        found += _lexicons(config, [*pairs, *looked_up])
    found += _engines(config, translated)
    if "project" in stages:
        found += _parallel(config, pairs)
    if back and (name := config.align.parallel_name(sources[0], target)):
        use, licence = f"parallel text, {sources[0]}-{target}", config.align.licence
        found.append(Origin(use=use, name=name, licence=licence))
    return [*found, *_further(config.encoder, sources, target), _encoder(config.encoder)]


def _corpus(use: str, corpus: CorpusSettings) -> Origin:
    if corpus.format == "demo":
        name, licence = EMBEDDED
        return Origin(use=use, name=name, licence=corpus.licence or licence)
    if corpus.format == "hub":
        name = " ".join(filter(None, [corpus.name, corpus.config, corpus.folder]))
        return Origin(use=use, name=name, licence=corpus.licence, dataset=_hub_name(corpus.name))
    files = [getattr(corpus, split) for split in SPLITS]
    name = ", ".join(dict.fromkeys(filter(None, files)))
    return Origin(use=use, name=name, licence=corpus.licence)


def _lexicons(config: Config, pairs: list[tuple[str, str]]) -> Iterator[Origin]:
    for pair in ("-".join(pair) for pair in pairs):
        if pair in config.lexicons:
            own = config.lexicons[pair]
            name, licence = EMBEDDED if own.path == "demo" else (own.path, "")
            if own.then is not None:
                name, licence = f"{name}, {own.then}", ""
            yield Origin(use=f"dictionary, {pair}", name=name, licence=own.licence or licence)


def _parallel(config: Config, pairs: list[tuple[str, str]]) -> Iterator[Origin]:
    """The sentence pairs of the user's own that word alignment learns from."""
    if config.project.aligns_by("eflomal"):
        for source, target in pairs:
            if name := config.project.eflomal.parallel_name(source, target):
                yield Origin(use=f"parallel text, {source}-{target}", name=name)


def _further(encoder: EncoderSettings, sources: list[str], target: str) -> Iterator[Origin]:
    """The text of the user's own that the encoder is made of, or adapted to."""
    if encoder.reads_text:
        texts = [(one, encoder.further.get(one, [])) for one in (*sources, target)]
        pairs = [f"{source}-{target}" for source in sources]
        texts += [(pair, encoder.parallel.get(pair, [])) for pair in pairs]
        for of, names in texts:
            use, licence = f"further text, {of}", encoder.licence
            yield from (Origin(use=use, name=name, licence=licence) for name in names)


def _engines(config: Config, pairs: list[tuple[str, str]]) -> Iterator[Origin]:
    """The engines that translate, but for the dictionary, which is named already."""
    for source, target in pairs:
        engines = [one for one in config.translate.engines(source, target) if one != "lexicon"]
        for engine in engines:
            use = f"translation, {source}-{target}"
            yield Origin(use=use, name=engine, licence=config.translate.licence)


def _encoder(encoder: EncoderSettings) -> Origin:
    if encoder.kind == "pretrained":
        name = f"{encoder.name} ({encoder.revision})"
        return Origin(
            use="encoder", name=name, licence=encoder.licence, model=_hub_name(encoder.name)
        )
    return Origin(use="encoder", name="made from the texts above", licence=encoder.licence)


def _hub_name(name: str) -> str | None:
    """A name if it may be one on the hub; None for a folder."""
    return name if re.fullmatch(r"\w[\w.-]*(/[\w.-]+)?", name) else None
