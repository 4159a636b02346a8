"""Sentences in files of a user's own, told apart by their suffix, for stages run by hand."""

from collections.abc import Iterable
from pathlib import Path

from clner.corpora.conll import read_conll
from clner.corpora.normal import Inventory, RawSentence, normal_form
from clner.errors import ClnerError
from clner.files.artifacts import write_text
from clner.files.inputs import lines_of
from clner.text.scripts import tokenise
from clner.text.sentence import Sentence, read_sentences, write_sentences

COLUMNS = (".conll", ".bio", ".iob", ".tsv")


def read_file(path: Path, language: str, tagged: bool = True) -> list[Sentence]:
    """The sentences of a file in `language`; of columns that are not `tagged`, the first.

    .jsonl: as the stages write them. .conll, .bio, .iob, .tsv: columns, the token first and the
    tag last, of any scheme and types. .txt: running text, a sentence a line, untagged. The ids of
    the last two are the file's name and the position. Raises ClnerError for any other suffix, and
    for a damaged or an empty file.
    """
    if path.suffix == ".jsonl":
        return read_sentences(path)
    if path.suffix == ".txt":
        raw = [RawSentence(tokenise(line, language), None, str) for line in lines_of(path)]
    elif path.suffix in COLUMNS:
        separator = "tab" if path.suffix == ".tsv" else "whitespace"
        raw = read_conll(path, separator=separator, tag_column=-1 if tagged else None)
    else:
        raise ClnerError(
            f"{path}: of unknown format; the suffix must be .jsonl, .txt or {', '.join(COLUMNS)}"
        )
    types = sorted({tag[2:] for sentence in raw for tag in sentence.tags or [] if tag[2:]})
    inventory = Inventory(types, {}, [])
    sentences = normal_form(raw, corpus=path.stem, scheme=None, inventory=inventory)
    if not sentences:
        raise ClnerError(f"{path}: holds no sentence")
    return sentences


def write_file(path: Path, sentences: Iterable[Sentence]) -> int:
    """Write sentences in columns where the suffix is that of COLUMNS, else as JSON lines.

    Returns how many. Columns hold token, tab and tag; where a sentence came from is left out.
    """
    if path.suffix not in COLUMNS:
        return write_sentences(path, sentences)
    written = [_columns(sentence) for sentence in sentences]
    write_text(path, "".join(written))
    return len(written)


def _columns(sentence: Sentence) -> str:
    tags = sentence.tags or ["O"] * len(sentence.tokens)
    rows = zip(sentence.tokens, tags, strict=True)
    return "".join(f"{token}\t{tag}\n" for token, tag in rows) + "\n"
