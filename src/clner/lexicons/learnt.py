"""What sentence pairs say of a dictionary's words [ours].

Dictionaries induced from vectors (MUSE) lack the shortest words (of, to, in, a), and list
translations in no order of use, or in another script than the text's (Chinese). Sentence pairs,
even two thousand, show all three.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from clner.alignment.settings import AlignerSettings
from clner.alignment.statistical import align_statistically
from clner.text.scripts import has_spaces, tokenise

LEAST = 3
"""Links that a translation which is not in the dictionary needs."""
SHARE = 0.1
"""Part of its word's occurrences that such a translation needs."""


def learn(
    dictionary: dict[str, list[str]],
    texts: list[tuple[str, str]],
    source: str,
    target: str,
    job: str = "lexicon",
) -> dict[str, list[str]]:
    """`dictionary`, with translations and an order that pairs of a source and a target text teach.

    Words are linked by eflomal, which knows the dictionary. A word that alone is linked to
    neighbouring words counts as translated by them. Its translations come by these counts, those
    never met last, in their order; new ones need LEAST links and SHARE of the word's occurrences,
    and to begin with letters. Learnt entries are in lower case; `job` is what the lines of progress
    begin with.
    """
    pairs = [(tokenise(text, source), tokenise(other, target)) for text, other in texts]
    pairs = [tuple([word.lower() for word in side] for side in pair) for pair in pairs]
    links = align_statistically(pairs, [], AlignerSettings(), dictionary, job=job)
    joint = " " if has_spaces(target) else ""
    met: dict[str, Counter[str]] = defaultdict(Counter)
    for pair, own in zip(pairs, links, strict=True):
        for word, phrase in _translated(*pair, own):
            met[word][joint.join(phrase)] += 1
    occurrences = Counter(word for words, _ in pairs for word in words)
    known = {word.lower() for word in dictionary}
    entries = dictionary | {word: [] for word in met if word not in known}
    learnt = {
        word: _ordered(translations, met.get(word.lower(), Counter()), occurrences[word.lower()])
        for word, translations in entries.items()
    }
    return {word: translations for word, translations in learnt.items() if translations}


def _translated(
    source: list[str], target: list[str], links: np.ndarray
) -> Iterator[tuple[str, list[str]]]:
    """Words of one sentence and what each is linked to, if that stands together and is its own."""
    linked: dict[int, list[int]] = defaultdict(list)
    for word, place in links.tolist():
        linked[word].append(place)
    shared = Counter(links[:, 1].tolist())
    for word, places in linked.items():
        start, end = min(places), max(places) + 1
        phrase = target[start:end]
        together = len(places) == len(phrase) and all(shared[place] == 1 for place in places)
        if together and all(token[0].isalpha() for token in (source[word], *phrase)):
            yield source[word], phrase


def _ordered(known: list[str], met: Counter[str], occurrences: int) -> list[str]:
    """Known translations and new ones, those met most first."""
    lowered = {translation.lower() for translation in known}
    new = [
        phrase
        for phrase, count in met.items()
        if phrase not in lowered and count >= max(LEAST, SHARE * occurrences)
    ]
    return sorted([*known, *new], key=lambda phrase: -met[phrase.lower()])
