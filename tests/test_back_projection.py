"""What was said of a translation, brought back along word links."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clner.projection.back_projection import BackProjector
from clner.projection.settings import LinkRules
from clner.text.tags import spans_of, tag_set

TAGS = tag_set(["PER", "LOC"])
BARE = LinkRules(trim=False, grow=False)


def projector(rules: LinkRules = BARE) -> BackProjector:
    return BackProjector("en", "nl", TAGS, rules)


def naive(tags, rows, order):
    """One link a word: the k-th of the translation is word `order[k]` of the sentence."""
    expected = np.zeros((len(order), len(TAGS)))
    expected[:, 0] = 1
    for start, end, _ in spans_of(tags):
        places = sorted(order[start:end])
        if places != list(range(places[0], places[-1] + 1)):
            continue
        expected[places[0]] = rows[start]
        for place in places[1:]:
            mean = [sum(rows[k][t] for k in range(start + 1, end)) for t in range(len(TAGS))]
            mean = [value / (end - start - 1) for value in mean]
            for t, name in enumerate(TAGS):
                begun = mean[TAGS.index(f"B-{name[2:]}")] if name[0] == "I" else 0
                expected[place][t] = 0 if name[0] == "B" else mean[t] + begun
    return expected


@st.composite
def translations(draw):
    count = draw(st.integers(1, 7))
    tags = draw(st.lists(st.sampled_from(TAGS), min_size=count, max_size=count))
    seed = draw(st.integers(0, 99))
    rows = np.random.default_rng(seed).dirichlet(np.ones(len(TAGS)), count).astype(np.float32)
    return tags, rows, draw(st.permutations(range(count)))


@given(translations())
def test_distributions_come_back_as_in_a_loop(drawn):
    tags, rows, order = drawn
    words = [f"w{n}" for n in range(len(tags))]
    links = np.array(sorted(enumerate(order)))
    rules = LinkRules(trim=False, grow=False, gap=0, least_score=1.0)
    found = projector(rules).project(spans_of(tags), rows, words, words, links)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, naive(tags, rows, order), atol=1e-6)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)


def test_what_is_linked_to_nothing_is_lost():
    rows = np.full((1, len(TAGS)), 0.2, np.float32)
    links = np.zeros((0, 2), np.int64)
    found = projector().project(spans_of(["B-PER"]), rows, ["Ana"], ["Ana", "rent"], links)
    assert found.tolist() == [[1, 0, 0, 0, 0]] * 2
