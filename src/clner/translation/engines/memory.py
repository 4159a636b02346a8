"""The engine that looks texts up in a parallel file of the user's own."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from clner.errors import ClnerError
from clner.files.fingerprint import fingerprint
from clner.files.inputs import expand, for_pair
from clner.translation.engines.engine import Engine, digest
from clner.translation.parallel import read_parallel
from clner.translation.record import Translation

if TYPE_CHECKING:
    from easynmt import EasyNMT


def memory_file(path: str, source: str, target: str) -> Path:
    """The file of a pair: {source} and {target} are filled in, and what `expand` fills in."""
    return expand(for_pair(path, source, target), "translate.engine")


def memory_engine(path: Path, source: str, target: str, forms: Sequence[str]) -> Engine:
    """The engine that looks texts up in `path`, which is read once one is asked for.

    Raises ClnerError where there is no such file, and where `forms` (of TranslateSettings) hold
    `marked`: such sentences are in no file.
    """
    name = f"memory:{path}"
    if not path.is_file():
        raise ClnerError(f"engine {name}: no such file")
    if "marked" in forms:
        raise ClnerError(
            f"engine {name}: a parallel file has no sentence with its entities "
            "marked; leave marked out, and project by another method than markers"
        )
    identity = {
        "engine": "memory",
        "pair": [source, target],
        "content": digest([path]),
        "code": fingerprint(__name__),
    }

    def load() -> "EasyNMT":
        from easynmt import EasyNMT

        return EasyNMT(translator=MemoryTranslator(read_parallel(path, source, target)))

    return Engine(name, source, target, identity, load)


class MemoryTranslator:
    """A translation memory as an EasyNMT translator.

    Texts are the same that differ in no more than spaces and Unicode form, so that a corpus of
    tokens finds its untokenised sentences and the other way round.
    """

    def __init__(self, pairs: list[tuple[str, str]]):
        """`pairs` of source and target texts; of several translations the first is taken."""
        self._translations: dict[str, str] = {}
        for source, target in pairs:
            self._translations.setdefault(_key(source), target)

    def translate_sentences(
        self, sentences: list[str], source_lang: str, target_lang: str, **_: object
    ) -> list[Translation]:
        """Each sentence's translation, and an empty one where the memory has none."""
        found = (self._translations.get(_key(sentence)) for sentence in sentences)
        return [Translation(text) if text else Translation("", []) for text in found]


def _key(text: str) -> str:
    return "".join(normalize("NFC", text).split())
