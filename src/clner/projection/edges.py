"""Where a name begins and ends: what is cut off its edges, and what is taken in beside them."""

from collections.abc import Callable

from clner.projection.arrival import Arrival, Loss, Outcome
from clner.projection.function_words import CAPITALISED_NOUNS, after, before, plain

_JOINERS = frozenset("-‐‑–/·・")


class Edges:
    """The edges of names in one target language, for names that come from one source language."""

    def __init__(self, source: str, target: str):
        """`source`, `target`: language codes; one without function words loses punctuation only."""
        self._own_before, self._own_after = before(source), after(source)
        self._before, self._after = before(target), after(target)
        self._telling = target not in CAPITALISED_NOUNS  # a capital tells a name

    def trimmed(
        self, start: int, end: int, tokens: list[str], entity: list[str]
    ) -> tuple[int, int]:
        """Target tokens `start` to `end` without function words and punctuation at their edges.

        An edge stays where `entity`, the source tokens, has the same word or also punctuation
        there; a capitalised function word where it is no sentence's first word (the La of La
        Haya), or where the entity begins with a function word too. Where all nouns are
        capitalised words in lower case behind the last noun go, if the entity ends in a capital.
        May be empty.
        """
        while start < end and self._is_loose(tokens, start, entity[0], self._before):
            start += 1
        while start < end and (
            self._is_loose(tokens, end - 1, entity[-1], self._after)
            or self._follows_noun(tokens[start:end], entity[-1])
        ):
            end -= 1
        return start, end

    def trim(self, outcome: Outcome, tokens: list[str], entity: list[str]) -> Outcome:
        """A place as `trimmed` leaves it; what is lost already stays so."""
        if isinstance(outcome, Loss):
            return outcome
        start, end = self.trimmed(outcome.start, outcome.end, tokens, entity)
        if start == end:
            return Loss("nothing but function words and punctuation")
        return Arrival(start, end, outcome.score)

    def _is_loose(self, tokens: list[str], place: int, own: str, words: frozenset[str]) -> bool:
        word = tokens[place]
        if plain(word) == plain(own):
            return False
        if not _has_letter(word):
            return _has_letter(own)
        if plain(word) not in words:
            return False
        named = place > 0 or plain(own) in self._own_before | self._own_after
        return not (word[:1].isupper() and named)

    def _follows_noun(self, words: list[str], own: str) -> bool:
        named = own[:1].isupper() and any(word[:1].isupper() for word in words)
        return not self._telling and named and words[-1][:1].islower()

    def grown(
        self, start: int, end: int, tokens: list[str], free: set[int], missing: set[str]
    ) -> tuple[int, int]:
        """Target tokens `start` to `end` with the `free` words beside them that look like more.

        A word does if it is one of `missing`, the entity's words that have no link, or if it is
        capitalised where that tells a name: not first in the sentence, not where most words are
        capitalised, and in a language that capitalises all nouns only if a capitalised word of
        the entity is missing. A joiner (- / ·) before such a word is taken in with it.
        """
        lacks_name = any(word[:1].isupper() for word in missing)
        capitals = (self._telling or lacks_name) and not _shouts(tokens)

        def belongs(place: int) -> bool:
            if place not in free:
                return False
            word = tokens[place]
            if word in missing:
                return True
            known = plain(word) in self._before | self._after
            return capitals and place > 0 and word[:1].isupper() and not known

        while steps := _steps(start - 1, -1, tokens, free, belongs):
            start -= steps
        while steps := _steps(end, 1, tokens, free, belongs):
            end += steps
        return start, end


def _steps(
    place: int, step: int, tokens: list[str], free: set[int], belongs: Callable[[int], bool]
) -> int:
    """How many tokens from `place` on are taken in: one, two with a joiner, or none."""
    if belongs(place):
        return 1
    joins = place in free and tokens[place] in _JOINERS
    return 2 if joins and belongs(place + step) else 0


def _has_letter(word: str) -> bool:
    return any(character.isalnum() for character in word)


def _shouts(tokens: list[str]) -> bool:
    """Whether most words begin with a capital, as in a headline."""
    words = [token for token in tokens if token[:1].isalpha()]
    return 2 * sum(word[:1].isupper() for word in words) > len(words)
