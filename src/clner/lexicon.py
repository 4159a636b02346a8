"""Bring a bilingual dictionary into the normal form: source phrase, tab, target phrase.

NFC, without duplicates; the order is kept, so that the first translation of a phrase is the
preferred one.
"""

import sys
import unicodedata
from pathlib import Path
from typing import Literal

from pydantic import Field

from clner.errors import ClnerError
from clner.files.artifacts import write_text
from clner.files.inputs import expand
from clner.lexicons.dictionary import read_dictionary, read_pairs
from clner.stage import Settings, main
from clner.translation.parallel import read_parallel


class LexiconSettings(Settings):
    """Where the dictionary of one pair of languages comes from."""

    path: str = Field(
        "demo",
        description="demo (embedded, from English), or a file of two columns: MUSE, or phrases "
        "with a tab between; ~ and $VARIABLE are filled in",
    )
    inverse: bool = Field(
        False, description="whether the dictionary goes from the target to the source language"
    )
    then: str | None = Field(
        None,
        description="a second file: path leads to another language, and this one from there to "
        "the target",
    )
    parallel: list[str] = Field(
        [],
        description="files of sentence pairs, in the direction of path (TMX, or lines of source, "
        "tab, target; either may end in .gz): what they show of its words comes first, and what "
        "it lacks is learnt from them",
    )
    casing: bool = Field(
        True,
        description="whether words are put into the case that the unlabelled text of the target "
        "language gives them; without it only the source's case counts",
    )
    copies: Literal["keep", "last", "drop"] = Field(
        "last",
        description="translations equal to their source, which induced dictionaries list for "
        "common words too: keep their place, put behind the others, or drop",
    )
    licence: str = Field("", description="licence of the dictionary, for the students' cards")


def run(settings: LexiconSettings, *, source: str, target: str, output: Path) -> None:
    """Write the dictionary from `source` to `target`."""
    if settings.path == "demo":
        pairs = _demo(target, source) if settings.inverse else _demo(source, target)
    else:
        pairs = read_pairs(expand(settings.path, f"lexicons.{source}-{target}.path"))
    if not pairs:
        raise ClnerError(f"lexicons.{source}-{target}: {settings.path} holds no pair of phrases")
    if settings.inverse:
        pairs = [(right, left) for left, right in pairs]
    if settings.then is not None:
        onwards = read_dictionary(expand(settings.then, f"lexicons.{source}-{target}.then"))
        pairs = [(left, right) for left, middle in pairs for right in onwards.get(middle, [])]
        if not pairs:
            raise ClnerError(
                f"lexicons.{source}-{target}: {settings.path} and {settings.then} have no phrase "
                "in common"
            )
    pairs = list(dict.fromkeys((_normal(left), _normal(right)) for left, right in pairs))
    if settings.parallel:
        pairs = _learnt(pairs, settings, source, target, str(output))
    ordered = _with_copies(pairs, settings.copies)
    write_text(output, "".join(f"{left}\t{right}\n" for left, right in ordered))


def _learnt(
    pairs: list[tuple[str, str]], settings: LexiconSettings, source: str, target: str, job: str
) -> list[tuple[str, str]]:
    from clner.lexicons.learnt import learn

    key = f"lexicons.{source}-{target}.parallel"
    sides = (target, source) if settings.inverse else (source, target)
    texts = [
        text for path in settings.parallel for text in read_parallel(expand(path, key), *sides)
    ]
    if settings.inverse:
        texts = [(right, left) for left, right in texts]
    dictionary: dict[str, list[str]] = {}
    for left, right in pairs:
        dictionary.setdefault(left, []).append(right)
    entries = learn(dictionary, texts, source, target, job)
    return [(word, translation) for word, found in entries.items() for translation in found]


def _normal(phrase: str) -> str:
    return unicodedata.normalize("NFC", phrase)


def _with_copies(pairs: list[tuple[str, str]], copies: str) -> list[tuple[str, str]]:
    """Translations that equal their source where they stand, behind all others, or left out."""
    if copies == "keep":
        return pairs
    others = [pair for pair in pairs if pair[0] != pair[1]]
    return others if copies == "drop" else others + [pair for pair in pairs if pair[0] == pair[1]]


def _demo(source: str, target: str) -> list[tuple[str, str]]:
    from clner.corpora import demo

    if source != demo.SOURCE:
        raise ClnerError(
            f"the demo has no lexicon from {source!r}, only from {demo.SOURCE!r} (and, with "
            "inverse, to it)"
        )
    return demo.lexicon(target)


if __name__ == "__main__":
    sys.exit(main(run))
