"""Kinds of errors: examples of each, and a naive pairing beside ours."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.analysis.errors import KINDS, errors_of
from clner.text.tags import Span, spans_of


def span(text: str) -> Span:
    start, end, kind = text.split()
    return Span(int(start), int(end), kind)


@pytest.mark.parametrize(
    ("gold", "predicted", "kind"),
    [
        ("0 2 PER", None, "missed"),
        (None, "0 2 PER", "spurious"),
        ("0 2 PER", "0 2 LOC", "type"),
        ("0 2 PER", "1 2 PER", "boundary"),
        ("0 2 PER", "1 3 LOC", "boundary and type"),
    ],
)
def test_each_kind(gold, predicted, kind):
    spans = [[span(text)] if text else [] for text in (gold, predicted)]
    (error,) = errors_of(*spans)
    assert error.kind == kind
    assert error.type == (gold or predicted).split()[2]


def test_what_only_touches_is_missed_and_spurious():
    found = errors_of([Span(0, 2, "PER")], [Span(2, 3, "PER")])
    assert [error.kind for error in found] == ["missed", "spurious"]


def test_one_long_prediction_over_two_entities_is_one_boundary_and_one_missed():
    gold = [Span(0, 1, "PER"), Span(1, 4, "PER")]
    found = errors_of(gold, [Span(0, 4, "PER")])
    assert [(error.kind, error.gold) for error in found] == [
        ("missed", gold[0]),
        ("boundary", gold[1]),
    ]


def test_a_right_type_goes_before_a_longer_overlap():
    gold = [Span(0, 1, "PER"), Span(1, 4, "LOC")]
    (missed, boundary) = sorted(errors_of(gold, [Span(0, 4, "PER")]), key=lambda e: e.kind)[::-1]
    assert (missed.kind, missed.gold) == ("missed", gold[1])
    assert (boundary.kind, boundary.gold) == ("boundary", gold[0])


tags = st.lists(st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]), max_size=12)


@given(tags, tags)
def test_each_entity_is_counted_once(ours, theirs):
    gold, predicted = spans_of(ours), spans_of(theirs)
    found = errors_of(gold, predicted)
    right = set(gold) & set(predicted)
    assert Counter(e.gold for e in found if e.gold) == Counter(set(gold) - right)
    assert Counter(e.predicted for e in found if e.predicted) == Counter(set(predicted) - right)
    assert {error.kind for error in found} <= set(KINDS)


def naive(gold: list[Span], predicted: list[Span]) -> Counter:
    """Pair by pair: look through all that is left for the best, by the rules in words."""
    left = [g for g in gold if g not in predicted]
    over = [p for p in predicted if p not in gold]
    kinds: Counter[str] = Counter()
    while True:
        pairs = [(g, p) for g in left for p in over if set(range(*g[:2])) & set(range(*p[:2]))]
        if not pairs:
            break

        def rank(pair):
            g, p = pair
            shared = len(set(range(*g[:2])) & set(range(*p[:2])))
            same_tokens = g[:2] == p[:2]
            return (not same_tokens, g.type != p.type, -shared, g, p)

        g, p = min(pairs, key=rank)
        left.remove(g)
        over.remove(p)
        words = [] if g[:2] == p[:2] else ["boundary"]
        words += [] if g.type == p.type else ["type"]
        kinds[" and ".join(words)] += 1
    kinds.update({"missed": len(left), "spurious": len(over)})
    return +kinds


@given(tags, tags)
def test_a_naive_pairing_finds_the_same(ours, theirs):
    gold, predicted = spans_of(ours), spans_of(theirs)
    assert Counter(e.kind for e in errors_of(gold, predicted)) == naive(gold, predicted)


@given(tags)
def test_what_is_right_has_no_error(ours):
    assert errors_of(spans_of(ours), spans_of(ours)) == []
