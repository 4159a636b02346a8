"""Link the words of unlabelled target text with those of its translation into a source language.

What a teacher finds in the translation is brought back along these links. By hand:

    python -m clner.align --source en --target es --sentences unlabelled.jsonl \\
      --translations es-en.jsonl --output links.jsonl

A line of the output has the id of a sentence and its links, pairs of the positions of a word of the
translation and of one of the sentence.
"""

import sys
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from clner.alignment.files import write_links
from clner.errors import ClnerError
from clner.projection.aligners import link_by_statistics
from clner.projection.settings import EflomalSettings
from clner.stage import main
from clner.text.sentence import read_sentences
from clner.translation.record import read_records


class AlignSettings(EflomalSettings):
    """How the words of unlabelled text and of its translation are linked, by eflomal's model."""

    key: ClassVar[str] = "align.parallel"

    licence: str = Field("", description="licence of `parallel`, for the students' cards")


def run(
    settings: AlignSettings,
    *,
    source: str,
    target: str,
    sentences: Path,
    translations: Path,
    output: Path,
    lexicon: Path | None = None,
) -> None:
    """Write the links of `sentences` and their `translations` to `output` (JSON lines).

    `translations` are those of the translate stage, into `source`; a sentence without one has no
    line. `lexicon` is a dictionary from `source` into `target`. Raises ClnerError where
    translations are of other sentences.
    """
    records = read_records(translations)
    corpus = read_sentences(sentences)
    for sentence in corpus:
        if sentence.id not in records or records[sentence.id].source != sentence.digest():
            raise ClnerError(f"{translations}: no translation of {sentence.id}; translate again")
    translated = [own for own in corpus if records[own.id].tokens]
    pairs = [(records[own.id].tokens, own.tokens) for own in translated]
    links = link_by_statistics(pairs, settings, source, target, lexicon, str(output))
    write_links(output, zip((own.id for own in translated), links, strict=True))


if __name__ == "__main__":
    sys.exit(main(run))
