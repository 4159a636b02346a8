"""Phrases of a sentence that can be replaced by their translation, and the replacing."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from clner.errors import ClnerError
from clner.lexicons.lexicon import Lexicon
from clner.text.sentence import Sentence
from clner.text.tags import OUTSIDE, Span, spans_of
from clner.translation.record import Block


@dataclass(frozen=True, slots=True)
class Phrase:
    """Source tokens `start` to `end` (exclusive) and what may stand in their place.

    `candidates`: one or more lists of target tokens, none of them empty or the source's own.
    `type` is the entity's, or None for context.
    """

    start: int
    end: int
    candidates: list[list[str]]
    type: str | None = None


def substitute(sentence: Sentence, phrases: list[Phrase], ratio: float, rng: Random) -> Sentence:
    """Replace each phrase with probability `ratio` (0 to 1) by one of its candidates.

    `phrases` are in order, do not overlap, and hold an entity wholly or not at all; entities
    keep their type. Returns a sentence of the same id; its origin holds `source_id`, `spans`
    (source start, end, target start, end of what was replaced) and `substituted`, the number of
    source tokens replaced. What is drawn depends on `phrases` and `rng` only.
    """
    source_tags = [OUTSIDE] * len(sentence.tokens) if sentence.tags is None else sentence.tags
    tokens: list[str] = []
    tags: list[str] = []
    replaced: list[Block] = []
    position = 0
    for phrase in phrases:
        if rng.random() >= ratio:
            continue
        target = rng.choice(phrase.candidates)
        tokens += sentence.tokens[position : phrase.start]
        tags += source_tags[position : phrase.start]
        replaced.append(Block(phrase.start, phrase.end, len(tokens), len(tokens) + len(target)))
        tokens += target
        tags += tags_of_phrase(phrase.type, len(target))
        position = phrase.end
    tokens += sentence.tokens[position:]
    tags += source_tags[position:]
    origin = {
        "source_id": sentence.id,
        "substituted": sum(block.source_end - block.source_start for block in replaced),
        "spans": replaced,
    }
    return Sentence(sentence.id, tokens, None if sentence.tags is None else tags, origin)


def tags_of_phrase(kind: str | None, length: int) -> list[str]:
    """BIO2 tags of an entity of a type, or of context (None)."""
    if kind is None:
        return [OUTSIDE] * length
    return [f"B-{kind}", *[f"I-{kind}"] * (length - 1)]


def source_positions(switched: Sentence) -> list[int]:
    """For each token of what `substitute` returned, its place in the source; -1 if it is new."""
    positions: list[int] = []
    kept = 0
    for start, end, target_start, target_end in switched.origin["spans"]:
        positions += [*range(kept, start), *[-1] * (target_end - target_start)]
        kept = end
    rest = len(switched.tokens) - len(positions)
    return [*positions, *range(kept, kept + rest)]


def entity_phrases(sentence: Sentence, projected: Sentence) -> list[Phrase]:
    """The entities of a sentence that arrived in its projected translation.

    Raises ClnerError where the projection is not one of this sentence as it is now.
    """
    entities = {(span.start, span.end): span.type for span in spans_of(sentence.tags or [])}
    phrases = []
    for start, end, target_start, target_end in projected.origin["spans"]:
        if (start, end) not in entities:
            raise ClnerError(
                f"{projected.id}: tokens {start} to {end} of {sentence.id} are no entity there; "
                "the projection belongs to other sentences: project again"
            )
        target = projected.tokens[target_start:target_end]
        phrases += _phrase(sentence, start, end, [target], entities[start, end])
    return phrases


def lexicon_phrases(sentence: Sentence, lexicon: Lexicon, choice: str) -> list[Phrase]:
    """Context phrases by dictionary: with the "first" candidate only, or all ("random")."""
    phrases = []
    for gap_start, gap_end in _context(sentence):
        for start, end, candidates in lexicon.segments(sentence.tokens, gap_start, gap_end):
            options = candidates[:1] if choice == "first" else candidates
            phrases += _phrase(sentence, start, end, options)
    return phrases


def aligned_phrases(sentence: Sentence, projected: Sentence) -> list[Phrase]:
    """Context phrases by the alignment that a projected translation came with, if with any."""
    gaps = list(_context(sentence))
    phrases = []
    for start, end, target_start, target_end in projected.origin.get("alignment", []):
        if any(gap_start <= start and end <= gap_end for gap_start, gap_end in gaps):
            target = projected.tokens[target_start:target_end]
            phrases += _phrase(sentence, start, end, [target])
    return phrases


def _phrase(
    sentence: Sentence, start: int, end: int, candidates: list[list[str]], kind: str | None = None
) -> list[Phrase]:
    """The phrase, or none where its translation says the same."""
    source = sentence.tokens[start:end]
    options = [target for target in candidates if target and target != source]
    return [Phrase(start, end, options, kind)] if options else []


def _context(sentence: Sentence) -> Iterator[tuple[int, int]]:
    """The stretches of tokens, start and end, before, between and after the entities."""
    length = len(sentence.tokens)
    position = 0
    for span in [*spans_of(sentence.tags or []), Span(length, length, OUTSIDE)]:
        if position < span.start:
            yield position, span.start
        position = span.end
