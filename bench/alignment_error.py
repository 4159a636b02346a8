"""The error rate of statistical alignment on hand-made links: python -m bench.alignment_error DATA

DATA holds `alignment/`, `parallel/` and `dictionaries/`. The French of the hand-made links has its
elisions and contractions undone (le homme, de le, à les), and so has the text that is learnt from.
Their Chinese is in words: it is aligned in characters, as the pipeline reads Chinese, and a word
has the links of all its characters.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
import regex

from clner.alignment.links import Method, links_of, symmetrise
from clner.alignment.settings import AlignerSettings
from clner.alignment.statistical import Pair, align_both_ways
from clner.errors import ClnerError
from clner.files.inputs import lines_of
from clner.lexicons.dictionary import read_dictionary
from clner.lexicons.lexicon import inverted
from clner.text.scripts import characters, tokenise
from clner.translation.parallel import read_parallel

METHODS: tuple[Method, ...] = get_args(Method)
MATERIALS = ("test sentences", "+ parallel text", "+ dictionary")

_ELIDED = regex.compile(r"(?i)((?:jus|lors|puis|quoi)?qu|[cdjlmnst])'")
_CONTRACTED = {
    "du": ["de", "le"],
    "des": ["de", "les"],
    "au": ["à", "le"],
    "aux": ["à", "les"],
}


class Gold(NamedTuple):
    """Sentence pairs, their sure and their sure or possible links, and text of the same kind."""

    pairs: list[Pair]
    sure: list[np.ndarray]
    possible: list[np.ndarray]
    parallel: list[Pair]
    lexicon: dict[str, list[str]]
    word_of: list[list[int]] | None = None
    """By pair, the word that each source token is a part of; None where tokens are words."""


def english_french(data: Path) -> Gold:
    texts = _texts(data, "en", "fr", ("wmt-news", "flores-reference"))
    parallel = [(_english(source), _french(target)) for source, target in texts]
    pairs = read_sentences(data / "alignment" / "enfr.src-tgt")
    lexicon = read_dictionary(data / "dictionaries" / "en-fr.tsv")
    return Gold(pairs, *read_gold(data / "alignment" / "enfr.gold"), parallel, lexicon)


def chinese_english(data: Path) -> Gold:
    texts = _texts(data, "en", "zh", ("flores-reference", "flores-opusmt", "flores-nllb"))
    parallel = [(tokenise(target, "zh"), tokenise(source, "en")) for source, target in texts]
    sentences = read_sentences(data / "alignment" / "zhen.src-tgt")
    split = [[characters(word) for word in source] for source, _ in sentences]
    pairs = [
        ([character for word in words for character in word], target)
        for words, (_, target) in zip(split, sentences, strict=True)
    ]
    word_of = [[n for n, word in enumerate(words) for _ in word] for words in split]
    lexicon = inverted(read_dictionary(data / "dictionaries" / "en-zh.tsv"))
    return Gold(pairs, *read_gold(data / "alignment" / "zhen.gold"), parallel, lexicon, word_of)


TESTS: dict[str, Callable[[Path], Gold]] = {"enfr": english_french, "zhen": chinese_english}


def error_rates(gold: Gold, material: str, settings: AlignerSettings) -> dict[Method, float]:
    """The alignment error rate of each symmetrisation after training on so much of MATERIALS."""
    amount = MATERIALS.index(material)
    directions = align_both_ways(
        gold.pairs,
        gold.parallel if amount > 0 else [],
        settings,
        gold.lexicon if amount > 1 else None,
    )
    forward, backward = (_by_word(links, gold.word_of) for links in directions)
    return {
        method: error_rate(
            [symmetrise(*both, method) for both in zip(forward, backward, strict=True)],
            gold.sure,
            gold.possible,
        )
        for method in METHODS
    }


def error_rate(
    found: list[np.ndarray], sure: list[np.ndarray], possible: list[np.ndarray]
) -> float:
    """Alignment error rate over all sentence pairs, 0 (best) to 1.

    1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|) for the links A that were found, sure links S and
    possible links P, where S counts as part of P (Och and Ney 2003, "A systematic comparison of
    various statistical alignment models"). 0 where nothing is sure and nothing was found.
    """
    hits = total = 0
    for own, certain, likely in zip(found, sure, possible, strict=True):
        links, gold = _pairs(own), _pairs(certain)
        hits += len(links & gold) + len(links & (gold | _pairs(likely)))
        total += len(links) + len(gold)
    return 1 - hits / total if total else 0.0


def read_sentences(path: Path) -> list[Pair]:
    """The tokens of lines `source ||| target`."""
    pairs = (line.split("|||") for line in lines_of(path))
    return [(source.split(), target.split()) for source, target in pairs]


def read_gold(path: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Sure links, and possible ones with the sure, of a line each.

    `1-2` is sure and `1p2` possible: source and target position, from 1. Raises ClnerError naming
    the line of anything else.
    """
    sure, possible = [], []
    for number, line in enumerate(lines_of(path), start=1):
        found = [regex.fullmatch(r"(\d+)([-p])(\d+)", link) for link in line.split()]
        if not all(found):
            raise ClnerError(f"{path}:{number}: not links like 1-2 and 1p2: {line!r}")
        links = [((int(link[1]) - 1, int(link[3]) - 1), link[2]) for link in found]
        sure.append(links_of(link for link, kind in links if kind == "-"))
        possible.append(links_of(link for link, _ in links))
    return sure, possible


def _texts(data: Path, source: str, target: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
    paths = [data / "parallel" / f"{name}.{source}-{target}.tsv" for name in names]
    return [pair for path in paths for pair in read_parallel(path, source, target)]


def _english(text: str) -> list[str]:
    return [part for token in tokenise(_plain(text), "en") for part in _at_hyphens(token)]


def _french(text: str) -> list[str]:
    words = []
    for token in tokenise(_plain(text), "fr"):
        while elided := _ELIDED.match(token):
            words.append(elided[1] + "e")
            token = token[elided.end() :]
        for part in _at_hyphens(token):
            words += _CONTRACTED.get(part.lower(), [part])
    return words


def _plain(text: str) -> str:
    return text.replace("’", "'")


def _at_hyphens(token: str) -> Iterator[str]:
    return (part for part in regex.split("(-)", token) if part)


def _by_word(links: list[np.ndarray], word_of: list[list[int]] | None) -> list[np.ndarray]:
    if word_of is None:
        return links
    return [
        links_of((words[source], target) for source, target in own.tolist())
        for own, words in zip(links, word_of, strict=True)
    ]


def _pairs(links: np.ndarray) -> set[tuple[int, int]]:
    return set(map(tuple, links.tolist()))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.alignment_error", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tests", nargs="+", choices=TESTS, default=list(TESTS))
    options = parser.parse_args(arguments)
    print("test", "learnt from", *METHODS, "seconds", sep="\t")
    for test in options.tests:
        gold = TESTS[test](options.data)
        for material in MATERIALS:
            start = time.perf_counter()
            rates = error_rates(gold, material, AlignerSettings())
            seconds = time.perf_counter() - start
            cells = [f"{rates[method]:.3f}" for method in METHODS]
            print(test, material, *cells, f"{seconds:.0f}", sep="\t", flush=True)


if __name__ == "__main__":
    main()
