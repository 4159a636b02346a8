"""Labelled sentences of real lengths."""

import os
from pathlib import Path
from random import Random

from clner.corpora import demo
from clner.corpora.conll import read_conll

TYPES = ("PER", "LOC", "ORG", "MISC")


def labelled_words(count: int) -> list[tuple[list[str], list[str]]]:
    """Words and BIO2 tags of `count` sentences, always the same ones.

    They are drawn from $CLNER_DATA/en/train.conll, or from the embedded demo where that is not
    set; where there are too few, all over again.
    """
    folder = os.environ.get("CLNER_DATA")
    if folder:
        read = read_conll(Path(folder) / "en" / "train.conll")
        own = [(sentence.tokens, sentence.tags) for sentence in read]
    else:
        own = list(demo.sentences("en", "train"))
    Random(0).shuffle(own)
    return [own[number % len(own)] for number in range(count)]


def labelled(count: int) -> list[list[str]]:
    """The tags of the same sentences."""
    return [tags for _, tags in labelled_words(count)]


def origin() -> str:
    """Where they are from."""
    return "CoNLL" if os.environ.get("CLNER_DATA") else "demo"
