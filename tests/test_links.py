"""Links: symmetrisation as it is defined, and the alignment error rate."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.alignment_error import error_rate
from clner.alignment.links import links_of, symmetrise

GROWING = ["grow-diag", "grow-diag-final", "grow-diag-final-and"]
SIDE = 5

link_sets = st.sets(st.tuples(st.integers(0, SIDE - 1), st.integers(0, SIDE - 1)))


def slowly(forward, backward, method):
    """The same by the grid, cell by cell, with every word looked up again each time."""
    union = forward | backward
    kept = forward & backward

    def has_link(source=None, target=None):
        return any(s == source or t == target for s, t in kept)

    grown = True
    while grown:
        grown = False
        for source in range(SIDE):
            for target in range(SIDE):
                near = any(
                    max(abs(s - source), abs(t - target)) == 1 for s, t in kept - {(source, target)}
                )
                is_free = not has_link(source=source) or not has_link(target=target)
                if (source, target) in union - kept and near and is_free:
                    kept = kept | {(source, target)}
                    grown = True
    for candidates in () if method == "grow-diag" else (forward, backward):
        for source, target in sorted(candidates):
            free = [not has_link(source=source), not has_link(target=target)]
            if any(free) if method == "grow-diag-final" else all(free):
                kept = kept | {(source, target)}
    return kept


@pytest.mark.parametrize("method", GROWING)
@given(forward=link_sets, backward=link_sets)
def test_growing_is_as_defined(method, forward, backward):
    found = symmetrise(links_of(forward), links_of(backward), method)
    assert found.tolist() == links_of(slowly(forward, backward, method)).tolist()


@given(forward=link_sets, backward=link_sets)
def test_each_method_keeps_what_the_stricter_one_has(forward, backward):
    order = ["intersection", "grow-diag", "grow-diag-final-and", "union"]
    sets = [
        {tuple(link) for link in symmetrise(links_of(forward), links_of(backward), m).tolist()}
        for m in order
    ]
    assert sets[0] == forward & backward
    assert sets[-1] == forward | backward
    assert all(fewer <= more for fewer, more in pairwise(sets))


def test_growing_takes_a_neighbour_of_a_word_without_link_only():
    both = [(0, 0), (1, 1)]
    forward = links_of([*both, (2, 2), (0, 1), (4, 4)])
    assert symmetrise(forward, links_of(both), "grow-diag").tolist() == [[0, 0], [1, 1], [2, 2]]


def test_final_asks_one_free_word_and_final_and_both():
    both = [(0, 0)]
    forward = links_of([*both, (0, 3), (4, 4)])
    final = symmetrise(forward, links_of(both), "grow-diag-final")
    final_and = symmetrise(forward, links_of(both), "grow-diag-final-and")
    assert final.tolist() == [[0, 0], [0, 3], [4, 4]]
    assert final_and.tolist() == [[0, 0], [4, 4]]


def test_links_are_sorted_and_none_comes_twice():
    links = links_of([(3, 1), (0, 2), (3, 1), (0, 0)])
    assert links.tolist() == [[0, 0], [0, 2], [3, 1]]
    assert links_of([]).shape == (0, 2)
    assert links.dtype == links_of([]).dtype == np.int64


@given(found=link_sets, sure=link_sets, possible=link_sets)
def test_the_error_rate_is_that_of_och_and_ney(found, sure, possible):
    rate = error_rate([links_of(found)], [links_of(sure)], [links_of(possible)])
    if found or sure:
        hits = len(found & sure) + len(found & (sure | possible))
        assert rate == pytest.approx(1 - hits / (len(found) + len(sure)))
    else:
        assert rate == 0


def test_the_error_rate_is_over_all_links_not_a_mean_over_sentences():
    found = [links_of([(0, 0)]), links_of([(0, 0), (1, 1), (2, 2)])]
    gold = [links_of([(0, 0)]), links_of([(0, 1), (1, 0), (2, 1)])]
    assert error_rate(found, gold, gold) == pytest.approx(1 - 2 / 8)


def test_possible_links_are_no_errors_and_need_not_be_found():
    sure, possible = [links_of([(0, 0)])], [links_of([(1, 1), (2, 2)])]
    assert error_rate([links_of([(0, 0), (1, 1)])], sure, possible) == 0
    assert error_rate([links_of([(0, 0), (3, 3)])], sure, possible) == pytest.approx(1 / 3)
