"""Translation engines, all behind EasyNMT, chosen by one setting."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from clner.errors import ClnerError
from clner.fingerprint import fingerprint
from clner.text.scripts import detokenise, tokenise
from clner.translation.lexicon import Lexicon, LexiconEngine
from clner.translation.record import Translation

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


@dataclass
class Engine:
    """One engine for one language pair.

    `identity` tells engines apart that may translate differently; `load` makes the EasyNMT
    façade, once, when something is to be translated. A `tokenwise` engine takes and returns
    tokens joined by single spaces, others take and return running text.
    """

    name: str
    source: str
    target: str
    identity: dict
    load: Callable[[], "EasyNMT"]
    beam_size: int = 1
    tokenwise: bool = False

    def compose(self, tokens: list[str]) -> str:
        """The text of source tokens, as this engine takes it."""
        if self.tokenwise:
            return " ".join(token.replace(" ", "\u00a0") for token in tokens)
        return detokenise(tokens, self.source)

    def split(self, text: str) -> list[str]:
        """The target tokens of a translation by this engine."""
        if self.tokenwise:
            return text.split(" ") if text else []
        return tokenise(text, self.target)

    def translate(self, texts: list[str]) -> list[Translation]:
        """One batch of texts. Raises ClnerError where the model cannot be loaded or used."""
        try:
            translations = self._facade.translate(
                texts,
                source_lang=self.source,
                target_lang=self.target,
                batch_size=len(texts),
                beam_size=self.beam_size,
                perform_sentence_splitting=False,
            )
        except (OSError, ImportError) as error:
            raise ClnerError(
                f"{self._failed(error)}; without network, give as engine a model's local "
                "directory, or lexicon"
            ) from error
        except (KeyError, ValueError) as error:
            raise ClnerError(
                f"{self._failed(error)}; does the model know both languages, under these codes "
                "or those in language_codes?"
            ) from error
        return [
            Translation(normalize("NFC", text), getattr(text, "alignment", None))
            for text in translations
        ]

    @cached_property
    def _facade(self) -> "EasyNMT":
        return self.load()

    def _failed(self, error: Exception) -> str:
        reason = f"{type(error).__name__} {error}".strip().partition("\n")[0]
        return f"engine {self.name}, {self.source} to {self.target}: {reason}"


def lexicon_engine(
    lexicon: Lexicon, path: Path, source: str, target: str, choice: str, seed: int
) -> Engine:
    """The engine that looks words up in `lexicon`, which was read from `path`."""
    identity = {
        "engine": "lexicon",
        "pair": [source, target],
        "choice": choice,
        "seed": seed if choice == "random" else None,
        "content": _digest([path]),
        "code": fingerprint("clner.translation.lexicon"),
    }

    def load() -> "EasyNMT":
        from easynmt import EasyNMT

        return EasyNMT(translator=LexiconEngine(lexicon, choice, seed))

    return Engine("lexicon", source, target, identity, load, tokenwise=True)


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
        content = _digest(sorted(path for path in folder.rglob("*") if path.is_file()))
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


def _digest(paths: list[Path]) -> str:
    """SHA-256 of files' names and contents."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}".encode())
    return digest.hexdigest()
