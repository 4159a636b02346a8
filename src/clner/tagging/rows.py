"""Training examples: the rows of a batch that say the same thing in different views."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import numpy as np

from clner.codeswitching.phrases import source_positions
from clner.codeswitching.switchable import Switchable
from clner.tagging.pieces import Pieces, Window
from clner.text.sentence import UNTRUSTED, Sentence
from clner.text.tags import IGNORED


@dataclass(slots=True)
class Row:
    """One window of one view. Arrays over its n tokens; `soft` is (n, T) or absent."""

    window: Window
    view: str
    tags: np.ndarray | None = None
    soft: np.ndarray | None = None
    pseudo: np.ndarray | None = None
    trusted: np.ndarray | None = None


@dataclass(slots=True)
class Example:
    """All rows that say the same thing: a sentence, its translation, its code-switched form."""

    rows: list[Row] = field(default_factory=list)
    switchable: Switchable | None = None
    """What a further, code-switched row is drawn from, afresh for each batch."""

    @property
    def length(self) -> int:
        """Subwords of the longest row that is always there."""
        return max((len(row.window.ids) for row in self.rows), default=0)

    @property
    def pseudo_labelled(self) -> bool:
        """Whether its labels are a teacher's."""
        return any(row.pseudo is not None for row in self.rows)


@dataclass(slots=True)
class RowMaker:
    """Makes rows of sentences, by the subwords of `pieces` and the order of `tag_names`."""

    pieces: Pieces
    tag_names: list[str]

    def labelled(self, sentence: Sentence, view: str) -> list[Row]:
        """The windows of a labelled sentence."""
        tags = self._numbers(sentence)
        return [Row(w, view, tags=_seen(tags, w)) for w in self._windows(sentence)]

    def pseudo_labelled(
        self, sentence: Sentence, trusted: np.ndarray, soft: np.ndarray
    ) -> list[Row]:
        """The windows of a target sentence: `trusted` (N,) bool, `soft` (N, T) distributions."""
        pseudo = np.where(trusted, self._numbers(sentence), IGNORED)
        rows = []
        for window in self._windows(sentence):
            own = _part(window)
            labels = _seen(pseudo, window)
            rows.append(Row(window, "target", None, soft[own], labels, trusted[own]))
        return rows

    def switched(self, example: Example, rng: Random) -> list[Row]:
        """The windows of a code-switched form drawn with `rng`; none if there is none to draw."""
        if example.switchable is None:
            return []
        sentence = example.switchable.draw(rng)
        if not example.pseudo_labelled:
            return self.labelled(sentence, "codeswitch")
        untrusted = example.switchable.sentence.origin.get(UNTRUSTED, [])
        hidden = np.isin(source_positions(sentence), untrusted)
        tags = np.where(hidden, IGNORED, self._numbers(sentence))
        return [Row(w, "codeswitch", pseudo=_seen(tags, w)) for w in self._windows(sentence)]

    def _windows(self, sentence: Sentence) -> list[Window]:
        return self.pieces.windows([sentence.tokens])[0]

    def _numbers(self, sentence: Sentence) -> np.ndarray:
        return np.array([self.tag_names.index(tag) for tag in sentence.tags], dtype=np.int64)


def _part(window: Window) -> slice:
    """The window's tokens among those of its sentence."""
    return slice(window.start, window.start + len(window.firsts))


def _seen(tags: np.ndarray, window: Window) -> np.ndarray:
    """A window's part of a sentence's (N,) tags, without entities that its edges cut.

    These are IGNORED: here they would be others, and the neighbouring window has them whole.
    """
    own = _part(window)
    inside = (tags > 0) & (tags % 2 == 0)
    seen = tags[own].copy()
    seen[np.logical_and.accumulate(inside[own])] = IGNORED
    if own.stop < len(tags) and inside[own.stop]:
        begins = np.flatnonzero(~inside[own])
        seen[begins[-1] if len(begins) else 0 :] = IGNORED
    return seen


def labelled_examples(
    views: dict[str, list[Sentence]], switchables: list[Switchable], maker: RowMaker
) -> list[Example]:
    """Join the labelled views of each source sentence into one example.

    Views other than the source carry the source's id in `origin["source_id"]`; the `switchables`
    carry its id themselves. The order is that of first appearance.
    """
    maker.pieces.learn(sentence.tokens for view in views.values() for sentence in view)
    examples: dict[str, Example] = {}
    for view, sentences in views.items():
        for sentence in sentences:
            example = examples.setdefault(sentence.origin.get("source_id", sentence.id), Example())
            example.rows += maker.labelled(sentence, view)
    for switchable in switchables:
        examples.setdefault(switchable.id, Example()).switchable = switchable
    return list(examples.values())


def pseudo_labelled_examples(
    sentences: list[Sentence],
    trusted: list[np.ndarray],
    soft: list[np.ndarray],
    switchables: list[Switchable],
    maker: RowMaker,
) -> list[Example]:
    """One example a pseudo-labelled sentence; of `switchables` there are as many, or none.

    `trusted` holds a (N,) bool and `soft` a (N, T) float array for each sentence.
    """
    maker.pieces.learn(sentence.tokens for sentence in sentences)
    drawn = switchables or [None] * len(sentences)
    return [
        Example(maker.pseudo_labelled(sentence, keep, distributions), switchable)
        for sentence, keep, distributions, switchable in zip(
            sentences, trusted, soft, drawn, strict=True
        )
    ]
