"""Statistical alignment: what it learns, that it repeats, and what it survives."""

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest
from thot.alignment import EflomalAlignmentModel

sys.path.append(str(Path(__file__).parents[1]))

from bench.alignment_error import TESTS, error_rate, error_rates, read_gold, read_sentences
from clner.alignment import statistical
from clner.alignment.links import links_of
from clner.alignment.settings import AlignerSettings
from clner.alignment.statistical import LONGEST, align_both_ways, align_statistically
from clner.errors import ClnerError

DATA = Path(__file__).parents[2] / "shared" / "data"
SETTINGS = AlignerSettings(samplers=2, prefix_length=0)
WORDS = 40


def language(count, seed=0, length=8):
    """Sentence pairs of an invented language, and their links.

    Each word has one translation, and the order of every two words is turned around.
    """
    draw = Random(seed)
    pairs, gold = [], []
    for _ in range(count):
        numbers = [draw.randrange(WORDS) for _ in range(length)]
        order = [place ^ 1 for place in range(length)]
        pairs.append(([f"w{n}" for n in numbers], [f"v{numbers[place]}" for place in order]))
        gold.append(links_of((source, target) for target, source in enumerate(order)))
    return pairs, gold


def as_lists(links):
    return [own.tolist() for own in links]


def test_words_that_translate_each_other_are_linked():
    pairs, gold = language(300)
    assert error_rate(align_statistically(pairs, [], SETTINGS), gold, gold) < 0.03


def test_links_are_those_of_the_pairs_in_order_and_not_of_further_ones():
    pairs, gold = language(5)
    further, _ = language(300, seed=1)
    alone = align_statistically(pairs, [], SETTINGS)
    helped = align_statistically(pairs, further, SETTINGS)
    assert len(alone) == len(helped) == 5
    assert error_rate(helped, gold, gold) < 0.03 < error_rate(alone, gold, gold)


def test_a_dictionary_tells_words_apart_that_always_come_together():
    pairs, gold = [(["w1", "w2"], ["v2", "v1"])] * 20, [links_of([(0, 1), (1, 0)])] * 20
    lexicon = {"w1": ["v1"], "w2": ["v2"], "w9": ["v9"]}
    found = align_statistically(pairs, [], SETTINGS, {k: v * 20 for k, v in lexicon.items()})
    assert error_rate(found, gold, gold) == 0
    assert error_rate(align_statistically(pairs, [], SETTINGS), gold, gold) == 1


def test_inflected_forms_count_as_one_word_by_their_first_letters():
    pairs, gold = language(150)
    inflected = [
        ([f"{word:x<4}{n}" for n, word in enumerate(source, start=i)], target)
        for i, (source, target) in enumerate(pairs)
    ]
    whole, cut = (
        error_rate(align_statistically(inflected, [], settings), gold, gold)
        for settings in (SETTINGS, AlignerSettings(samplers=2, prefix_length=4))
    )
    assert cut < 0.03 < whole


def test_the_same_seed_gives_the_same_links_with_any_number_of_threads():
    program = (
        "from test_statistical_alignment import *\n"
        "pairs, _ = language(60)\n"
        "print(as_lists(align_statistically(pairs, [], SETTINGS, seed=3)))\n"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"OMP_NUM_THREADS": threads},
            cwd=Path(__file__).parent,
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "4")
    ]
    pairs, _ = language(60)
    again = as_lists(align_statistically(pairs, [], SETTINGS, seed=3))
    assert json.loads(outputs[0]) == json.loads(outputs[1]) == again


def test_another_seed_draws_otherwise():
    pairs, _ = language(2)
    one, other = (as_lists(align_statistically(pairs, [], SETTINGS, seed=seed)) for seed in (0, 1))
    assert one != other


def test_each_direction_links_each_word_it_goes_to_at_most_once():
    pairs, _ = language(30)
    forward, backward = align_both_ways(pairs, [], SETTINGS)
    for one, other in zip(forward, backward, strict=True):
        assert len(set(one[:, 1].tolist())) == len(one)
        assert len(set(other[:, 0].tolist())) == len(other)
        assert one.tolist() == links_of(map(tuple, one.tolist())).tolist()
        assert other.tolist() == links_of(map(tuple, other.tolist())).tolist()


@pytest.mark.parametrize("pair", [([], []), (["a"], []), ([], ["a"])])
def test_an_empty_side_has_no_links_and_disturbs_no_other_pair(pair):
    pairs, gold = language(300)
    found = align_statistically([pair, *pairs, pair], [pair], SETTINGS)
    assert found[0].shape == found[-1].shape == (0, 2)
    assert found[0].dtype == np.int64
    assert error_rate(found[1:-1], gold, gold) < 0.03


def test_no_pairs_have_no_links():
    assert align_statistically([], [], SETTINGS) == []
    assert as_lists(align_statistically([([], [])], [], SETTINGS)) == [[]]


def test_tokens_may_be_any_text():
    odd = ["New York", "|||", "\n", "", "NULL", "UNKNOWN_WORD", "<UNUSED_WORD>", "\t", "a\0b", "🇪🇸"]
    draw = Random(0)
    pairs = [(draw.sample(odd, 5), []) for _ in range(200)]
    pairs = [(source, [f"v{odd.index(word)}" for word in source]) for source, _ in pairs]
    gold = [links_of((n, n) for n in range(5))] * 200
    assert error_rate(align_statistically(pairs, [], SETTINGS), gold, gold) < 0.03


def test_a_pair_too_long_for_the_model_is_aligned_in_pieces(monkeypatch):
    monkeypatch.setattr(statistical, "LONGEST", 16)
    (long,), (gold,) = language(1, length=100)
    further, _ = language(300, seed=1)
    (found,) = align_statistically([long], further, SETTINGS)
    assert error_rate([found], [gold], [gold]) < 0.05
    assert found[-1].tolist() == [99, 98]


def test_no_piece_is_too_long_for_the_model():
    assert EflomalAlignmentModel().max_sentence_length == LONGEST
    for lengths in [(LONGEST, 3), (LONGEST + 1, 0), (0, LONGEST + 1), (1, 3 * LONGEST), (0, 0)]:
        source, target = (list(map(str, range(length))) for length in lengths)
        pieces = statistical._cut(0, (source, target))
        assert [word for piece in pieces for word in piece.words[0]] == source
        assert [word for piece in pieces for word in piece.words[1]] == target
        assert all(len(side) <= LONGEST for piece in pieces for side in piece.words)


def test_gold_links_count_from_one(tmp_path):
    (tmp_path / "gold").write_text("2-1 1p3\n\n")
    (tmp_path / "text").write_text("a b ||| c d e\n||| f\n")
    sure, possible = read_gold(tmp_path / "gold")
    assert as_lists(sure) == [[[1, 0]], []]
    assert as_lists(possible) == [[[0, 2], [1, 0]], []]
    assert read_sentences(tmp_path / "text") == [(["a", "b"], ["c", "d", "e"]), ([], ["f"])]


def test_other_gold_links_are_refused(tmp_path):
    (tmp_path / "gold").write_text("1-1\n1:2\n")
    with pytest.raises(ClnerError, match="gold:2: not links"):
        read_gold(tmp_path / "gold")


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the shared data are not here")
@pytest.mark.parametrize(
    ("test", "material", "most"),
    [
        ("enfr", "test sentences", 0.15),
        ("enfr", "+ parallel text", 0.08),
        ("zhen", "+ parallel text", 0.22),
    ],
)
def test_the_error_rate_on_hand_made_links(test, material, most):
    rates = error_rates(TESTS[test](DATA), material, AlignerSettings())
    assert rates[AlignerSettings().symmetrisation] < most
