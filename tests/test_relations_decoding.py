"""Entities from grids, against a loop over cells, and what they become as tags."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clner.corpora.conll import read_conll
from clner.relations.decoding import decode_grid
from clner.relations.grid import gold_grid
from clner.relations.inventory import FIRST_TYPE, NNW
from clner.text.spans import ScoredSpan, flat, flat_tags
from clner.text.tags import IGNORED, Span, spans_of, tag_set, tags_of

TYPES = ["PER", "LOC"]
SHARED = Path(__file__).parents[2] / "shared" / "data" / "ner"


def naive_decode(p: np.ndarray, length: int, recall: bool) -> tuple[list, int, int]:
    """Entities, open chains and unlinked THW of a sentence, cell by cell."""
    best = p.argmax(-1)

    def linked(i, j):
        return all(best[k, k + 1] == NNW for k in range(i, j))

    def confidence(i, j, kind):
        return min([p[j, i, kind], *(p[k, k + 1, NNW] for k in range(i, j))])

    found, unlinked, open_chains = [], 0, 0
    for i in range(length):
        for j in range(i, length):
            if best[j, i] >= FIRST_TYPE:
                if linked(i, j):
                    found.append((i, j, best[j, i]))
                else:
                    unlinked += 1
    for i in range(length):
        for j in range(i + 1, length):
            longest = not (i > 0 and linked(i - 1, i)) and not (j + 1 < length and linked(j, j + 1))
            inner = any(i <= a and b <= j for a, b, _ in found if (a, b) != (i, j))
            if linked(i, j) and longest and not inner and best[j, i] < FIRST_TYPE:
                open_chains += 1
                if recall:
                    found.append((i, j, FIRST_TYPE + p[j, i, FIRST_TYPE:].argmax()))
    spans = [ScoredSpan(i, j + 1, TYPES[r - FIRST_TYPE], confidence(i, j, r)) for i, j, r in found]
    return sorted(spans), open_chains, unlinked


def drawn_grids(lengths: list[int], seed: int) -> torch.Tensor:
    """Distributions with many links and many entities, padding filled with the same."""
    random = np.random.default_rng(seed)
    size = max(lengths)
    p = random.dirichlet(np.full(FIRST_TYPE + len(TYPES), 0.3), (len(lengths), size, size))
    often = random.random((len(lengths), size - 1)) < 0.5
    rows, words = often.nonzero()
    p[rows, words, words + 1] = [0.1, 0.7, 0.1, 0.1]
    p[rows, words, words + 1, NNW] += random.random(len(rows)) / 10
    return torch.from_numpy(p.astype(np.float32))


@settings(deadline=None, max_examples=150)
@given(
    lengths=st.lists(st.integers(0, 7), min_size=1, max_size=5).filter(any),
    recall=st.booleans(),
    seed=st.integers(0, 9999),
)
def test_decoding_is_that_of_a_loop_over_cells(lengths, recall, seed):
    p = drawn_grids(lengths, seed)
    spans = decode_grid(p, torch.tensor(lengths), recall)
    expected = [naive_decode(p[r].numpy(), n, recall) for r, n in enumerate(lengths)]
    assert spans.by_row(TYPES, len(lengths)) == [own for own, _, _ in expected]
    assert spans.open_chains == sum(chains for _, chains, _ in expected)
    assert spans.unlinked == sum(unlinked for _, _, unlinked in expected)
    assert spans.confidence.dtype == np.float32


def grid_of(cells: dict[tuple[int, int], list[float]], size: int) -> torch.Tensor:
    p = torch.tensor([0.97, 0.01, 0.01, 0.01]).repeat(1, size, size, 1)
    for (i, j), own in cells.items():
        p[0, i, j] = torch.tensor(own)
    return p


LINK = [0.1, 0.8, 0.05, 0.05]


def test_nested_and_overlapping_entities_are_all_found():
    cells = {(k, k + 1): LINK for k in range(3)}
    cells |= {(3, 0): [0.1, 0, 0.9, 0], (1, 1): [0.3, 0, 0, 0.7], (2, 0): [0.4, 0, 0, 0.6]}
    cells[3, 1] = [0.45, 0, 0.55, 0]
    spans = decode_grid(grid_of(cells, 5), torch.tensor([5]))
    assert [span[:3] for span in spans.by_row(TYPES, 1)[0]] == [
        (0, 3, "LOC"),
        (0, 4, "PER"),
        (1, 2, "LOC"),
        (1, 4, "PER"),
    ]
    assert spans.confidence.tolist() == pytest.approx([0.6, 0.8, 0.7, 0.55])


def test_of_two_types_of_one_span_the_likelier_is_it():
    p = grid_of({(0, 0): [0.2, 0, 0.35, 0.45]}, 1)
    assert decode_grid(p, torch.tensor([1])).by_row(TYPES, 1) == [
        [ScoredSpan(0, 1, "LOC", pytest.approx(0.45))]
    ]


def test_a_chain_without_an_entity_becomes_one_only_if_asked():
    p = grid_of({(1, 2): LINK, (2, 3): LINK, (3, 1): [0.7, 0, 0.1, 0.2]}, 5)
    length = torch.tensor([5])
    strict, lenient = decode_grid(p, length), decode_grid(p, length, recall=True)
    assert (len(strict.row), strict.open_chains, strict.unlinked) == (0, 1, 0)
    assert lenient.by_row(TYPES, 1) == [[ScoredSpan(1, 4, "LOC", pytest.approx(0.2))]]
    assert lenient.open_chains == 1


@pytest.mark.parametrize("size", [1, 2, 512])
def test_grids_without_entities(size):
    spans = decode_grid(grid_of({}, size), torch.tensor([size]), recall=True)
    assert spans.by_row(TYPES, 1) == [[]]
    assert (spans.open_chains, spans.unlinked) == (0, 0)


def test_a_sentence_of_512_words_that_are_one_entity():
    cells = {(k, k + 1): LINK for k in range(511)} | {(511, 0): [0.1, 0, 0, 0.9]}
    spans = decode_grid(grid_of(cells, 512), torch.tensor([512]))
    assert spans.by_row(TYPES, 1) == [[ScoredSpan(0, 512, "LOC", pytest.approx(0.8))]]


def decoded_gold(batch: list[list[str]], tag_names: list[str]) -> list[list[Span]]:
    """Tags to grids and back; padding is full of links and entities."""
    index = {name: number for number, name in enumerate(tag_names)}
    tags = torch.full((len(batch), max(map(len, batch))), IGNORED)
    for row, own in enumerate(batch):
        tags[row, : len(own)] = torch.tensor([index[tag] for tag in own])
    grid = gold_grid(tags)
    noise = torch.full_like(grid, FIRST_TYPE)
    noise.diagonal(1, 1, 2)[:] = NNW
    grid = torch.where(grid == IGNORED, noise, grid)
    relations = FIRST_TYPE + len(tag_names) // 2
    probabilities = torch.nn.functional.one_hot(grid, relations).float()
    lengths = (tags != IGNORED).sum(1)
    spans = decode_grid(probabilities, lengths)
    assert (spans.open_chains, spans.unlinked) == (0, 0)
    types = [name[2:] for name in tag_names[1::2]]
    return [[Span(*span[:3]) for span in own] for own in spans.by_row(types, len(batch))]


def batches(rows: list[list[str]], cells: int) -> Iterator[list[list[str]]]:
    """Sentences of falling lengths in batches whose padded grids have at most so many cells."""
    start = 0
    while start < len(rows):
        size = max(1, cells // len(rows[start]) ** 2)
        yield rows[start : start + size]
        start += size


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data in ../shared/data is absent")
@pytest.mark.parametrize("corpus", ["conll", "wikiann", "human", "europarl"])
def test_gold_grids_of_real_sentences_decode_to_their_entities(corpus):
    files = sorted((SHARED / corpus).glob("*/*.conll"))
    assert files
    for file in files:
        rows = sorted((sentence.tags for sentence in read_conll(file)), key=len, reverse=True)
        names = tag_set(sorted({tag[2:] for tags in rows for tag in tags if tag != "O"}))
        for batch in batches(rows, 500_000):
            assert decoded_gold(batch, names) == [spans_of(tags) for tags in batch], file


tags = st.lists(st.sampled_from(tag_set(TYPES)), min_size=1, max_size=12)


@settings(deadline=None)
@given(st.lists(tags, min_size=1, max_size=4))
def test_gold_grids_decode_to_their_entities(batch):
    assert decoded_gold(batch, tag_set(TYPES)) == [spans_of(own) for own in batch]


spans = st.builds(
    lambda start, size, kind, score: ScoredSpan(start, start + size, kind, score),
    st.integers(0, 8),
    st.integers(1, 4),
    st.sampled_from(TYPES),
    st.sampled_from([0.2, 0.5, 0.9]),
)


@settings(deadline=None)
@given(st.lists(spans, max_size=8, unique_by=lambda span: span[:2]))
def test_flat_spans_do_not_overlap_and_what_is_dropped_met_a_better_one(found):
    def rank(span):
        return (span.confidence, span.end - span.start, -span.start)

    kept = flat(found)
    assert set(kept) <= set(found)
    assert tags_of([Span(*s[:3]) for s in kept], 12) == flat_tags(found, 12)
    for span in set(found) - set(kept):
        met = [k for k in kept if k.start < span.end and span.start < k.end]
        assert any(rank(k) > rank(span) for k in met)


def test_a_dropped_span_drops_no_other():
    found = [
        ScoredSpan(0, 2, "PER", 0.9),
        ScoredSpan(1, 4, "LOC", 0.8),
        ScoredSpan(3, 5, "PER", 0.7),
    ]
    assert flat(found) == [found[0], found[2]]
    assert flat_tags(found, 5) == ["B-PER", "I-PER", "O", "B-PER", "I-PER"]


def test_of_equals_the_longer_then_the_earlier_is_kept():
    short, long = ScoredSpan(0, 1, "PER", 0.5), ScoredSpan(0, 2, "LOC", 0.5)
    late = ScoredSpan(1, 3, "PER", 0.5)
    assert flat([short, late, long]) == [long]
