"""Windows, batches and decoding against naive loops."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clner.tagging.decoding import decode
from clner.tagging.pieces import stretches
from clner.text.tags import IGNORED, Span, spans_of, tag_set, tags_of

TAGS = tag_set(["PER", "LOC"])


@settings(deadline=None)
@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=60), limit=st.integers(6, 40))
def test_windows_fit_and_keep_every_token_once(lengths, limit):
    kept = []
    for start, end, keep_start, keep_end in stretches(np.array(lengths), limit):
        assert sum(lengths[start:end]) <= limit
        assert start <= keep_start < keep_end <= end
        kept += range(keep_start, keep_end)
    assert kept == list(range(len(lengths)))


def test_a_sentence_that_fits_is_one_window():
    assert stretches(np.array([2, 3, 1]), 6) == [(0, 3, 0, 3)]


def test_neighbouring_windows_share_context():
    bounds = stretches(np.ones(100, dtype=int), 40)
    assert len(bounds) > 2
    for left, right in itertools.pairwise(bounds):
        assert left[1] - right[0] == 10
        assert left[3] == right[2]


def valid(tags: tuple[str, ...]) -> bool:
    before = ["O", *tags[:-1]]
    return all(
        not tag.startswith("I-") or (last[2:] == tag[2:] and last != "O")
        for last, tag in zip(before, tags, strict=True)
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.integers(0, 1000))
def test_decoding_finds_the_best_valid_sequence(lengths, seed):
    random = np.random.default_rng(seed)
    probabilities = [random.dirichlet(np.full(len(TAGS), 0.5), n) for n in lengths]
    decoded = decode(probabilities, TAGS)
    for p, tags in zip(probabilities, decoded, strict=True):
        assert valid(tuple(tags))
        assert len(tags) == len(p)
        logs = np.log(np.maximum(p, 1e-12))

        def score(sequence, logs=logs):
            return sum(logs[n, TAGS.index(tag)] for n, tag in enumerate(sequence))

        best = max(filter(valid, itertools.product(TAGS, repeat=len(p))), key=score)
        assert score(tags) == pytest.approx(score(best), abs=1e-9)


@given(
    st.lists(st.sampled_from(TAGS), min_size=1, max_size=12).filter(lambda tags: valid(tuple(tags)))
)
def test_spans_and_tags_are_inverse(tags):
    assert tags_of(spans_of(tags), len(tags)) == tags


def test_strict_reading_ignores_a_dangling_inside_tag():
    assert spans_of(["I-PER", "B-LOC", "I-PER", "O"]) == [Span(1, 2, "LOC")]


@pytest.mark.parametrize(
    "spans", [[(0, 2, "PER"), (1, 3, "LOC")], [(2, 2, "PER")], [(1, 9, "PER")]]
)
def test_spans_that_cannot_be_tagged_are_refused(spans):
    with pytest.raises(ValueError, match="span"):
        tags_of([Span(*span) for span in spans], 4)


def test_ignored_is_what_torch_ignores_by_default():
    assert IGNORED == -100


@pytest.fixture(scope="module")
def pieces():
    from clner.encoders.vocabulary import train_tokenizer
    from clner.tagging.pieces import Pieces

    return Pieces(train_tokenizer([["the", "dog", "Anna", "sees", "."]], 100, 1), 64)


@pytest.mark.parametrize("parts", [1, 4])
def test_hiding_leaves_the_shape_of_the_hidden_and_all_of_the_others(pieces, parts):
    tokens = ["Anna", "sees", "handsto", "."]
    [[window]] = pieces.windows([tokens])
    hidden = np.array([True, False, True, False])
    names = pieces._tokenizer.convert_ids_to_tokens
    sizes = set()
    for _ in range(30):
        shown = pieces.hide(window, hidden, parts)
        text = names(shown.ids)
        begins = [*shown.firsts, len(text) - 1]
        words = [text[a:b] for a, b in itertools.pairwise(begins)]
        assert (text[0], text[-1]) == ("[CLS]", "[SEP]")
        assert words[0][0] == "[shape-100000]"
        assert all(piece.startswith("[shape-") for piece in words[0] + words[2])
        assert (words[1], words[3]) == (["sees"], ["."])
        sizes.add((len(words[0]), len(words[2])))
    original = np.diff([*window.firsts, len(window.ids) - 1])
    if parts == 1:
        assert sizes == {(original[0], original[2])}
    else:
        assert {size for size, _ in sizes} == {1, 2, 3, 4}


def test_windows_longer_than_the_encoder_reads_are_refused(pieces):
    from clner.errors import ClnerError
    from clner.tagging.pieces import Pieces

    with pytest.raises(ClnerError, match="max_length = 1024: this encoder reads 512 subwords"):
        Pieces(pieces._tokenizer, 1024)


@pytest.fixture
def maker(pieces):
    from clner.tagging.pieces import Pieces
    from clner.tagging.rows import RowMaker

    return RowMaker(Pieces(pieces._tokenizer, 14), TAGS)


@settings(deadline=None, max_examples=60)
@given(
    tags=st.lists(st.sampled_from(TAGS), min_size=1, max_size=40).map(
        lambda tags: tags_of(spans_of(tags), len(tags))
    )
)
def test_no_window_shows_a_part_of_an_entity(tags):
    from clner.tagging.rows import _seen

    numbers = np.array([TAGS.index(tag) for tag in tags])
    whole = set(spans_of(tags))
    for start, end, _, _ in stretches(np.ones(len(tags), dtype=int), 8):
        window = SimpleNamespace(start=start, firsts=np.arange(end - start))
        seen = _seen(numbers, window)
        assert len(seen) == end - start
        shown = ["O" if n == IGNORED else TAGS[n] for n in seen]
        found = {Span(s.start + start, s.end + start, s.type) for s in spans_of(shown)}
        assert found == {span for span in whole if start <= span.start and span.end <= end}
        hidden = {start + n for n in np.flatnonzero(seen == IGNORED)}
        cut = {n for s in whole - found for n in range(s.start, s.end) if start <= n < end}
        assert hidden == cut


def test_only_first_windows_of_a_sentence_say_the_same(maker):
    from clner.tagging.batches import Collator
    from clner.tagging.rows import labelled_examples
    from clner.text.sentence import Sentence

    tokens = ["Anna", "sees", "the", "dog", "."] * 6
    source = Sentence("a", tokens, ["O"] * 30)
    other = Sentence("a~", tokens[:5], ["O"] * 5, {"source_id": "a"})
    batch = Collator(maker)(
        labelled_examples({"source": [source], "translation": [other]}, [], maker)
    )
    numbers = batch["meaning"].tolist()
    assert len(numbers) > 3
    assert [number == 0 for number in numbers] == [True, *[False] * (len(numbers) - 2), True]
    assert len(set(numbers)) == len(numbers) - 1
