"""Sequence-to-sequence models: by EasyNMT's names, from a local directory, or from the hub."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clner.errors import ClnerError
from clner.files.artifacts import read_json
from clner.files.hub import not_had
from clner.translation.engines.engine import Engine, digest

if TYPE_CHECKING:
    from easynmt import EasyNMT

log = logging.getLogger(__name__)

EASYNMT_MODELS = {
    "opus-mt": "Helsinki-NLP/opus-mt-{source}-{target}",
    "m2m_100_418M": "facebook/m2m100_418M",
    "m2m_100_1.2B": "facebook/m2m100_1.2B",
    "mbart50_m2m": "facebook/mbart-large-50-many-to-many-mmt",
    "mbart50_m2en": "facebook/mbart-large-50-many-to-one-mmt",
    "mbart50_en2m": "facebook/mbart-large-50-one-to-many-mmt",
}
"""The hub's names of EasyNMT's models."""

_CONFIG_AND_TOKENIZER = ("*.json", "*.model", "*.spm", "*.txt")
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
"""Those that hold nothing but numbers first."""


def model_engine(
    name: str, source: str, target: str, beam_size: int, language_codes: dict[str, str]
) -> Engine:
    """A sequence-to-sequence model: EasyNMT's own by name, or a local directory.

    A directory is one that EasyNMT saved (easynmt.json) or a plain Hugging Face checkpoint
    (config.json); for the latter `language_codes` maps ISO codes to the model's own, the others
    know them. Raises ClnerError for a name or a directory that is none of these.
    """
    folder = Path(name)
    if name in EASYNMT_MODELS:
        content, load = None, _easynmt(name)
    elif folder.is_dir():
        content = digest(sorted(path for path in folder.rglob("*") if path.is_file()))
        load = _directory(folder, language_codes)
    else:
        raise ClnerError(
            f"unknown engine {name!r}: known are lexicon, apertium, memory:FILE, "
            f"{', '.join(EASYNMT_MODELS)}, the path of a local model directory, and any of these "
            "models with ctranslate2: before it"
        )
    identity = {
        "engine": None if content else name,
        "pair": [source, target],
        "beam_size": beam_size,
        "language_codes": language_codes,
        "content": content,
    }
    return Engine(name, source, target, identity, load, beam_size)


def checkpoint_folder(name: str, source: str, target: str) -> Path:
    """The local folder of a Hugging Face checkpoint, downloaded where it is not there yet.

    `name` is one of EasyNMT's, a local directory with a config.json, or the hub's (with a
    slash). Raises ClnerError for any other, and where the hub has no such model or is out of
    reach.
    """
    folder = Path(name)
    if name not in EASYNMT_MODELS and folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ClnerError(f"{folder}: no config.json: not a Hugging Face checkpoint")
        return folder
    if name not in EASYNMT_MODELS and "/" not in name:
        raise ClnerError(
            f"unknown model {name!r}: known are {', '.join(EASYNMT_MODELS)}, the path of a local "
            "model directory, and the hub's names, which have a slash"
        )
    return _download(EASYNMT_MODELS.get(name, name).format(source=source, target=target))


def checkpoint_files(folder: Path) -> list[Path]:
    """Of a checkpoint's files those that make the model: configuration, tokenizer, weights."""
    weights = next(filter(None, (sorted(folder.glob(pattern)) for pattern in _WEIGHTS)), [])
    others = {path for pattern in _CONFIG_AND_TOKENIZER for path in folder.glob(pattern)}
    return [*sorted(others), *weights]


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download

    log.info("loading %s, from the hub if it is not in the cache", name)
    try:
        for weights in _WEIGHTS:
            folder = Path(snapshot_download(name, allow_patterns=[*_CONFIG_AND_TOKENIZER, weights]))
            if any(folder.glob(weights)):
                return folder
    except (OSError, ValueError) as error:
        raise ClnerError(
            f"{name}: {not_had(error)}; without network, give a model's local directory"
        ) from error
    raise ClnerError(f"{name}: the hub has no weights of it as safetensors or for PyTorch")


def _easynmt(name: str) -> Callable[[], "EasyNMT"]:
    def load() -> "EasyNMT":
        from easynmt import EasyNMT
        from huggingface_hub.constants import HF_HUB_OFFLINE

        if HF_HUB_OFFLINE and not (_easynmt_cache() / name.lower()).is_dir():
            raise ClnerError(
                f"{name}: EasyNMT has to download it, but HF_HUB_OFFLINE is set; give a model's "
                "local directory"
            )
        return EasyNMT(name)

    return load


def _easynmt_cache() -> Path:
    """Where EasyNMT keeps what it downloads, which heeds no HF_HUB_OFFLINE."""
    from torch.hub import get_dir

    return Path(os.environ.get("EASYNMT_CACHE") or Path(get_dir()).with_name("easynmt_v2"))


def _saved(folder: Path) -> Callable[[], "EasyNMT"]:
    """A model that EasyNMT saved, of one of its own classes: it would import any that is named."""
    named = read_json(folder / "easynmt.json").get("model_class")
    if not str(named).startswith("easynmt.models."):
        raise ClnerError(f"{folder / 'easynmt.json'}: model_class = {named!r} is not EasyNMT's own")

    def load() -> "EasyNMT":
        from easynmt import EasyNMT

        return EasyNMT(str(folder))

    return load


def _directory(folder: Path, codes: dict[str, str]) -> Callable[[], "EasyNMT"]:
    if (folder / "easynmt.json").is_file():
        return _saved(folder)
    if (folder / "config.json").is_file():
        return lambda: _checkpoint(folder, codes)
    raise ClnerError(f"{folder}: neither easynmt.json nor config.json: not a model directory")


def _checkpoint(folder: Path, codes: dict[str, str]) -> "EasyNMT":
    from easynmt import EasyNMT
    from easynmt.models import AutoModel

    model = AutoModel(str(folder), lang_map=codes)
    if codes and not hasattr(model.tokenizer, "lang_code_to_id"):
        # Without it EasyNMT would not tell the model which language to write.
        ids = {code: model.tokenizer.convert_tokens_to_ids(code) for code in codes.values()}
        model.tokenizer.lang_code_to_id = ids
    return EasyNMT(translator=model)
