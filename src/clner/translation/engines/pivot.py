"""Two engines in a row, through a language that both know."""

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import TYPE_CHECKING, TypeVar

from clner.errors import ClnerError
from clner.files.fingerprint import fingerprint
from clner.translation.engines.engine import Engine
from clner.translation.record import Block, Translation

if TYPE_CHECKING:
    from easynmt import EasyNMT

Item = TypeVar("Item")
Range = tuple[int, int]
"""A start and an end, exclusive."""

_SOURCE, _TARGET = itemgetter(slice(0, 2)), itemgetter(slice(2, 4))  # the ranges of a block


def pivot_engine(first: Engine, second: Engine) -> Engine:
    """The engine that translates by `first`, then what comes of it by `second`.

    It takes and returns tokens, whatever the two take. Raises ClnerError where `second` does not
    go on from the language that `first` ends in.
    """
    if first.target != second.source:
        raise ClnerError(
            f"engine {second.name} translates from {second.source}, but {first.name} before it "
            f"into {first.target}: give two engines that meet in one language"
        )
    identity = {
        "engine": "pivot",
        "first": first.identity,
        "second": second.identity,
        "code": fingerprint(__name__),
    }

    def load() -> "EasyNMT":
        from easynmt import EasyNMT

        return EasyNMT(translator=PivotTranslator(first, second))

    return Engine(
        f"{first.name} > {first.target} > {second.name}",
        first.source,
        second.target,
        identity,
        load,
        tokenwise=True,
        texts_per_call=_both_take(first.texts_per_call, second.texts_per_call),
    )


def _both_take(first: int | None, second: int | None) -> int | None:
    return min(first, second) if first and second else None


class PivotTranslator:
    """Two engines in a row as an EasyNMT translator; text is tokens joined by single spaces."""

    def __init__(self, first: Engine, second: Engine):
        """`first` translates into the language that `second` translates from."""
        self._first = first
        self._second = second

    def translate_sentences(
        self, sentences: list[str], source_lang: str, target_lang: str, **_: object
    ) -> list[Translation]:
        """Translate each sentence; it is aligned where both engines align it.

        What the first engine leaves empty stays empty.
        """
        texts = [self._first.compose(sentence.split(" ")) for sentence in sentences]
        halfway = self._first.translate(texts)
        onward = [self._onward(text) for text in halfway]
        distinct = list(dict.fromkeys(text for text in onward if text))
        found = self._second.translate(distinct) if distinct else []
        arrived = dict(zip(distinct, found, strict=True))
        return [
            self._joined(before, arrived[text]) if text else Translation("", [])
            for before, text in zip(halfway, onward, strict=True)
        ]

    def _onward(self, text: Translation) -> str:
        """The text of the first engine as the second takes it."""
        if self._first.tokenwise == self._second.tokenwise:
            return str(text)
        return self._second.compose(self._first.split(text))

    def _joined(self, before: Translation, after: Translation) -> Translation:
        known = before.alignment is not None and after.alignment is not None
        alignment = compose(before.alignment, after.alignment) if known else None
        return Translation(" ".join(self._second.split(after)), alignment)


def compose(first: list[Block], second: list[Block]) -> list[Block]:
    """The alignment, source to target, of `first` source to pivot and `second` pivot to target.

    Blocks that overlap in the pivot become one, and so do any that then overlap in source or
    target, so that the result is disjoint on both sides; it is sorted by source. Blocks with an
    empty side, or without a counterpart, are left out.
    """
    links = [
        *((_TARGET(block), _SOURCE(block), None) for block in first if _is_full(block)),
        *((_SOURCE(block), None, _TARGET(block)) for block in second if _is_full(block)),
    ]
    blocks = []
    for run in _runs(links, itemgetter(0)):
        sources = [source for _, source, _ in run if source]
        targets = [target for _, _, target in run if target]
        if sources and targets:
            blocks.append(Block(*_hull(sources), *_hull(targets)))
    return _disjoint(blocks)


def _is_full(block: Block) -> bool:
    return block.source_start < block.source_end and block.target_start < block.target_end


def _disjoint(blocks: list[Block]) -> list[Block]:
    """Merge what overlaps, by turns in source and in target, until nothing does."""
    count = None
    while count != len(blocks):
        count = len(blocks)
        for side in (_TARGET, _SOURCE):
            blocks = [
                Block(*_hull(map(_SOURCE, run)), *_hull(map(_TARGET, run)))
                for run in _runs(blocks, side)
            ]
    return blocks


def _runs(items: Iterable[Item], range_of: Callable[[Item], Range]) -> list[list[Item]]:
    """The items in order of their ranges, those together whose ranges overlap in a chain."""
    runs: list[list[Item]] = []
    reached = 0
    for item in sorted(items, key=range_of):
        start, end = range_of(item)
        if start < reached:
            runs[-1].append(item)
        else:
            runs.append([item])
        reached = max(reached, end)
    return runs


def _hull(ranges: Iterable[Range]) -> Range:
    starts, ends = zip(*ranges, strict=True)
    return min(starts), max(ends)
