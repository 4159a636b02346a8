"""Every tagging scheme leads to the same BIO2."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.text.schemes import SchemeError, detect_scheme, to_bio2
from clner.text.tags import Span, tags_of


@st.composite
def entities(draw):
    """Spans left to right, often touching, and the sentence's length."""
    spans, position = [], 0
    for gap, length, kind in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from(["PER", "E-X"])))
    ):
        start = position + gap
        position = start + length
        spans.append(Span(start, position, kind))
    return spans, position + draw(st.integers(0, 2))


def iob1(spans, length):
    tags = ["O"] * length
    for start, end, kind in spans:
        tags[start:end] = [f"I-{kind}"] * (end - start)
    for left, right in pairwise(spans):
        if left.end == right.start and left.type == right.type:
            tags[right.start] = f"B-{right.type}"
    return tags


def with_ends(spans, length, letters):
    begin, inside, end_letter, single = letters
    tags = ["O"] * length
    for start, end, kind in spans:
        run = [begin, *[inside] * (end - start - 2), end_letter] if end - start > 1 else [single]
        tags[start:end] = [f"{letter}-{kind}" for letter in run]
    return tags


WRITERS = {
    "BIO2": (lambda spans, length: tags_of(spans, length), "BIO2"),
    "IOB1": (iob1, "IOB1"),
    "BIO2 as BIO": (lambda spans, length: tags_of(spans, length), "BIO"),
    "IOB1 as BIO": (iob1, "BIO"),
    "BIOES": (lambda spans, length: with_ends(spans, length, "BIES"), "BIOES"),
    "BILOU": (lambda spans, length: with_ends(spans, length, "BILU"), "BIOES"),
}


@pytest.mark.parametrize("name", WRITERS)
@given(entities())
def test_declared_scheme_gives_back_the_entities(name, sentence):
    write, scheme = WRITERS[name]
    assert to_bio2(write(*sentence), scheme) == tags_of(*sentence)


@pytest.mark.parametrize("name", [name for name in WRITERS if " as " not in name])
@given(st.lists(entities(), min_size=1, max_size=5))
def test_detected_scheme_gives_back_the_entities(name, sentences):
    write, _ = WRITERS[name]
    written = [write(*sentence) for sentence in sentences]
    scheme = detect_scheme(written)
    assert [to_bio2(tags, scheme) for tags in written] == [tags_of(*s) for s in sentences]


def test_an_orphan_decides_for_iob1_only_without_a_needless_b():
    assert detect_scheme([["I-PER", "O"]]) == "IOB1"
    assert detect_scheme([["I-PER", "B-PER"], ["O"]]) == "IOB1"
    assert detect_scheme([["B-PER", "I-PER"], ["I-PER"]]) == "BIO2"
    assert detect_scheme([["O"], []]) == "BIO2"


def test_touching_entities_in_iob1():
    assert to_bio2(["I-PER", "B-PER", "I-LOC"], "IOB1") == ["B-PER", "B-PER", "B-LOC"]


@pytest.mark.parametrize(
    ("scheme", "tags", "position", "message"),
    [
        ("BIO2", ["O", "I-PER"], 1, "I-PER continues no entity"),
        ("BIO2", ["B-PER", "I-LOC"], 1, "I-LOC continues no entity"),
        ("IOB1", ["I-PER", "B-LOC"], 1, "B-LOC does not follow"),
        ("BIOES", ["B-PER", "O", "O"], 1, "O follows where scheme BIOES wants I-PER or E-PER"),
        ("BIOES", ["O", "B-PER"], 1, "the sentence ends"),
        ("BIOES", ["B-PER", "E-LOC"], 1, "E-LOC follows"),
        ("BIOES", ["S-PER", "E-PER"], 1, "E-PER continues no entity"),
        ("BIO2", ["O", "PER"], 1, "unknown tag 'PER'; BIO2 has O, B-<type>, I-<type>"),
        ("BIO2", ["B-"], 0, "unknown tag 'B-'"),
        ("BIO2", ["B_PER"], 0, "unknown tag 'B_PER'"),
        ("BIO2", [""], 0, "unknown tag ''"),
        ("BIO", ["S-PER"], 0, "unknown tag 'S-PER'"),
    ],
)
def test_an_inconsistent_tag_is_placed(scheme, tags, position, message):
    with pytest.raises(SchemeError) as caught:
        to_bio2(tags, scheme)
    assert caught.value.position == position
    assert message in str(caught.value)
