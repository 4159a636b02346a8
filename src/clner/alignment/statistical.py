"""Word alignment learnt from sentence pairs: eflomal, by SIL Thot.

eflomal (Östling and Tiedemann 2016, "Efficient word alignment with Markov chain Monte Carlo")
samples links under IBM model 1, then an HMM, then fertilities. Its own program seeds itself from
the system and cannot repeat a result; Thot's implementation takes a seed.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from clner.alignment.links import symmetrise
from clner.alignment.settings import AlignerSettings
from clner.errors import ClnerError
from clner.jobs.progress import progress
from clner.text.scripts import phrase_tokens

Pair = tuple[list[str], list[str]]

LONGEST = 1024
"""Words of a sentence that the model takes; longer pairs are cut at proportional places."""


class _Piece(NamedTuple):
    """Words of sentence pair `pair`, and where they begin in it."""

    pair: int
    source_start: int
    target_start: int
    words: Pair


def align_statistically(
    pairs: list[Pair],
    further: list[Pair],
    settings: AlignerSettings,
    lexicon: dict[str, list[str]] | None = None,
    seed: int = 0,
    job: str = "alignment",
) -> list[np.ndarray]:
    """The links (K, 2) of each pair of source and target tokens, as `clner.alignment.links` says.

    They are learnt from `pairs` together with `further` pairs and, as pairs of their own, the
    phrases of `lexicon` (source phrase -> target phrases) whose words occur in both. Tokens may
    be any text; a pair with an empty side has no links. The same arguments give the same links on
    the same machine, whatever the number of threads. `job` is what the lines of progress begin
    with.
    """
    directions = align_both_ways(pairs, further, settings, lexicon, seed, job)
    return [symmetrise(*both, settings.symmetrisation) for both in zip(*directions, strict=True)]


def align_both_ways(
    pairs: list[Pair],
    further: list[Pair],
    settings: AlignerSettings,
    lexicon: dict[str, list[str]] | None = None,
    seed: int = 0,
    job: str = "alignment",
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """As `align_statistically`, before the links of both directions are made one set.

    In the first list each target word has at most one link, in the second each source word.
    """
    pieces = [piece for number, pair in enumerate(pairs) for piece in _cut(number, pair)]
    more = [piece.words for pair in further for piece in _cut(0, pair)]
    corpus = [piece.words for piece in pieces] + more
    corpus = _keyed(corpus + _entries(lexicon or {}, corpus), settings.prefix_length)
    turned = [(target, source) for source, target in corpus]
    given = len(pieces), settings, seed
    forward = [np.argwhere(grid) for grid in _grids(corpus, *given, f"{job}, eflomal, 1 of 2")]
    backward = [np.argwhere(grid.T) for grid in _grids(turned, *given, f"{job}, eflomal, 2 of 2")]
    return _joined(forward, pieces, len(pairs)), _joined(backward, pieces, len(pairs))


def _cut(number: int, pair: Pair) -> list[_Piece]:
    """As few pieces as keep both sides within LONGEST, as many on one side as on the other."""
    count = -(-max(len(side) for side in pair) // LONGEST)
    edges = (np.linspace(0, len(side), count + 1).astype(int).tolist() for side in pair)
    source, target = pair
    return [
        _Piece(number, start, other, (source[start:end], target[other:other_end]))
        for (start, end), (other, other_end) in zip(*map(pairwise, edges), strict=True)
    ]


def _entries(lexicon: dict[str, list[str]], corpus: list[Pair]) -> list[Pair]:
    """Phrases of a dictionary as sentence pairs, where all their words occur."""
    sources = _lowered(word for source, _ in corpus for word in source)
    targets = _lowered(word for _, target in corpus for word in target)
    entries = (
        (phrase_tokens(phrase), phrase_tokens(translation))
        for phrase, translations in lexicon.items()
        for translation in translations
    )
    return [
        (source, target)
        for source, target in entries
        if _lowered(source) <= sources and _lowered(target) <= targets
    ]


def _lowered(words: Iterable[str]) -> set[str]:
    return {word.lower() for word in words}


def _keyed(corpus: list[Pair], length: int) -> list[Pair]:
    """The words, shortened: lower case, so that none is Thot's own NULL or UNKNOWN_WORD."""
    return [
        tuple([word.lower()[: length or None] for word in side] for side in pair) for pair in corpus
    ]


def _grids(
    corpus: list[Pair], count: int, settings: AlignerSettings, seed: int, job: str
) -> Iterator[np.ndarray]:
    """(source words, target words) bool of the first `count` pairs, after training on all.

    A target word has at most one link.
    """
    model = _model()
    model.seed = seed
    model.num_samplers = settings.samplers
    model.p0 = settings.null_prior
    model.emit_training_alignments = True
    for source, target in corpus:
        model.add_sentence_pair(source, target)
    model.start_training()
    sweeps = model.scheduled_iterations  # the more the fewer sentences there are
    with progress(job, sweeps, "sweeps") as advance:
        for _ in range(sweeps):
            model.train()
            advance(1)
    model.end_training()
    for number in range(count):
        _, grid = model.get_training_alignment(number)
        yield grid.to_numpy()


def _model():
    try:
        from thot.alignment import EflomalAlignmentModel
    except ImportError:
        raise ClnerError(
            "aligner eflomal: the package sil-thot is not installed; it has no build for this kind "
            "of machine, or: pip install sil-thot"
        ) from None
    return EflomalAlignmentModel()


def _joined(links: list[np.ndarray], pieces: list[_Piece], count: int) -> list[np.ndarray]:
    """The links of `count` sentence pairs from those of their pieces."""
    found: list[list[np.ndarray]] = [[np.zeros((0, 2), np.int64)] for _ in range(count)]
    for own, piece in zip(links, pieces, strict=True):
        found[piece.pair].append(own + np.array([piece.source_start, piece.target_start]))
    return [np.concatenate(own) for own in found]
