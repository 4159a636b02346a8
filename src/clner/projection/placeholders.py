"""Projection by placeholders: an unknown word stands for each entity, and is then filled."""

from collections.abc import Callable

import regex

from clner.projection.arrival import Arrival, Loss, Outcome

_JOINED = regex.compile(r"[\p{Latin}\p{N}]")


def by_placeholders(
    text: str, words: list[str], fillings: list[str], tokenise: Callable[[str], list[str]]
) -> tuple[list[str], list[Outcome]]:
    """Tokens of a translated text with its placeholders filled, and where each entity is.

    `words` are the placeholders of the entities, `fillings` their texts in the target language. A
    placeholder must come back once, as a word of its own, in any case. One that does not is
    filled wherever it is nevertheless, but its entity is lost.
    """
    found: dict[str, list[tuple[Arrival, bool]]] = {word: [] for word in words}
    tokens: list[str] = []
    position = 0
    if words:
        # The longest first: XENTAA is no XENTA with an A behind it.
        longest = sorted(words, key=len, reverse=True)
        pattern = regex.compile("|".join(longest), regex.IGNORECASE)
        for match in pattern.finditer(text):
            word = match[0].upper()
            tokens += tokenise(text[position : match.start()])
            start = len(tokens)
            tokens += tokenise(fillings[words.index(word)])
            position = match.end()
            around = text[max(match.start() - 1, 0) : match.start()] + text[position : position + 1]
            whole = not _JOINED.search(around)
            found[word].append((Arrival(start, len(tokens), 1.0), whole))
    tokens += tokenise(text[position:])
    return tokens, [_outcome(found[word]) for word in words]


def _outcome(places: list[tuple[Arrival, bool]]) -> Outcome:
    if not places:
        return Loss("marker lost")
    if len(places) > 1:
        return Loss("marker repeated")
    [(arrival, whole)] = places
    if not whole:
        return Loss("marker joined to a word")
    return arrival if arrival.start < arrival.end else Loss("empty translation of the entity")
