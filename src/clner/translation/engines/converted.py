"""Sequence-to-sequence models as CTranslate2 runs them."""

import json
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from clner.errors import ClnerError
from clner.files.artifacts import read_json
from clner.translation.engines.conversion import content_of, convert
from clner.translation.engines.engine import Engine, lacks_pair
from clner.translation.engines.models import checkpoint_folder

if TYPE_CHECKING:
    from easynmt import EasyNMT
    from transformers import PreTrainedTokenizerBase

BATCHES_PER_CALL = 16
"""CTranslate2 sorts the texts of a call by length; translations are kept call by call."""
TOKENS_PER_TEXT = 32
"""A batch holds the tokens of `batch_size` texts of this length, padding included."""
DIRECTIONS = {"mbart50_m2en": "*-en", "mbart50_en2m": "en-*"}


def converted_engine(
    model: str,
    source: str,
    target: str,
    beam_size: int,
    language_codes: dict[str, str],
    batch_size: int,
) -> Engine:
    """The engine that runs `model` (as `checkpoint_folder` takes it) with CTranslate2.

    It searches as EasyNMT's own engine does with the same model, in the number format that is
    fastest here. `language_codes` maps ISO codes to the model's own. Raises ClnerError for a
    model that is not there or does not translate this way round.
    """
    name = f"ctranslate2:{model}"
    if not fnmatch(f"{source}-{target}", DIRECTIONS.get(model, "*")):
        raise lacks_pair(name, source, target, [DIRECTIONS[model]])
    checkpoint = checkpoint_folder(model, source, target)
    content = content_of(checkpoint)
    device, number_format = fastest()
    identity = {
        "engine": "ctranslate2",
        "pair": [source, target],
        "beam_size": beam_size,
        "language_codes": language_codes,
        "content": content,
        "number_format": number_format,
    }

    def load() -> "EasyNMT":
        from easynmt import EasyNMT
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(checkpoint)
        codes = own_codes(tokenizer, [source, target], _saved_codes(checkpoint) | language_codes)
        converted = convert(checkpoint, content, number_format)
        tokens = batch_size * TOKENS_PER_TEXT
        return EasyNMT(
            translator=ConvertedModel(converted, device, checkpoint, tokenizer, codes, tokens)
        )

    texts = batch_size * BATCHES_PER_CALL
    return Engine(name, source, target, identity, load, beam_size, texts_per_call=texts)


def fastest() -> tuple[str, str]:
    """The device here, and the number format in which CTranslate2 is fastest on it."""
    import ctranslate2

    if ctranslate2.get_cuda_device_count():
        device, formats = "cuda", ("bfloat16", "float16", "float32")
    else:
        device, formats = "cpu", ("int8", "float32")
    supported = ctranslate2.get_supported_compute_types(device)
    return device, next(name for name in formats if name in supported)


class ConvertedModel:
    """A converted model as an EasyNMT translator."""

    def __init__(
        self,
        converted: Path,
        device: str,
        checkpoint: Path,
        tokenizer: "PreTrainedTokenizerBase",
        codes: dict[str, str],
        tokens_per_batch: int,
    ):
        """`converted` was made from `checkpoint`; `codes` are its `own_codes` of ISO's."""
        import torch
        from ctranslate2 import Translator

        self._tokenizer = tokenizer
        self._codes = codes
        self._tokens_per_batch = tokens_per_batch
        self._vocabulary = json.loads((converted / "shared_vocabulary.json").read_text("utf-8"))
        most = tokenizer.model_max_length
        positions = read_json(checkpoint / "config.json").get("max_position_embeddings", most)
        self._longest = min(positions, most)
        self._search = search_options(checkpoint, self._vocabulary)
        self._translator = Translator(str(converted), device, intra_threads=torch.get_num_threads())

    def translate_sentences(
        self,
        sentences: list[str],
        source_lang: str,
        target_lang: str,
        device: str | None = None,
        beam_size: int = 5,
    ) -> list[str]:
        """Translate sentences; one that is too long is cut where EasyNMT's own engine cuts it.

        EasyNMT names a `device`, but the model stays where it was loaded.
        """
        start = []
        if self._codes:
            self._tokenizer.src_lang = self._codes[source_lang]
            start = [self._vocabulary[language_ids(self._tokenizer)[self._codes[target_lang]]]]
        rows = self._tokenizer(sentences, truncation=True, max_length=self._longest).input_ids
        results = self._translator.translate_batch(
            [[self._vocabulary[piece] for piece in row] for row in rows],
            [start] * len(rows),
            beam_size=beam_size,
            max_batch_size=self._tokens_per_batch,
            batch_type="tokens",
            **self._search,
        )
        pieces = [
            self._tokenizer.convert_tokens_to_ids(own.hypotheses[0][len(start) :])
            for own in results
        ]
        return self._tokenizer.batch_decode(pieces, skip_special_tokens=True)


def search_options(checkpoint: Path, vocabulary: list[str]) -> dict[str, object]:
    """The search that `generate` does by default with a model, as `translate_batch` names it.

    Lengths are those of Transformers less one: it counts the token that starts a translation.
    The end token is returned because only then it counts in the length that scores are divided
    by, as it does there. Where a model has `early_stopping` off, Transformers searches on for a
    while once it has as many translations as beams; CTranslate2 stops, and may miss a better one.
    """
    from transformers import AutoConfig, GenerationConfig

    if (checkpoint / "generation_config.json").is_file():
        given = GenerationConfig.from_pretrained(checkpoint)
    else:
        given = GenerationConfig.from_model_config(AutoConfig.from_pretrained(checkpoint))
    shortest = given.min_new_tokens or max(given.min_length - 1, 0)
    longest = given.max_new_tokens or given.max_length - 1
    forced_end = given.forced_eos_token_id is not None
    bad = [own for own in given.bad_words_ids or [] if max(own) < len(vocabulary)]
    return {
        "min_decoding_length": shortest,
        "max_decoding_length": longest - forced_end,
        "max_input_length": 0,
        "return_end_token": True,
        "length_penalty": given.length_penalty,
        "repetition_penalty": given.repetition_penalty,
        "no_repeat_ngram_size": given.no_repeat_ngram_size,
        "suppress_sequences": [[vocabulary[piece] for piece in own] for own in bad],
    }


def language_ids(tokenizer: "PreTrainedTokenizerBase") -> dict[str, int]:
    """The languages of a multilingual tokenizer and their tokens; none for that of one pair."""
    if not hasattr(tokenizer, "src_lang"):
        return {}
    special = tokenizer.additional_special_tokens
    ids = dict(zip(special, tokenizer.additional_special_tokens_ids, strict=True))
    return getattr(tokenizer, "lang_code_to_id", ids)


def own_codes(
    tokenizer: "PreTrainedTokenizerBase", languages: list[str], given: dict[str, str]
) -> dict[str, str]:
    """The model's own codes of languages: those `given`, else the same, else es_XX for es.

    Empty for a model of one pair. Raises ClnerError for a language that the model does not have.
    """
    known = language_ids(tokenizer)
    codes = {}
    for language in languages if known else []:
        code = given.get(language, language)
        alike = [own for own in known if own == code or own.startswith(f"{code}_")]
        if len(alike) != 1:
            raise ClnerError(
                f"the model knows no language {code!r}, but {', '.join(sorted(known))}; give its "
                "own code in language_codes"
            )
        [codes[language]] = alike
    return codes


def _saved_codes(checkpoint: Path) -> dict[str, str]:
    """The language codes that EasyNMT saved with a model."""
    saved = checkpoint / "easynmt.json"
    return read_json(saved)["model_args"].get("lang_map", {}) if saved.is_file() else {}
