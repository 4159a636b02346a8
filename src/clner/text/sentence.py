"""The normal form of a sentence, and its JSON lines."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from clner.errors import ClnerError
from clner.files.artifacts import are_strings, damaged, read_lines, write_lines

UNTRUSTED = "untrusted"
"""Key of a pseudo-labelled sentence's `origin`: positions of the tokens not to be learnt from."""


@dataclass(slots=True)
class Sentence:
    """One sentence: tokens in NFC, and as many BIO2 tags, or `tags=None` where it is unlabelled.

    `id` is unique within its corpus; a sentence derived from another keeps its id under
    `origin["source_id"]`, beside whatever else says where it came from (engine, score, ...).
    """

    id: str
    tokens: list[str]
    tags: list[str] | None = None
    origin: dict = field(default_factory=dict)

    def digest(self) -> str:
        """A hash (16 hexadecimal digits) of the tokens and the tags."""
        content = json.dumps([self.tokens, self.tags], ensure_ascii=False)
        return sha256(content.encode(errors="surrogatepass")).hexdigest()[:16]

    def record(self) -> dict:
        """The JSON object of this sentence; what is absent is left out."""
        record: dict = {"id": self.id, "tokens": self.tokens}
        if self.tags is not None:
            record["tags"] = self.tags
        if self.origin:
            record["origin"] = self.origin
        return record


def read_sentences(path: Path) -> list[Sentence]:
    """Read a file of sentences. Raises ClnerError for a damaged or an empty file."""
    sentences = []
    ids: set[str] = set()
    for number, record in enumerate(read_lines(path), start=1):
        try:
            sentence = sentence_of(record)
        except KeyError as error:
            raise damaged(f"{path}:{number}", f"a sentence without {error}") from None
        except ValueError as error:
            raise damaged(f"{path}:{number}", str(error)) from None
        if sentence.id in ids:
            raise ClnerError(f"{path}:{number}: a second sentence of the id {sentence.id!r}")
        ids.add(sentence.id)
        sentences.append(sentence)
    if not sentences:
        raise ClnerError(f"{path}: holds no sentence")
    return sentences


def sentence_of(record: dict) -> Sentence:
    """The sentence of a JSON object. Raises KeyError or ValueError where it is none."""
    sentence = Sentence(
        record["id"], record["tokens"], record.get("tags"), record.get("origin", {})
    )
    tokens, tags = sentence.tokens, sentence.tags
    if not (isinstance(sentence.id, str) and isinstance(sentence.origin, dict)):
        raise ValueError("the id is no string, or the origin no object")
    if not (are_strings(tokens) and (tags is None or are_strings(tags))):
        raise ValueError("tokens or tags are no list of strings")
    if tags is not None and len(tags) != len(tokens):
        raise ValueError(f"{len(tokens)} tokens but {len(tags)} tags")
    return sentence


def read_all(paths: list[Path]) -> list[Sentence]:
    """The sentences of several files, one after the other."""
    return [sentence for path in paths for sentence in read_sentences(path)]


def write_sentences(path: Path, sentences: Iterable[Sentence]) -> int:
    """Write one sentence a line; return how many."""
    return write_lines(path, (sentence.record() for sentence in sentences))
