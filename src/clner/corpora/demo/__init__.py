"""The embedded demo: labelled sentences in four languages, and lexicons from English.

English is the source; Spanish, German and Chinese are targets. All text is drawn from grammars
written for this project. Sentences to learn from and sentences to be measured on (dev and test)
come from different templates and different names. Four in ten names of a target's dev and test
also occur in its training split, which the pipeline reads without labels; none occurs in English
training sentences or in a lexicon.
"""

from functools import cache
from random import Random

from clner.corpora.demo.grammar import Writer
from clner.corpora.demo.lexicon import entries
from clner.corpora.demo.surface import tokens_and_tags
from clner.errors import ClnerError

SOURCE = "en"
TARGETS = ("es", "de", "zh")
LANGUAGES = (SOURCE, *TARGETS)
SIZES = {"train": 3000, "dev": 200, "test": 300}
SOURCE_SIZES = {"train": 1500, "dev": 250, "test": 300}

# One of these is drawn for each entity: a repeated part is drawn more often.
_SEEN = ("train",)
_SEEN_UNLABELLED = ("train",) * 3 + ("shared",) * 2
_UNSEEN = ("shared",) * 2 + ("test",) * 3

_SHORTEST = 5
_LONGEST_WORDS = 25
_LONGEST_CHARACTERS = 40

TaggedSentence = tuple[list[str], list[str]]


def sentences(language: str, split: str) -> list[TaggedSentence]:
    """Sentences of a split (train, dev or test): tokens and BIO2 tags (PER, LOC, ORG), distinct.

    Raises ClnerError for a language or a split that the demo does not have.
    """
    if language not in LANGUAGES:
        raise ClnerError(f"the demo has no language {language!r}; choose {', '.join(LANGUAGES)}")
    sizes = SOURCE_SIZES if language == SOURCE else SIZES
    if split not in sizes:
        raise ClnerError(f"the demo has no split {split!r}; choose {', '.join(sizes)}")
    if split == "train":
        parts = _SEEN if language == SOURCE else _SEEN_UNLABELLED
        drawn = _draw(language, "train", parts, sizes["train"])
    else:
        both = _draw(language, "heldout", _UNSEEN, sizes["dev"] + sizes["test"])
        drawn = both[: sizes["dev"]] if split == "dev" else both[sizes["dev"] :]
    return [(list(tokens), list(tags)) for tokens, tags in drawn]


def lexicon(target: str) -> list[tuple[str, str]]:
    """English phrases and their translations, the best first where a phrase has several.

    Phrases are words separated by spaces; Chinese is written without spaces. Names and words that
    a dictionary of this size would miss are missing. Raises ClnerError for an unknown target.
    """
    if target not in TARGETS:
        raise ClnerError(f"the demo has no lexicon for {target!r}; choose {', '.join(TARGETS)}")
    return entries(target)


@cache
def _draw(
    language: str, templates: str, parts: tuple[str, ...], count: int
) -> tuple[TaggedSentence, ...]:
    writer = Writer(language, parts, Random(f"{language}-{templates}"))
    longest = _LONGEST_CHARACTERS if language == "zh" else _LONGEST_WORDS
    drawn: dict[tuple[str, ...], TaggedSentence] = {}
    while len(drawn) < count:
        tokens, tags = tokens_and_tags(language, *writer.write(templates))
        if _SHORTEST <= len(tokens) <= longest:
            drawn[tuple(tokens)] = (tokens, tags)
    return tuple(drawn.values())
