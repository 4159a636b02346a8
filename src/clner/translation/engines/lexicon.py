"""The engine that looks words up in a bilingual dictionary."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from clner.files.fingerprint import fingerprint
from clner.lexicons.lexicon import Lexicon
from clner.translation.engines.engine import Engine, digest
from clner.translation.record import Block, Translation

if TYPE_CHECKING:
    from easynmt import EasyNMT


def lexicon_engine(
    lexicon: Lexicon,
    path: Path,
    source: str,
    target: str,
    choice: str,
    seed: int,
    casing: Sequence[Path] = (),
) -> Engine:
    """The engine that looks words up in `lexicon`, which was read from `path`.

    `casing`: the files of text that its truecaser was learnt from.
    """
    identity = {
        "engine": "lexicon",
        "pair": [source, target],
        "choice": choice,
        "seed": seed if choice == "random" else None,
        "content": digest([path, *casing]),
        "code": fingerprint(__name__),
    }

    def load() -> "EasyNMT":
        from easynmt import EasyNMT

        return EasyNMT(translator=LexiconEngine(lexicon, choice, seed))

    return Engine("lexicon", source, target, identity, load, tokenwise=True)


class LexiconEngine:
    """Word-by-word translation as an EasyNMT translator; text is tokens joined by single spaces."""

    def __init__(self, lexicon: Lexicon, choice: str = "first", seed: int = 0):
        """`choice`: the "first" candidate, or a "random" one that depends on seed and text only."""
        self._lexicon = lexicon
        self._choice = choice
        self._seed = seed

    def translate_sentences(
        self, sentences: list[str], source_lang: str, target_lang: str, **_: object
    ) -> list[Translation]:
        """Translate each sentence; unknown words stay as they are, and all is aligned."""
        return [self._translate(sentence) for sentence in sentences]

    def _translate(self, sentence: str) -> Translation:
        tokens = sentence.split(" ") if sentence else []
        rng = Random(f"{self._seed} {sentence}") if self._choice == "random" else None
        translated: list[str] = []
        alignment: list[Block] = []
        for start, end, candidates in self._lexicon.segments(tokens):
            options = candidates or [tokens[start:end]]
            target = rng.choice(options) if rng else options[0]
            length = len(translated)
            alignment.append(Block(start, end, length, length + len(target)))
            translated += target
        return Translation(" ".join(translated), alignment)
