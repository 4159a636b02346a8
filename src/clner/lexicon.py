"""Bring a bilingual dictionary into the normal form: source phrase, tab, target phrase.

NFC, without duplicates; the order is kept, so that the first translation of a phrase is the
preferred one.
"""

import sys
import unicodedata
from pathlib import Path

from pydantic import Field

from clner.artifacts import write_text
from clner.errors import ClnerError
from clner.inputs import expand
from clner.stage import Settings, main
from clner.translation.dictionary import read_pairs


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
    lines = [unicodedata.normalize("NFC", f"{left}\t{right}\n") for left, right in pairs]
    write_text(output, "".join(dict.fromkeys(lines)))


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
