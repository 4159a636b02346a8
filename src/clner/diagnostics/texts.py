"""The sentences whose vectors are compared, and the tokens or pairs of tokens in them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from clner.text.sentence import Sentence
from clner.text.tags import Span, spans_of


@dataclass(slots=True)
class Text:
    """A sentence in one view; those of the same `meaning` come from one source sentence."""

    sentence: Sentence
    view: str
    meaning: int


def sample_texts(
    source: list[Sentence], others: dict[str, list[Sentence]], count: int, seed: int
) -> list[Text]:
    """At most `count` source sentences, drawn with `seed`, each with its other views.

    `others` are sentences by view that name theirs in `origin["source_id"]`; one that says the
    same as its source, token for token, is left out. Sentences that all views have come first.
    """
    tokens = {sentence.id: sentence.tokens for sentence in source}
    forms: dict[str, list[Text]] = {sentence.id: [] for sentence in source}
    for view, sentences in others.items():
        for sentence in sentences:
            origin = sentence.origin["source_id"]
            if origin in forms and sentence.tokens != tokens[origin]:
                forms[origin].append(Text(sentence, view, 0))
    draws = Random(seed)
    order = sorted(source, key=lambda sentence: (-len(forms[sentence.id]), draws.random()))
    return [
        Text(own.sentence, own.view, number)
        for number, sentence in enumerate(order[:count])
        for own in [Text(sentence, "source", 0), *forms[sentence.id]]
    ]


class Cell(NamedTuple):
    """A labelled place in a text: a token with its tag, or a pair of them with its relation.

    `text` is the number of the text; `first` and `second` are tokens, the same for a tag.
    """

    text: int
    first: int
    second: int
    label: str


def sample_cells(
    texts: list[Text], lengths: list[int], pairs: bool, count: int, seed: int
) -> list[Cell]:
    """At most `count` places, drawn with `seed`, among the first `lengths` tokens of the texts.

    Of `pairs` those that have a relation, and as many at random that have none; of tokens those
    of entities.
    """
    draws = Random(seed)
    cells: list[Cell] = []
    for number, (text, length) in enumerate(zip(texts, lengths, strict=True)):
        spans = [span for span in spans_of(text.sentence.tags) if span.end <= length]
        places = _related(spans) if pairs else _tagged(spans)
        if pairs:
            places |= _unrelated(places, length, draws)
        cells += [Cell(number, *place, label) for place, label in places.items()]
    draws.shuffle(cells)
    return sorted(cells[:count])


def _tagged(spans: list[Span]) -> dict[tuple[int, int], str]:
    """The tokens of entities, by the tag."""
    return {
        (place, place): f"{'B' if place == span.start else 'I'}-{span.type}"
        for span in spans
        for place in range(span.start, span.end)
    }


def _related(spans: list[Span]) -> dict[tuple[int, int], str]:
    """The pairs of tokens with a relation; see `relations.inventory`."""
    links = {(k, k + 1): "NNW" for span in spans for k in range(span.start, span.end - 1)}
    return links | {(span.end - 1, span.start): f"THW-{span.type}" for span in spans}


def _unrelated(
    related: dict[tuple[int, int], str], length: int, draws: Random
) -> dict[tuple[int, int], str]:
    """As many pairs without a relation, or a few less."""
    drawn = [(draws.randrange(length), draws.randrange(length)) for _ in related]
    return {pair: "NONE" for pair in drawn if pair not in related}
