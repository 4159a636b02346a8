"""From sentences as a corpus writes them to the normal form: NFC tokens, BIO2 tags."""

import logging
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from clner.errors import ClnerError
from clner.text.schemes import Scheme, SchemeError, detect_scheme, to_bio2
from clner.text.scripts import is_visible
from clner.text.sentence import Sentence
from clner.text.tags import OUTSIDE

logger = logging.getLogger(__name__)

_ASCII_SPACE = " \t\n\r\f\v"


@dataclass(slots=True)
class RawSentence:
    """Tokens and tags as written, in any scheme; `tags=None` where labels are absent or dropped.

    `place(position)` says where a token stands, for error messages: "train.conll:17".
    """

    tokens: list[str]
    tags: list[str] | None
    place: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Inventory:
    """The entity types of a run, and what becomes of the others."""

    types: list[str]
    rename: dict[str, str]
    ignore: list[str]

    def tag(self, tag: str) -> str | None:
        """The tag with its type renamed, or O if ignored; None if it has any other type."""
        kind = self.rename.get(tag[2:], tag[2:])
        if tag == OUTSIDE or kind in self.ignore:
            return OUTSIDE
        return f"{tag[:2]}{kind}" if kind in self.types else None


def normal_form(
    raw: list[RawSentence],
    *,
    corpus: str,
    scheme: Scheme | None,
    inventory: Inventory,
    token_prefix: str = "",
) -> list[Sentence]:
    """Sentences of the normal form, whose ids are `{corpus}-{position in raw}`.

    `scheme=None` detects it over all sentences. Tokens are in NFC, without `token_prefix` and
    without ASCII white space: inside a token it becomes a no-break space, so that tokens may be
    joined by spaces. Tokens that show nothing (spaces, control and zero-width characters) are
    left out, as no encoder has a piece for them, and counted in the log; an entity keeps its
    other tokens. Raises ClnerError with the place of a faulty tag.
    """
    scheme = scheme or detect_scheme(sentence.tags for sentence in raw if sentence.tags)
    sentences = []
    blank_tokens = blank_sentences = 0
    for position, sentence in enumerate(raw):
        tokens = [_token(token.removeprefix(token_prefix)) for token in sentence.tokens]
        tags = None if sentence.tags is None else _tags(sentence, scheme, inventory)
        tokens, tags = _visible(tokens, tags)
        blank_tokens += len(sentence.tokens) - len(tokens)
        if tokens:
            sentences.append(Sentence(f"{corpus}-{position}", tokens, tags))
        else:
            blank_sentences += 1
    if blank_tokens or blank_sentences:
        logger.info(
            "%s: left out %d invisible tokens and %d sentences without any visible token",
            corpus, blank_tokens, blank_sentences,
        )  # fmt: skip
    return sentences


def _tags(sentence: RawSentence, scheme: Scheme, inventory: Inventory) -> list[str]:
    try:
        tags = to_bio2(sentence.tags, scheme)
    except SchemeError as error:
        raise ClnerError(f"{sentence.place(error.position)}: {error}") from None
    normal = [inventory.tag(tag) for tag in tags]
    if None in normal:
        position = normal.index(None)
        raise ClnerError(
            f"{sentence.place(position)}: unknown tag {sentence.tags[position]!r}, as the types "
            f"are {', '.join(inventory.types)}; add its type to them, rename it or ignore it"
        )
    return normal


def _token(text: str) -> str:
    words = unicodedata.normalize("NFC", text).strip(_ASCII_SPACE)
    return re.sub(f"[{_ASCII_SPACE}]+", "\N{NO-BREAK SPACE}", words)


def _visible(tokens: list[str], tags: list[str] | None) -> tuple[list[str], list[str] | None]:
    """Without the invisible tokens; an entity that loses its first token begins at the next."""
    kept = [position for position, token in enumerate(tokens) if is_visible(token)]
    if len(kept) == len(tokens):
        return tokens, tags
    return [tokens[position] for position in kept], None if tags is None else _tags_at(kept, tags)


def _tags_at(kept: list[int], tags: list[str]) -> list[str]:
    shown = set(kept)
    remaining = []
    begun = False  # whether the B- of the entity at hand was left out
    for position, tag in enumerate(tags):
        begins = tag[:1] == "B" or (begun and tag[:1] == "I")
        if position in shown:
            remaining.append(f"B-{tag[2:]}" if begins else tag)
        begun = begins and position not in shown
    return remaining
