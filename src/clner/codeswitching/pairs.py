"""Code-switched sentences beside what they were drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from clner.codeswitching.switchable import Switchable, read_switchables
from clner.errors import ClnerError
from clner.text.sentence import Sentence, read_sentences


class Pair(NamedTuple):
    """A code-switched sentence, and what it was drawn from."""

    switchable: Switchable
    mixed: Sentence

    @property
    def source(self) -> Sentence:
        """The sentence before."""
        return self.switchable.sentence

    @property
    def replaced(self) -> Iterator[tuple[tuple[int, int, int, int], str]]:
        """Source start, end, target start, end of what was replaced, and by which language."""
        return zip(self.mixed.origin["spans"], self.mixed.origin["languages"], strict=True)


def read_pairs(switchable: Path, switched: Path) -> list[Pair]:
    """The pairs of the two files of `clner.codeswitch`, in their order.

    Raises ClnerError where they do not belong together.
    """
    phrases, sentences = read_switchables(switchable), read_sentences(switched)
    if [s.id for s in phrases] != [s.origin.get("source_id") for s in sentences]:
        raise ClnerError(
            f"{switched}: not drawn from the phrases of {switchable}; code-switch again"
        )
    older = next((s.id for s in sentences if "languages" not in s.origin), None)
    if older is not None:
        raise ClnerError(f"{switched}: {older} does not say its languages; code-switch again")
    return [Pair(*pair) for pair in zip(phrases, sentences, strict=True)]
