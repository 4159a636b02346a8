"""Sequence-to-sequence models as EasyNMT runs them: its own by name, or from a local directory."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clner.errors import ClnerError
from clner.translation.engines.engine import Engine, digest

if TYPE_CHECKING:
    from easynmt import EasyNMT

EASYNMT_MODELS = (
    "opus-mt",
    "m2m_100_418M",
    "m2m_100_1.2B",
    "mbart50_m2m",
    "mbart50_m2en",
    "mbart50_en2m",
)


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
            f"unknown engine {name!r}: known are lexicon, {', '.join(EASYNMT_MODELS)}, and the "
            "path of a local model directory"
        )
    identity = {
        "engine": None if content else name,
        "pair": [source, target],
        "beam_size": beam_size,
        "language_codes": language_codes,
        "content": content,
    }
    return Engine(name, source, target, identity, load, beam_size)


def _easynmt(name: str) -> Callable[[], "EasyNMT"]:
    def load() -> "EasyNMT":
        from easynmt import EasyNMT

        return EasyNMT(name)

    return load


def _directory(folder: Path, codes: dict[str, str]) -> Callable[[], "EasyNMT"]:
    if (folder / "easynmt.json").is_file():
        return _easynmt(str(folder))
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
