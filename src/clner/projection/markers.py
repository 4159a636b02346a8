"""Projection by markers: entities travel through the engine as <a> ... </a>, <b> ... </b>, ...

Each entity has a letter of its own, so that it is known again where the engine changes the order.
"""

from collections import defaultdict
from collections.abc import Callable
from itertools import count, islice, product
from string import ascii_lowercase

import regex

from clner.projection.arrival import Arrival, Loss, Outcome
from clner.text.tags import Span

# Engines put spaces into markers, change their case, or widen them (CJK).
_MARKER = regex.compile(r"[<＜]\s*([/／]?)\s*([a-z]+)\s*[>＞]", regex.IGNORECASE)


def labels(tokens: list[str], number: int) -> list[str]:
    """The labels of a sentence's `number` entities: a, b, ..., without those in its own text."""
    taken = {match[2].lower() for match in _MARKER.finditer(" ".join(tokens))}
    names = ("".join(letters) for n in count(1) for letters in product(ascii_lowercase, repeat=n))
    return list(islice((name for name in names if name not in taken), number))


def mark(tokens: list[str], spans: list[Span]) -> list[str]:
    """`tokens` with a marker, one token each, before and after every entity."""
    marked: list[str] = []
    position = 0
    for label, span in zip(labels(tokens, len(spans)), spans, strict=True):
        entity = tokens[span.start : span.end]
        marked += [*tokens[position : span.start], f"<{label}>", *entity, f"</{label}>"]
        position = span.end
    return marked + tokens[position:]


def by_markers(
    text: str, expected: list[str], tokenise: Callable[[str], list[str]]
) -> tuple[list[str], list[Outcome]]:
    """Tokens of a translated marked text without its markers, and the entity of each label.

    A pair of markers must come back once, in order, apart from other pairs, around something.
    Only the `expected` labels are markers, whatever else the text holds; what is left of a
    broken pair is removed.
    """
    tokens: list[str] = []
    openings: dict[str, list[int]] = defaultdict(list)
    closings: dict[str, list[int]] = defaultdict(list)
    position = 0
    for match in _MARKER.finditer(text):
        label = match[2].lower()
        if label in expected:
            tokens += tokenise(text[position : match.start()])
            position = match.end()
            (closings if match[1] else openings)[label].append(len(tokens))
    tokens += tokenise(text[position:])
    return tokens, _apart([_outcome(openings[label], closings[label]) for label in expected])


def _outcome(starts: list[int], ends: list[int]) -> Outcome:
    if not starts or not ends:
        return Loss("marker lost")
    if len(starts) > 1 or len(ends) > 1:
        return Loss("marker repeated")
    [start], [end] = starts, ends
    return Arrival(start, end, 1.0) if start < end else Loss("nothing between the markers")


def _apart(outcomes: list[Outcome]) -> list[Outcome]:
    arrivals = [outcome for outcome in outcomes if isinstance(outcome, Arrival)]
    return [
        Loss("markers crossed")
        if isinstance(outcome, Arrival) and _overlaps_another(outcome, arrivals)
        else outcome
        for outcome in outcomes
    ]


def _overlaps_another(arrival: Arrival, arrivals: list[Arrival]) -> bool:
    overlapping = [a for a in arrivals if a.start < arrival.end and arrival.start < a.end]
    return len(overlapping) > 1
