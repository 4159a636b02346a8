"""Checkpoints converted for CTranslate2, once per machine, kept by their content."""

import logging
import shutil
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from clner.errors import ClnerError
from clner.files.artifacts import finished_folder, read_json, write_json
from clner.files.digests import cache_folder, kept_digest
from clner.translation.engines.models import checkpoint_files

log = logging.getLogger(__name__)


def convert(checkpoint: Path, content: str, number_format: str) -> Path:
    """The folder of a converted model, made where it is not there yet.

    One process converts, others that want the same model wait for it. Raises ClnerError for a
    model that CTranslate2 cannot run.
    """
    from filelock import FileLock

    name = f"{content[:32]}-{number_format}-{version('ctranslate2')}"
    converted = cache_folder() / "ctranslate2" / name
    converted.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(converted.with_name(f"{name}.lock")):
        for killed in converted.parent.glob(f".{name}.*.part"):
            shutil.rmtree(killed)
        if not converted.is_dir():
            log.info("%s: converting to %s, once, into %s", checkpoint, number_format, converted)
            with finished_folder(converted) as partial:
                _convert(checkpoint, partial, number_format)
                _name_first_token(partial / "config.json")
    return converted


def _convert(checkpoint: Path, folder: Path, number_format: str) -> None:
    from ctranslate2.converters import TransformersConverter

    converter = TransformersConverter(str(checkpoint))
    try:
        converter.convert(str(folder), quantization=number_format, force=True)
    except (AttributeError, KeyError, RuntimeError, ValueError) as error:
        reason = f"{type(error).__name__} {error}".partition("\n")[0]
        raise ClnerError(
            f"{checkpoint}: CTranslate2 cannot run this model ({reason}); take it as engine "
            "without ctranslate2:"
        ) from error


def _name_first_token(config: Path) -> None:
    """mBART-50's tokenizer has no first token: nothing needs it, but CTranslate2 reads its name."""
    values = read_json(config)
    write_json(config, values | {"bos_token": values["bos_token"] or values["eos_token"]})


def content_of(checkpoint: Path) -> str:
    """SHA-256 of the names and contents of the files that make a checkpoint."""
    names = [f"{path.name} {kept_digest(path)}" for path in checkpoint_files(checkpoint)]
    return sha256("\n".join(names).encode()).hexdigest()
