"""How the words of a text use capitals: what a capital says depends on the word that has it.

`Monday` has one always, and `the`, within a sentence, only in a name. At the start of a sentence,
where every word has one, this habit is all that tells a name.
"""

from __future__ import annotations

import numpy as np
from transformers import PreTrainedTokenizerFast

from clner.text.casing import forms_within

PRIOR = 1.0
"""Occurrences of neither habit that are added to those of each piece [ours]."""


def capital_habits(
    sentences: list[list[str]], tokenizer: PreTrainedTokenizerFast, lowered: np.ndarray
) -> np.ndarray:
    """(V,) float32 in -1..1: how much oftener the words of a piece have a capital than have none.

    Counted are words that do not begin a sentence, each for all pieces that it falls into. A piece
    has one habit in all cases: `lowered` (V,) has the ids of the lower-case forms. 0 is that of
    pieces of no such word, and of all in a script without capitals.
    """
    counts = forms_within(sentences)
    words = [[form] for form in counts]
    pieces = tokenizer(words, is_split_into_words=True, add_special_tokens=False)["input_ids"]
    lengths = list(map(len, pieces))
    ids = lowered[np.concatenate([np.zeros(0, dtype=np.int64), *pieces]).astype(np.int64)]
    times = np.repeat(np.array([*counts.values()], dtype=np.float64), lengths)
    signs = np.repeat([1 if form[:1].isupper() else -1 for form in counts], lengths)
    seen = np.bincount(ids, times, minlength=len(lowered))
    leaning = np.bincount(ids, times * signs, minlength=len(lowered))
    return (leaning / (seen + PRIOR))[lowered].astype(np.float32)
