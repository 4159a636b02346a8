"""What kind of error each wrong entity is.

Gold and predicted entities that are the same (tokens and type) are right. The others are put into
pairs that share a token, each in one pair at most: first those of the same tokens, then those of
the same type, then the rest; among these the pair that shares the most tokens, then the leftmost.
A pair is one error, of type, of boundary, or of both; what is left over is missed or spurious.
Kinds as in Chinchor and Sundheim (1993) and SemEval-2013 task 9; the order of pairing is [ours].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from clner.text.tags import Span

KINDS = {
    "missed": "gold, and no predicted entity that shares a token is left to pair it with",
    "spurious": "predicted, and no gold entity that shares a token is left to pair it with",
    "type": "the tokens are right, the type is wrong",
    "boundary": "the type is right, the tokens are not",
    "boundary and type": "some tokens are right, and the type is wrong",
}


class Error(NamedTuple):
    """A wrong entity: its kind, and where it stands in gold and in the prediction."""

    kind: str
    gold: Span | None
    predicted: Span | None

    @property
    def type(self) -> str:
        """The gold type; of a spurious entity, which has none, the predicted one."""
        return (self.gold or self.predicted).type


def errors_of(gold: list[Span], predicted: list[Span]) -> list[Error]:
    """The errors of a sentence, left to right; each span must overlap no other of its own list.

    Every gold entity that is not right is in one error, and so is every such predicted one.
    """
    right = set(gold) & set(predicted)
    lacking = [span for span in gold if span not in right]
    wrong = [span for span in predicted if span not in right]
    found = []
    for _, ours, theirs in sorted(_overlaps(lacking, wrong)):
        if ours in lacking and theirs in wrong:
            lacking.remove(ours)
            wrong.remove(theirs)
            found.append(Error(_kind(ours, theirs), ours, theirs))
    found += [Error("missed", span, None) for span in lacking]
    found += [Error("spurious", None, span) for span in wrong]
    return sorted(found, key=lambda error: error.gold or error.predicted)


def _overlaps(gold: list[Span], predicted: list[Span]) -> Iterator[tuple[tuple, Span, Span]]:
    """Pairs that share a token, each with its place in the order of pairing."""
    for ours in gold:
        for theirs in predicted:
            shared = min(ours.end, theirs.end) - max(ours.start, theirs.start)
            if shared > 0:
                yield (ours[:2] != theirs[:2], ours.type != theirs.type, -shared), ours, theirs


def _kind(gold: Span, predicted: Span) -> str:
    if gold[:2] == predicted[:2]:
        return "type"
    return "boundary" if gold.type == predicted.type else "boundary and type"
