"""One engine for one pair of languages, behind EasyNMT's interface."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from clner.errors import ClnerError
from clner.files import sums
from clner.text.casing import Truecaser, in_capitals, normal_case, upper
from clner.text.scripts import detokenise, tokenise
from clner.translation.record import Translation

if TYPE_CHECKING:
    from easynmt import EasyNMT


@dataclass
class Engine:
    """One engine for one language pair.

    `identity` tells engines apart that may translate differently; `load` makes the EasyNMT
    façade, once, when something is to be translated. A `tokenwise` engine takes and returns
    tokens joined by single spaces, others take and return running text. `texts_per_call` is for
    engines that batch by themselves: how many they want at once, or None for the setting. With a
    `truecaser`, of the source language, a sentence in capitals reaches the engine in its usual
    case: models do badly on capitals.
    """

    name: str
    source: str
    target: str
    identity: dict
    load: Callable[[], "EasyNMT"]
    beam_size: int = 1
    tokenwise: bool = False
    texts_per_call: int | None = None
    truecaser: Truecaser | None = None

    def usual_case(self, tokens: list[str]) -> list[str]:
        """A sentence as this engine does best with: without capitals where all is in capitals."""
        return normal_case(tokens, self.truecaser) if self.truecaser else tokens

    def compose(self, tokens: list[str]) -> str:
        """The text of source tokens, as this engine takes it."""
        if self.tokenwise:
            return " ".join(token.replace(" ", "\u00a0") for token in tokens)
        return detokenise(tokens, self.source)

    def as_written(self, text: str, tokens: list[str]) -> str:
        """A translation in capitals, if the sentence `tokens` is and `usual_case` changed that."""
        return upper(text, self.target) if self.truecaser and in_capitals(tokens) else text

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
        facade = self.load()
        pairs = facade.lang_pairs  # none where the model does not tell
        if pairs and f"{self.source}-{self.target}" not in pairs:
            raise lacks_pair(self.name, self.source, self.target, pairs)
        return facade

    def _failed(self, error: Exception) -> str:
        reason = f"{type(error).__name__} {error}".strip().partition("\n")[0]
        return f"engine {self.name}, {self.source} to {self.target}: {reason}"


def lacks_pair(engine: str, source: str, target: str, pairs: Iterable[str]) -> ClnerError:
    """The error of an engine that does not have a pair; `pairs` (en-es, ...) are those it has.

    It names those with either language; all of them where there are none.
    """
    known = sorted(pairs)
    near = [pair for pair in known if pair.startswith(f"{source}-") or pair.endswith(f"-{target}")]
    return ClnerError(
        f"engine {engine} has no {source}-{target}; it has {', '.join(near or known) or 'none'}"
    )


def digest(paths: list[Path]) -> str:
    """SHA-256 of files' names and contents."""
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path.name} {sums.digest(path)}".encode())
    return total.hexdigest()
