"""Projection by markers: what stands between an entity's marks in the translation is the entity.

Tags tell entities apart, so that they are known again where the engine changes the order; what
stands between brackets or quotes is known by its likeness to the entity.
"""

from collections.abc import Callable

import regex

from clner.projection.arrival import Arrival, Loss, Outcome, none_overlapping
from clner.projection.likeness import Match, Name, matched
from clner.projection.marking import LIKE, TAG, Marks, name_of

_NOTHING = Loss("nothing between the markers")
_UNKNOWN = 0.5  # score of a text of which nothing says whether it is the entity


def by_tags(
    text: str, marks: list[Marks], source: str, tokenise: Callable[[str], list[str]]
) -> tuple[list[str], list[Outcome]]:
    """Tokens of a translated text without its tags, and what became of each entity.

    `marks` are those of `mark`, `source` is the sentence that was marked. The two tags of an
    entity must come back once each, in order, apart from those of others, around something.
    Whatever looks like a tag and is not in `source` is removed from the text.
    """
    expected = [opening[1:-1] for opening, _ in marks]
    own = {name_of(tag) for tag in TAG.finditer(source)}
    tags = [tag for tag in TAG.finditer(text) if name_of(tag) not in own]
    missing = "marker lost" if all(name_of(t) in expected for t in tags) else "marker translated"
    tokens, places = _without(text, tags, tokenise)
    ends: dict[tuple[str, bool], list[int]] = {}
    for tag, place in zip(tags, places, strict=True):
        ends.setdefault((name_of(tag), bool(tag[1])), []).append(place)
    outcomes = [
        _outcome(ends.get((name, False), []), ends.get((name, True), []), missing)
        for name in expected
    ]
    return tokens, none_overlapping(outcomes, Loss("markers crossed"))


def _outcome(starts: list[int], ends: list[int], missing: str) -> Outcome:
    if not starts or not ends:
        return Loss(missing)
    if len(starts) > 1 or len(ends) > 1:
        return Loss("marker repeated")
    [start], [end] = starts, ends
    if start > end:
        return Loss("markers in reverse order")
    return Arrival(start, end, 1.0) if start < end else _NOTHING


def by_pairs(
    text: str,
    pair: Marks,
    names: list[Name],
    threshold: float,
    tokenise: Callable[[str], list[str]],
) -> tuple[list[str], list[Outcome]]:
    """Tokens of a translated text without its brackets or quotes, and where each entity is.

    `pair` is what was put around every entity. There must be as many pairs as entities, none
    inside another; otherwise all entities are lost, and the signs stay in the text. A score is
    the likeness to the entity. Where its translation is known, less than `threshold` (0 to 1) is
    a loss; where it is not, the score is at least 0.5.
    """
    opening, closing = (LIKE[mark] for mark in pair)
    signs = list(regex.finditer(f"[{regex.escape(opening + closing)}]", text))
    if len(signs) != 2 * len(names):
        reason = "marker lost" if len(signs) < 2 * len(names) else "marker repeated"
        return tokenise(text), [Loss(reason)] * len(names)
    if any(sign[0] not in (opening, closing)[n % 2] for n, sign in enumerate(signs)):
        return tokenise(text), [Loss("markers crossed")] * len(names)
    tokens, places = _without(text, signs, tokenise)
    spans = list(zip(places[::2], places[1::2], strict=True))
    matches = matched(names, ["".join(tokens[start:end]) for start, end in spans])
    return tokens, [
        _recognised(*spans[match.text], name, match, threshold)
        for name, match in zip(names, matches, strict=True)
    ]


def _recognised(start: int, end: int, name: Name, match: Match, threshold: float) -> Outcome:
    if start == end:
        return _NOTHING
    if name.translation is None:
        return Arrival(start, end, max(match.likeness, _UNKNOWN))
    if match.likeness < threshold:
        return Loss("something else between the markers")
    return Arrival(start, end, match.likeness)


def _without(
    text: str, marks: list[regex.Match], tokenise: Callable[[str], list[str]]
) -> tuple[list[str], list[int]]:
    """The tokens of `text` without `marks`, and how many of them come before each mark."""
    tokens: list[str] = []
    places = []
    position = 0
    for match in marks:
        tokens += tokenise(text[position : match.start()])
        places.append(len(tokens))
        position = match.end()
    return tokens + tokenise(text[position:]), places
