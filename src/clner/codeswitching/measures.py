"""What a code-switched corpus is worth, as far as its sentences and phrases tell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from math import log2, nan
from typing import NamedTuple

from clner.codeswitching.pairs import Pair
from clner.codeswitching.switchable import Switchable
from clner.text.tags import Span, spans_of


def substituted_share(pair: Pair) -> float:
    """Source tokens replaced, of all: 0 to 1, NaN where there is none. [ours]"""
    return _share(pair.mixed.origin["substituted"], len(pair.source.tokens))


def substituted_by_language(pair: Pair) -> Counter[str]:
    """The number of source tokens that each language replaced."""
    counts: Counter[str] = Counter()
    for (start, end, _, _), language in pair.replaced:
        counts[language] += end - start
    return counts


def mixing_index(pair: Pair) -> float:
    """The code-mixing index of Das and Gambäck (2014), from 0 to 1 instead of 100.

    1 - (words of the language that has most) / (words of any language), 0 where there is none.
    Tokens without a letter are of no language; names are of the one they are written in [ours].
    """
    words: Counter[str] = Counter()
    for (_, _, start, end), language in pair.replaced:
        words[language] += _words(pair.mixed.tokens[start:end])
    total = _words(pair.mixed.tokens)
    kept = total - words.total()
    return 1 - max(kept, *words.values(), 0) / total if total else 0.0


class Entities(NamedTuple):
    """Counts of entities of a mixed sentence.

    `expected`: of its source, or of it itself where it has more. `survived`: those of the source
    that its tags have at their place, with their type, and with their tokens unless `replaced`.
    """

    expected: int
    survived: int
    replaced: int


def entities(pair: Pair) -> Entities:
    """What became of the entities of a sentence, as the tags of its mixed form have it. [ours]"""
    source, mixed = pair.source, pair.mixed
    own, found = spans_of(source.tags or []), spans_of(mixed.tags or [])
    blocks = [block for block, _ in pair.replaced]
    targets = {(start, end): (first, last) for start, end, first, last in blocks}
    survived = 0
    for start, end, kind in own:
        grown = sum(last - first - (e - s) for s, e, first, last in blocks if e <= start)
        place = targets.get((start, end), (start + grown, end + grown))
        same = (start, end) in targets or mixed.tokens[slice(*place)] == source.tokens[start:end]
        survived += same and Span(*place, kind) in found
    replaced = sum((start, end) in targets for start, end, _ in own)
    return Entities(max(len(own), len(found)), survived, replaced)


def coverage(pair: Pair) -> float:
    """Words of context that some phrase can replace, of all words of context.

    0 to 1, NaN where there is none. Words are tokens with a letter, context what is in no entity;
    one whose only translation is itself cannot be replaced. [ours]
    """
    sentence = pair.source
    inside = {n for span in spans_of(sentence.tags or []) for n in range(span.start, span.end)}
    words = {n for n, token in enumerate(sentence.tokens) if _is_word(token)}
    context = words - inside
    own = (phrase for phrases in pair.switchable.phrases.values() for phrase in phrases)
    covered = {n for p in own if p.type is None for n in range(p.start, p.end)}
    return _share(len(context & covered), len(context))


class Diversity(NamedTuple):
    """How much there is to draw from: means over the words that can be replaced.

    `translations`: different ones of a word, each word counted once. `entropy`, in bits: of the
    translation given the word, words as often as they are replaced. NaN where none can be.
    """

    words: int
    translations: float
    entropy: float


def diversity(switchables: Iterable[Switchable]) -> Diversity:
    """The diversity that endlessly many draws would show, computed without drawing. [ours]

    A word is a source phrase, without regard to case, and so is a translation.
    """
    expected: dict[str, Counter[str]] = defaultdict(Counter)
    for switchable in switchables:
        tokens = switchable.sentence.tokens
        for phrase, _, chance in switchable.chances():
            if chance == 0:
                continue
            translations = expected[" ".join(tokens[phrase.start : phrase.end]).lower()]
            for candidate in phrase.candidates:
                translations[" ".join(candidate).lower()] += chance / len(phrase.candidates)
    mass = sum(own.total() for own in expected.values())
    return Diversity(
        len(expected),
        _share(sum(map(len, expected.values())), len(expected)),
        _share(sum(map(_bits, expected.values())), mass),
    )


def _bits(counts: Counter[str]) -> float:
    """The entropy of counts, in bits, times their sum."""
    total = counts.total()
    return sum(count * log2(total / count) for count in counts.values())


def _words(tokens: list[str]) -> int:
    return sum(map(_is_word, tokens))


def _is_word(token: str) -> bool:
    return any(map(str.isalpha, token))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else nan
