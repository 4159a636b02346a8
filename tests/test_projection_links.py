"""Entities placed by word links: beside a plain loop, and where names begin and end."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clner.alignment.links import links_of
from clner.projection.arrival import Arrival, Loss, best_apart, none_overlapping, overlap
from clner.projection.edges import Edges
from clner.projection.links import by_links, word_pairs
from clner.projection.settings import LinkRules
from clner.text.tags import Span

BARE = LinkRules(least_score=0, gap=99, trim=False, grow=False)
pairs = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 9)), max_size=16)


def place(links, span, source, target, rules=BARE, languages=("en", "es")):
    source, target = source.split(), target.split()
    [outcome] = by_links([span], links_of(links), source, target, Edges(*languages), rules)
    if isinstance(outcome, Loss):
        return outcome.reason
    return " ".join(target[outcome.start : outcome.end])


def best_by_loop(links, span, gap):
    """The place of highest Dice among all, by counting."""
    own = [target for source, target in links if span.start <= source < span.end]
    best = None
    for start in sorted(set(own)):
        for end in sorted({target + 1 for target in own if target >= start}):
            inside = sorted(target for target in own if start <= target < end)
            touched = sum(start <= target < end for _, target in links)
            if any(b - a > gap + 1 for a, b in pairwise(inside)):
                continue
            dice = 2 * len(inside) / (len(own) + touched)
            if best is None or dice > best[2]:
                best = (start, end, dice)
    return best


@given(links=pairs, edges=st.tuples(st.integers(0, 7), st.integers(1, 3)), gap=st.integers(0, 6))
def test_the_place_is_the_one_a_plain_loop_finds(links, edges, gap):
    span = Span(edges[0], min(edges[0] + edges[1], 8), "X")
    rules = BARE.model_copy(update={"gap": gap})
    words = ["w"] * 8, ["v"] * 10
    [outcome] = by_links([span], links_of(links), *words, Edges("en", "es"), rules)
    expected = best_by_loop(links, span, gap)
    if expected:
        assert outcome[:3] == pytest.approx(expected)
    else:
        assert outcome == Loss("not aligned")


@given(links=pairs, edges=st.sets(st.integers(0, 8), max_size=8), data=st.data())
@settings(deadline=None)
def test_places_fit_and_stand_apart_whatever_the_words(links, edges, data):
    bounds = sorted(edges)
    spans = [Span(a, b, "X") for a, b in zip(bounds[::2], bounds[1::2], strict=False)]
    word = (
        st.sampled_from(["", "la", "La", "Haya", "-", "“", "👩‍👧", "שלום", "A", "北"]) | st.text()
    )
    source, target = (data.draw(st.lists(word, min_size=n, max_size=n)) for n in (8, 10))
    for languages in (("en", "es"), ("en", "zh"), ("xx", "yy")):
        own = by_links(spans, links_of(links), source, target, Edges(*languages), LinkRules())
        arrived = sorted(outcome for outcome in own if isinstance(outcome, Arrival))
        assert len(own) == len(spans)
        assert all(0 <= o.start < o.end <= 10 and 0 < o.score <= 1 for o in arrived)
        assert all(a.end <= b.start for a, b in pairwise(arrived))


def test_a_stray_link_is_left_out_and_a_gap_is_filled():
    source, target = "the European Parliament said", "dijo el Parlamento hoy Europeo y la casa x"
    span = Span(1, 3, "ORG")
    assert place([(1, 4), (2, 2)], span, source, target) == "Parlamento hoy Europeo"
    own = [(1, 4), (2, 2), (2, 8), (0, 5), (3, 6), (3, 7)]
    assert place(own, span, source, target) == "Parlamento hoy Europeo"
    assert place(own, span, source, target, LinkRules(least_score=0.9)) == "links scattered"
    narrow = LinkRules(gap=0, least_score=0)
    assert place([(1, 4), (2, 2)], span, source, target, narrow) == "Parlamento"


@pytest.mark.parametrize(
    ("source", "span", "target", "links", "language", "place_of"),
    [
        ("the EU", (1, 2), "la UE", [(1, 0), (1, 1)], "es", "UE"),
        ("in the EU .", (2, 3), "in der EU ,", [(2, 1), (2, 2), (2, 3)], "de", "EU"),
        ("in The Hague", (1, 3), "en La Haya", [(1, 1), (2, 2)], "es", "La Haya"),
        ("The Hague is", (0, 2), "La Haya es", [(0, 0), (1, 1)], "es", "La Haya"),
        ("Parliament is", (0, 1), "El Parlamento es", [(0, 0), (0, 1)], "es", "Parlamento"),
        ("in Los Angeles", (1, 3), "en los Angeles", [(1, 1), (2, 2)], "es", "los Angeles"),
        ("said “ The Times ”", (1, 5), "« Times »", [(1, 0), (3, 1), (4, 2)], "es", "« Times »"),
        ("the Times said", (1, 2), "el « Times »", [(1, 1), (1, 2), (1, 3)], "es", "Times"),
        ("of France", (1, 2), "de l’ Europe", [(1, 1), (1, 2)], "fr", "Europe"),
        ("Ana 's house", (0, 1), "安 娜 的 家", [(0, 0), (0, 1), (0, 2)], "zh", "安 娜"),
        ("in Tripoli", (1, 2), "在 的 黎", [(1, 1), (1, 2)], "zh", "的 黎"),
        ("Rome is", (0, 1), "ロ ー マ は", [(0, 0), (0, 1), (0, 2), (0, 3)], "ja", "ロ ー マ"),
        ("the Fund is", (1, 2), "der Fonds neu ist", [(1, 1), (1, 2)], "de", "Fonds"),
        ("the Fund is", (1, 2), "der Fonds 1 für neue", [(1, 1), (1, 3), (1, 4)], "de", "Fonds 1"),
        ("the Fund is", (1, 2), "el Fondo nuevo es", [(1, 1), (1, 2)], "es", "Fondo nuevo"),
        ("the Fund now is", (1, 3), "der Fonds neu ist", [(1, 1), (2, 2)], "de", "Fonds neu"),
        ("of Ana 's", (1, 2), "של אנה", [(1, 0), (1, 1)], "he", "אנה"),
        ("of Ana .", (1, 2), "της Άννας", [(1, 0), (1, 1)], "el", "Άννας"),
        ("in Prague", (1, 2), "we Wrocławiu", [(1, 0), (1, 1)], "pl", "Wrocławiu"),
        ("and Ankara", (1, 2), "ve Ankara için", [(1, 0), (1, 1), (1, 2)], "tr", "Ankara"),
        ("the Council", (1, 2), "el", [(1, 0)], "es", "nothing but function words and punctuation"),
    ],
)  # fmt: skip
def test_function_words_and_punctuation_at_the_edges(
    source, span, target, links, language, place_of
):
    rules = LinkRules(grow=False)
    assert place(links, Span(*span, "X"), source, target, rules, ("en", language)) == place_of


@pytest.mark.parametrize(
    ("source", "target", "links", "language", "place_of"),
    [
        ("the UK is", "y el Reino Unido es", [(1, 3)], "es", "Reino Unido"),
        ("the UK is", "Reino Unido es", [(1, 1)], "es", "Unido"),
        ("the UK is", "y el Reino Unido es", [(1, 3), (0, 2)], "es", "Unido"),
        ("the UK is", "NO AL REINO UNIDO", [(1, 3)], "es", "UNIDO"),
        ("the PPE is", "del PPE / FN es", [(1, 1)], "es", "PPE / FN"),
        ("the PPE is", "del PPE / es", [(1, 1)], "es", "PPE"),
        ("the Union is", "die Sitzung Union ist", [(1, 2)], "de", "Union"),
        ("the Union is", "y En Unión es la ley", [(1, 2)], "es", "Unión"),
    ],
)
def test_words_without_a_link_that_look_like_more_of_the_name(
    source, target, links, language, place_of
):
    own = place(links, Span(1, 2, "X"), source, target, LinkRules(), ("en", language))
    assert own == place_of


def test_words_of_the_entity_are_found_again_where_nouns_are_capitalised():
    german = ("en", "de")
    span, target = Span(1, 3, "PER"), "heute Abend traf barón Kai Lund dort"
    assert place([(1, 4)], span, "met Kai Lund", target, LinkRules(), german) == "Kai Lund"
    assert place([(1, 4)], Span(1, 2, "PER"), "met Kai", target, LinkRules(), german) == "Kai"


def test_of_places_that_overlap_the_better_stays():
    better, worse, third = Arrival(0, 2, 0.9), Arrival(1, 3, 0.8), Arrival(2, 4, 0.7)
    taken = Loss("taken")
    assert best_apart([worse, better, third], taken) == [taken, better, third]
    assert best_apart([better, better], taken) == [better, taken]
    assert none_overlapping([worse, better, third], taken) == [taken] * 3
    assert none_overlapping([better, third], taken) == [better, third]


arrivals = st.builds(
    lambda start, length, score: Arrival(start, start + length, score),
    st.integers(0, 9),
    st.integers(1, 4),
    st.sampled_from([0.5, 0.7, 1.0]),
)


@given(st.lists(arrivals | st.just(Loss("not aligned")), max_size=8))
def test_no_place_is_given_up_without_a_better_one(outcomes):
    kept = best_apart(outcomes, Loss("taken"))
    stay = [outcome for outcome in kept if isinstance(outcome, Arrival)]
    assert not any(overlap(a, b) for n, a in enumerate(stay) for b in stay[:n])
    for before, after in zip(outcomes, kept, strict=True):
        if after == Loss("taken"):
            assert any(overlap(before, other) and other.score >= before.score for other in stay)
        else:
            assert after == before


@given(pairs)
def test_word_pairs_are_linked_to_nothing_else(links):
    expected = [
        [s, s + 1, t, t + 1]
        for s, t in sorted(links)
        if sum(a == s for a, _ in links) == sum(b == t for _, b in links) == 1
    ]
    assert word_pairs(links_of(links)) == expected


def test_a_very_long_sentence_is_placed_at_once():
    length = 20_000
    links = np.stack([np.arange(length)] * 2, axis=1)
    spans = [Span(n, n + 2, "X") for n in range(0, length, 1000)]
    words = [f"Word{n}" for n in range(length)]
    outcomes = by_links(spans, links, words, words, Edges("en", "es"), LinkRules())
    assert outcomes == [Arrival(span.start, span.end, 1.0) for span in spans]
