"""Provide the encoder of a pair: a pretrained one, or a small one made from the pair's text.

Either can be adapted to the text by masked-language modelling.
"""

import logging
import sys
from pathlib import Path
from typing import Literal

from pydantic import Field

from clner.encoders.further import further_text
from clner.encoders.settings import AdaptationSettings, ScratchSettings
from clner.errors import ClnerError
from clner.files.artifacts import finished_folder
from clner.files.hub import not_had
from clner.lexicons.dictionary import read_dictionary
from clner.stage import Settings, main
from clner.text.languages import Language, Pair
from clner.text.sentence import Sentence, read_sentences

log = logging.getLogger(__name__)


class EncoderSettings(Settings):
    """Which encoder, and what is done to it."""

    kind: Literal["pretrained", "scratch"] = Field(
        "pretrained", description="a Hugging Face encoder, or a small one made from the texts"
    )
    name: str = Field(
        "xlm-roberta-base", description="pretrained: name on the hub, or a local directory"
    )
    revision: str = Field("main", description="pretrained: branch, tag or commit on the hub")
    texts: list[Literal["source", "unlabelled", "translation", "codeswitch"]] = Field(
        ["source", "unlabelled"], description="texts that a scratch or adapted encoder reads"
    )
    further: dict[Language, list[str]] = Field(
        {},
        description="files of further text of some languages, read beside `texts`: a sentence a "
        "line (.txt) or sentences in columns (.conll, …), whose tags are not read",
    )
    parallel: dict[Pair, list[str]] = Field(
        {},
        description="files of further text of some pairs (en-es), of which both sides are read "
        "beside `texts`: TMX, or lines of source, tab, target",
    )
    scratch: ScratchSettings = Field(ScratchSettings(), description="the encoder from scratch")
    adaptation: AdaptationSettings = Field(
        AdaptationSettings(), description="masked-language modelling on the texts"
    )
    licence: str = Field(
        "", description="its licence, or its further text's, for the students' cards"
    )

    def get(self, pair: str) -> "EncoderSettings":
        """These settings as one pair (en-es, en+nl-es) sees them, without other languages' text."""
        sources, _, target = pair.rpartition("-")
        one = {*sources.split("+"), target}
        pairs = {f"{source}-{target}" for source in sources.split("+")}
        further = {key: paths for key, paths in self.further.items() if key in one}
        parallel = {key: paths for key, paths in self.parallel.items() if key in pairs}
        return self.model_copy(update={"further": further, "parallel": parallel})

    @property
    def reads_text(self) -> bool:
        """Whether it is made of text, or adapted to text: then each pair has its own."""
        has_text = bool(self.texts or self.further or self.parallel)
        return has_text and (self.kind == "scratch" or self.adaptation.epochs > 0)


def run(
    settings: EncoderSettings,
    *,
    output: Path,
    checkpoints: Path,
    sentences: list[Path] | None = None,
    lexicon: list[Path] | None = None,
    languages: list[str] | None = None,
) -> None:
    """Write an encoder and its tokenizer to the folder `output`.

    `sentences` are texts of the pair, `lexicon` dictionaries that join its languages, `languages`
    these, the target first, of which the settings' further text is read; a pretrained encoder
    that is not adapted needs none of them. Raises ClnerError where a model cannot be reached.
    """
    sentences = [sentence for path in sentences or [] for sentence in read_sentences(path)]
    if settings.reads_text:
        sentences += further_text(settings.further, settings.parallel, languages or [])
    if settings.kind == "scratch":
        model, tokenizer = _scratch(settings, sentences, lexicon or [])
    else:
        model, tokenizer = _pretrained(settings)
    if settings.adaptation.epochs > 0:
        from clner.encoders.adaptation import adapt

        model = adapt(model, tokenizer, sentences, settings.adaptation, checkpoints, str(output))
    with finished_folder(output) as partial:
        model.save_pretrained(partial, max_shard_size="100GB")
        tokenizer.save_pretrained(partial)


def _scratch(settings: EncoderSettings, sentences: list[Sentence], lexicon: list[Path]):
    from clner.encoders.scratch import make_encoder

    if not sentences:
        raise ClnerError(
            "encoder: kind = 'scratch' needs texts; name some in encoder.texts, further or parallel"
        )
    dictionary: dict[str, list[str]] = {}
    for path in lexicon:
        for source, targets in read_dictionary(path).items():
            dictionary.setdefault(source, []).extend(targets)
    return make_encoder([s.tokens for s in sentences], dictionary, settings.scratch)


def _pretrained(settings: EncoderSettings):
    import torch
    from transformers import AutoModel, AutoModelForMaskedLM

    from clner.encoders.tokenizer import first_line, load_tokenizer

    log.info("loading %s, from the hub if it is neither a folder nor in the cache", settings.name)
    kind = AutoModelForMaskedLM if settings.adaptation.epochs > 0 else AutoModel
    try:
        tokenizer = load_tokenizer(settings.name, settings.revision)
        model = kind.from_pretrained(
            settings.name,
            revision=settings.revision,
            use_safetensors=True,
            trust_remote_code=False,
            dtype=torch.float32,
        )
    except (OSError, ValueError, ClnerError) as error:
        where = f"encoder.name = {settings.name!r}"
        if Path(settings.name).is_dir():
            raise ClnerError(f"{where}: cannot be loaded ({first_line(error)})") from None
        raise ClnerError(
            f"{where}: {not_had(error)}; without one, give a local directory, fill the Hugging "
            "Face cache beforehand and set HF_HUB_OFFLINE=1, or use encoder.kind = 'scratch'"
        ) from None
    if not tokenizer.is_fast:
        raise ClnerError(f"encoder.name = {settings.name!r}: has no fast tokenizer")
    return model, tokenizer


if __name__ == "__main__":
    sys.exit(main(run))
