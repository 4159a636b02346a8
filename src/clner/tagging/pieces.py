"""Tokens to subwords, and sentences to windows that fit an encoder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from clner.encoders.vocabulary import CONTINUATION, blank_ids
from clner.errors import ClnerError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


REMEMBERED = 500_000
"""Distinct tokens whose subwords are kept at most, so that endless text takes no more memory."""


@dataclass(slots=True)
class Window:
    """A stretch of a sentence as an encoder reads it.

    `ids` (S,) int64 subwords with special tokens; `firsts` (n,) int64 position of each token's
    first subword, `end` the position behind the last token's last. The tokens are `start` to
    `start + n` of the sentence, of which `keep_start` to `keep_end` (token positions in the
    sentence) are this window's to answer for: the windows of a sentence overlap, but what they
    keep is a partition of its tokens.
    """

    ids: np.ndarray
    firsts: np.ndarray
    end: int
    start: int
    keep_start: int
    keep_end: int

    @property
    def words(self) -> np.ndarray:
        """(S',) int64: the token, 0 to n, of each subword from the first token's to `end`."""
        return np.repeat(np.arange(len(self.firsts)), np.diff(self.firsts, append=self.end))


class Pieces:
    """Subwords of tokens by a Hugging Face tokenizer; each distinct token is looked up once."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, max_length: int) -> None:
        """`max_length` subwords a window at most, special tokens included.

        Raises ClnerError where the encoder cannot read so many.
        """
        if max_length > tokenizer.model_max_length:
            raise ClnerError(
                f"max_length = {max_length}: this encoder reads {tokenizer.model_max_length} "
                "subwords at most"
            )
        bare = tokenizer("a", add_special_tokens=False)["input_ids"]
        whole = tokenizer("a")["input_ids"]
        lead = next(i for i in range(len(whole)) if whole[i : i + len(bare)] == bare)
        self.prefix = np.array(whole[:lead], dtype=np.int64)
        self.suffix = np.array(whole[lead + len(bare) :], dtype=np.int64)
        self.limit = max_length - len(self.prefix) - len(self.suffix)
        self.padding = tokenizer.pad_token_id
        self._blanks, self._continuation = _blanks(tokenizer)
        self._letters = _letters(tokenizer)
        self._tokenizer = tokenizer
        self._known: dict[str, list[int]] = {}

    def windows(self, sentences: list[list[str]]) -> list[list[Window]]:
        """The windows of each sentence: one, unless its subwords exceed the limit."""
        self.learn(sentences)
        return [self._windows_of(tokens) for tokens in sentences]

    def learn(self, sentences: Iterable[list[str]]) -> None:
        """Look up the subwords of all tokens at once, which is faster than a sentence at a time."""
        known = self._known
        if len(known) > REMEMBERED:
            known.clear()
        new = sorted({token for tokens in sentences for token in tokens if token not in known})
        if not new:
            return
        encoded = self._tokenizer(
            [[token] for token in new], is_split_into_words=True, add_special_tokens=False
        )["input_ids"]
        unknown = [self._tokenizer.unk_token_id]
        # A token that its tokenizer reads as nothing (a lone joiner, say) is still a token.
        for token, ids in zip(new, encoded, strict=True):
            self._known[token] = (ids or unknown)[: self.limit]

    def hide(self, window: Window, hidden: np.ndarray, parts: int) -> Window:
        """`window` with only the shape left of the tokens that are `hidden`, (n,) bool.

        With `parts` above 1 a hidden token that is no single letter is shown as 1 to `parts`
        subwords, drawn by torch's generator: as unseen words are, whatever the hidden one had.
        """
        begins = window.firsts
        lengths = np.diff(begins, append=window.end)
        counts = self._redrawn(window.ids[begins], lengths, hidden, parts)
        tokens = np.repeat(np.arange(len(begins)), counts)
        firsts = np.cumsum(counts) - counts
        offsets = np.arange(len(tokens)) - firsts[tokens]
        own = window.ids[begins[tokens] + np.minimum(offsets, lengths[tokens] - 1)]
        blank = np.where(offsets < lengths[tokens], self._blanks[own], self._continuation)
        ids = np.where(hidden[tokens], blank, own)
        whole = np.concatenate([self.prefix, ids, self.suffix])
        end = len(self.prefix) + len(ids)
        return replace(window, ids=whole, firsts=firsts + len(self.prefix), end=end)

    def _redrawn(
        self, first: np.ndarray, lengths: np.ndarray, hidden: np.ndarray, parts: int
    ) -> np.ndarray:
        """(n,) int64: as how many subwords each token is shown; never more than fit a window."""
        if parts == 1:
            return lengths
        words = hidden & ((lengths > 1) | (self._letters[first] > 1))
        counts = lengths.copy()
        counts[words] = torch.randint(1, parts + 1, (int(words.sum()),)).numpy()
        return counts if counts.sum() <= self.limit else lengths

    def _windows_of(self, tokens: list[str]) -> list[Window]:
        pieces = [self._known[token] for token in tokens]
        lengths = np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces))
        return [
            self._window(pieces[start:end], lengths[start:end], start, keep_start, keep_end)
            for start, end, keep_start, keep_end in stretches(lengths, self.limit)
        ]

    def _window(
        self,
        pieces: list[list[int]],
        lengths: np.ndarray,
        start: int,
        keep_start: int,
        keep_end: int,
    ) -> Window:
        ids = np.fromiter((i for piece in pieces for i in piece), np.int64, lengths.sum())
        firsts = np.cumsum(lengths) - lengths + len(self.prefix)
        whole = np.concatenate([self.prefix, ids, self.suffix])
        return Window(whole, firsts, len(self.prefix) + len(ids), start, keep_start, keep_end)


def _blanks(tokenizer: PreTrainedTokenizerBase) -> tuple[np.ndarray, int]:
    """What is left of hidden subwords: (V,) int64 by subword, and the one that continues a word.

    For a vocabulary made here, the piece of the same shape without letters; else the mask token.
    """
    vocabulary = tokenizer.get_vocab()
    if CONTINUATION in vocabulary:
        return blank_ids(vocabulary), vocabulary[CONTINUATION]
    mask = tokenizer.mask_token_id
    blank = tokenizer.unk_token_id if mask is None else mask
    blanks = np.full(max(vocabulary.values()) + 1, blank, dtype=np.int64)
    blanks[tokenizer.all_special_ids] = tokenizer.all_special_ids
    return blanks, blank


def _letters(tokenizer: PreTrainedTokenizerBase) -> np.ndarray:
    """(V,) int64: letters of each subword, without the marks of words that begin or go on."""
    vocabulary = tokenizer.get_vocab()
    letters = np.zeros(max(vocabulary.values()) + 1, dtype=np.int64)
    for piece, number in vocabulary.items():
        letters[number] = len(piece.lstrip("#▁Ġ"))
    return letters


def stretches(lengths: np.ndarray, limit: int) -> list[tuple[int, int, int, int]]:
    """Cut a sentence into overlapping stretches of at most `limit` subwords.

    `lengths` (N,) are the subwords of each token, each at most `limit`. Returns (start, end,
    keep_start, keep_end) of each: tokens start to end are read; keep_start to keep_end partition
    the sentence. Neighbours share about a quarter of the limit, each keeping its half of it.
    """
    ends = np.cumsum(lengths)
    begins = ends - lengths
    total = len(lengths)
    if total == 0 or ends[-1] <= limit:
        return [(0, total, 0, total)] if total else []
    bounds = [(0, int(np.searchsorted(ends, limit, side="right")))]
    while bounds[-1][1] < total:
        end = bounds[-1][1]
        shared = np.searchsorted(ends, ends[end - 1] - limit // 4, side="right")
        # The next window must hold the next token, whatever room is left for shared ones.
        start = max(int(shared), int(np.searchsorted(begins, ends[end] - limit)))
        bounds.append((start, int(np.searchsorted(ends, begins[start] + limit, side="right"))))
    cuts = [(bounds[k][1] + bounds[k + 1][0]) // 2 for k in range(len(bounds) - 1)]
    keeps = zip([0, *cuts], [*cuts, total], strict=True)
    return [(*bound, *keep) for bound, keep in zip(bounds, keeps, strict=True)]
