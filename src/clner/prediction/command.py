"""Find the entities of raw text, or of CoNLL tokens.

Text comes from --text, --file or standard input, a text a line, in any language of the model; what
is found goes to standard output as soon as a line has been read. Lines of output: the number of the
text, the entity's first character and the one behind its last (from 0, in the text as written),
its type, its confidence (0 to 1) and its text, with tabs between.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from unicodedata import normalize

from clner.errors import ClnerError
from clner.prediction.streams import conll_sentences, lines

if TYPE_CHECKING:
    from clner.prediction.tagger import Entity, Tagger
    from clner.tagging.inference import Tagged

STANDARD_INPUT = Path("-")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("model", type=Path, metavar="MODEL", help="the folder of a tagger")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--text", type=_text, nargs="+", help="texts to tag")
    source.add_argument(
        "--file",
        type=Path,
        default=STANDARD_INPUT,
        help="a UTF-8 file, a text a line; - (the default): standard input",
    )
    source.add_argument(
        "--conll",
        type=Path,
        metavar="FILE",
        help="a file of tokens, the first column, a blank line after each sentence; -: standard "
        "input. The output is each token, its tag and the probability of that",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="a JSON object for each text, or each sentence of --conll, also without entities; "
        "those of a sentence have the numbers of its tokens, from 0, and may be nested",
    )
    parser.add_argument(
        "--language",
        metavar="CODE",
        help="of the text, as ISO 639 has it; by default the one of the model's languages that the "
        "script of each line tells",
    )
    parser.add_argument(
        "--int8", action="store_true", help="compute in 8-bit integers: faster, less exact"
    )


def run(given: argparse.Namespace) -> None:
    """Tag what is given. Raises ClnerError for a model, file or language that cannot be used."""
    if given.conll and given.language is not None:
        raise ClnerError("--language: of no use with --conll, whose text is cut already")
    language = None if given.language is None else _language(given.language)
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    with _opened(given.conll or given.file) as (file, name):
        chunks = iter([given.text]) if given.text else lines(file, name)
        tagger = _loaded(given.model, given.int8)
        if language and tagger.languages and language not in tagger.languages:
            known = ", ".join(tagger.languages)
            print(f"warning: {given.model} was made for {known}, not {language}", file=sys.stderr)
        if given.conll:
            written = _conll(tagger, conll_sentences(chunks), given.json)
        else:
            written = _texts(tagger, chunks, language, given.json)
        for part in written:
            print(part, end="", flush=True)


def _texts(
    tagger: Tagger, chunks: Iterable[list[str]], language: str | None, as_json: bool
) -> Iterator[str]:
    numbers = count(1)
    show = _json_of_text if as_json else _rows_of_text
    for texts in chunks:
        found = tagger.tag(texts, language)
        # The numbers last, so that none is drawn for a text that is not there.
        yield "".join(map(show, texts, found, numbers))


def _conll(tagger: Tagger, chunks: Iterable[list[list[str]]], as_json: bool) -> Iterator[str]:
    show = _json_of_tokens if as_json else _rows_of_tokens
    for sentences in chunks:
        composed = [[normalize("NFC", token) for token in tokens] for tokens in sentences]
        found = tagger.tag_tokens(composed)
        yield "".join(
            show(tokens, tagged, tagger.tag_names)
            for tokens, tagged in zip(sentences, found, strict=True)
        )


def _rows_of_text(text: str, entities: list[Entity], number: int) -> str:
    return "".join(
        f"{number}\t{start}\t{end}\t{kind}\t{confidence:.4f}\t{' '.join(shown.split())}\n"
        for start, end, kind, confidence, shown in entities
    )


def _json_of_text(text: str, entities: list[Entity], number: int) -> str:
    found = [entity._asdict() | {"confidence": round(entity.confidence, 4)} for entity in entities]
    return _json({"number": number, "text": text, "entities": found})


def _rows_of_tokens(tokens: list[str], tagged: Tagged, names: list[str]) -> str:
    rows = (
        f"{token}\t{tag}\t{probabilities[names.index(tag)]:.4f}\n"
        for token, tag, probabilities in zip(tokens, tagged.tags, tagged.probabilities, strict=True)
    )
    return "".join(rows) + "\n"


def _json_of_tokens(tokens: list[str], tagged: Tagged, names: list[str]) -> str:
    found = [span._asdict() | {"confidence": round(span.confidence, 4)} for span in tagged.spans]
    return _json({"tokens": tokens, "tags": tagged.tags, "entities": found})


def _json(record: dict) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, str]]:
    """A file to read and its name. Raises ClnerError where it is empty."""
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer, "standard input"
        return
    with path.open("rb") as file:
        if not file.peek(1):
            raise ClnerError(f"{path}: is empty")
        yield file, str(path)


def _loaded(folder: Path, int8: bool) -> Tagger:
    from transformers.utils import logging

    from clner.prediction.tagger import Tagger

    logging.set_verbosity_error()
    return Tagger.from_pretrained(folder, int8)


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("not UTF-8") from None
    return value


def _language(code: str) -> str:
    """The shortest code of a language: es of spa. Raises ClnerError where there is none."""
    from langcodes import Language

    if not re.fullmatch("[a-z]{2,3}", code) or not Language.get(code).is_valid():
        raise ClnerError(f"--language: {code!r} is no ISO 639 code of a language, such as es")
    return Language.get(code).language
