"""Tagging schemes, and the way from each of them to BIO2.

scheme  "United Nations Paris Tokyo , ", an ORG, then two LOC that touch
BIO2    B-ORG I-ORG B-LOC B-LOC O      every entity begins with B-
IOB1    I-ORG I-ORG I-LOC B-LOC O      B- only where an entity touches one of its own type
BIO     both of the above: I- begins an entity where there is none to continue
BIOES   B-ORG E-ORG S-LOC S-LOC O      also with the letters of BILOU (L for E, U for S)
"""

from collections.abc import Iterable
from typing import Literal

from clner.text.tags import OUTSIDE

Scheme = Literal["BIO", "BIO2", "IOB1", "BIOES"]

_BILOU_LETTERS = {"L": "E", "U": "S"}
_LETTERS = {"BIO": "BI", "BIO2": "BI", "IOB1": "BI", "BIOES": "BIESLU"}


class SchemeError(ValueError):
    """A tag that its scheme does not allow at `position` of its sentence."""

    def __init__(self, position: int, message: str):
        super().__init__(message)
        self.position = position


def detect_scheme(sequences: Iterable[list[str]]) -> Scheme:
    """The scheme in which all sequences of a file are written.

    E- and S- tell BIOES; an I- with nothing to continue tells IOB1, unless some B- rules IOB1
    out: such a file follows no scheme, and is taken as BIO2 so that `to_bio2` points at the I-.
    """
    orphans = needless = False
    for tags in sequences:
        previous = OUTSIDE
        for tag in tags:
            if tag[:2] in ("E-", "S-", "L-", "U-"):
                return "BIOES"
            continues = tag != OUTSIDE and tag[2:] == previous[2:]
            orphans |= tag[:2] == "I-" and not continues
            needless |= tag[:2] == "B-" and not continues
            previous = tag
    return "IOB1" if orphans and not needless else "BIO2"


def to_bio2(tags: list[str], scheme: Scheme) -> list[str]:
    """The same entities in BIO2.

    Raises SchemeError at the first tag that is unknown or inconsistent in `scheme`.
    """
    for position, tag in enumerate(tags):
        if tag != OUTSIDE and (tag[:1] not in _LETTERS[scheme] or tag[1:2] != "-" or not tag[2:]):
            raise SchemeError(position, f"unknown tag {tag!r}; {scheme} has {_allowed(scheme)}")
    return _from_bioes(tags) if scheme == "BIOES" else _from_bio(tags, scheme)


def _allowed(scheme: Scheme) -> str:
    return ", ".join([OUTSIDE, *(f"{letter}-<type>" for letter in _LETTERS[scheme])])


def _from_bio(tags: list[str], scheme: Scheme) -> list[str]:
    bio2 = []
    previous = OUTSIDE
    for position, tag in enumerate(tags):
        continues = tag != OUTSIDE and tag[2:] == previous[2:]
        begins = tag[:1] == "B" or (tag != OUTSIDE and not continues)
        if scheme == "BIO2" and begins and tag[:1] == "I":
            raise SchemeError(
                position,
                f"{tag} continues no entity, which BIO2 forbids "
                "(scheme: BIO lets an I- begin an entity)",
            )
        if scheme == "IOB1" and tag[:1] == "B" and not continues:
            raise SchemeError(
                position,
                f"{tag} does not follow an entity of its type, as IOB1 demands of a B- "
                "(scheme: BIO lets it begin an entity)",
            )
        bio2.append(f"B-{tag[2:]}" if begins else tag)
        previous = tag
    return bio2


def _from_bioes(tags: list[str]) -> list[str]:
    bio2 = []
    entity = None  # the type of the entity that waits for its E-
    for position, tag in enumerate([*tags, OUTSIDE]):
        letter, kind = _BILOU_LETTERS.get(tag[0], tag[0]), tag[2:]
        if entity is not None and (letter not in "IE" or kind != entity):
            last = position == len(tags)
            found = "the sentence ends" if last else f"{tag} follows"
            raise SchemeError(
                min(position, len(tags) - 1),
                f"{found} where scheme BIOES wants I-{entity} or E-{entity}",
            )
        if entity is None and letter in "IE":
            raise SchemeError(position, f"{tag} continues no entity, which BIOES forbids")
        bio2.append(OUTSIDE if letter == "O" else f"{'B' if letter in 'BS' else 'I'}-{kind}")
        entity = kind if letter in "BI" else None
    return bio2[:-1]
