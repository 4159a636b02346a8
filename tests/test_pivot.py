"""Pivoting: two engines in a row, and their alignments as one."""

import logging

import pytest
from easynmt import EasyNMT
from hypothesis import given, settings
from hypothesis import strategies as st

from clner.errors import ClnerError
from clner.lexicons.dictionary import read_dictionary
from clner.lexicons.lexicon import Lexicon
from clner.text.sentence import Sentence
from clner.translate import TranslateSettings, translate
from clner.translation.cache import TranslationCache
from clner.translation.engines.engine import Engine
from clner.translation.engines.lexicon import lexicon_engine
from clner.translation.engines.memory import memory_engine
from clner.translation.engines.pivot import compose, pivot_engine
from clner.translation.record import Block

SENTENCES = [
    Sentence("en-1", ["Anna", "saw", "New", "York", "."], ["B-PER", "O", "B-LOC", "I-LOC", "O"]),
    Sentence("en-2", ["She", "saw", "10", "%", "."], ["O"] * 5),
]
TABLES = {("en", "es"): "new york\tNueva York\nsaw\tha visto\n", ("es", "pt"): "ha visto\tviu\n"}


def lexicon(folder, source, target):
    path = folder / f"{source}-{target}.tsv"
    path.write_text(TABLES[source, target], encoding="utf-8")
    return lexicon_engine(Lexicon(read_dictionary(path)), path, source, target, "first", 0)


def memory(folder, source, target, text):
    path = folder / f"memory.{source}-{target}.tsv"
    path.write_text(text, encoding="utf-8")
    return memory_engine(path, source, target, ["sentence"])


def run(folder, engine, **settings):
    with TranslationCache(folder / "cache.sqlite", engine.identity) as cache:
        return translate(SENTENCES, TranslateSettings(**settings), engine, cache)


def test_two_dictionaries_translate_and_align(tmp_path):
    engine = pivot_engine(lexicon(tmp_path, "en", "es"), lexicon(tmp_path, "es", "pt"))
    assert (engine.name, engine.source, engine.target) == ("lexicon > es > lexicon", "en", "pt")
    first, second = run(tmp_path, engine, forms=["sentence", "entities"])
    assert first.tokens == ["Anna", "viu", "Nueva", "York", "."]
    assert first.alignment == [(0, 1, 0, 1), (1, 2, 1, 2), (2, 4, 2, 4), (4, 5, 4, 5)]
    assert first.entities == ["Anna", "Nueva York"]
    assert second.tokens == ["She", "viu", "10", "%", "."]


def test_tokens_and_running_text_meet_either_way_round(tmp_path):
    there = memory(tmp_path, "en", "es", "Anna saw New York.\tAnna ha visto York.\n")
    onward = lexicon(tmp_path, "es", "pt")
    mixed, _ = run(tmp_path, pivot_engine(there, onward))
    assert mixed.tokens == ["Anna", "viu", "York", "."] and mixed.alignment is None

    there = lexicon(tmp_path, "en", "es")
    onward = memory(tmp_path, "es", "pt", "Anna ha visto Nueva York.\tA Anna viu Iorque.\n")
    mixed, _ = run(tmp_path, pivot_engine(there, onward))
    assert mixed.tokens == ["A", "Anna", "viu", "Iorque", "."] and mixed.alignment is None


def test_running_text_passes_between_two_engines_as_it_is(tmp_path):
    there = memory(tmp_path, "en", "es", "Anna saw New York.\tAnna   « vio »York .\n")
    seen = []

    class Onward:
        def translate_sentences(self, sentences, **_):
            seen.extend(sentences)
            return ["Anna viu."] * len(sentences)

    onward = Engine("onward", "es", "pt", {}, lambda: EasyNMT(translator=Onward()))
    run(tmp_path, pivot_engine(there, onward))
    assert seen == ["Anna « vio »York ."]


def test_what_the_first_engine_leaves_empty_stays_empty(tmp_path, caplog):
    there = memory(tmp_path, "en", "es", "Anna saw New York.\tAnna vio York.\n")
    first, second = run(tmp_path, pivot_engine(there, lexicon(tmp_path, "es", "pt")), batch_size=1)
    assert first.tokens and second.tokens == [] and second.alignment == []
    assert [r.levelno for r in caplog.records].count(logging.WARNING) == 1


def test_same_text_halfway_is_translated_once(tmp_path):
    there = memory(tmp_path, "en", "es", "Anna saw New York.\tOla.\nShe saw 10%.\tOla.\n")
    seen = []

    class Onward:
        def translate_sentences(self, sentences, **_):
            seen.extend(sentences)
            return ["Olá."] * len(sentences)

    onward = Engine("onward", "es", "pt", {}, lambda: EasyNMT(translator=Onward()))
    records = run(tmp_path, pivot_engine(there, onward))
    assert seen == ["Ola."] and [record.tokens for record in records] == [["Olá", "."]] * 2


def test_identity_follows_both_engines(tmp_path):
    there, onward = lexicon(tmp_path, "en", "es"), lexicon(tmp_path, "es", "pt")
    identity = pivot_engine(there, onward).identity
    other = memory(tmp_path, "es", "pt", "a\tb\n")
    assert identity == pivot_engine(there, lexicon(tmp_path, "es", "pt")).identity
    assert identity not in (there.identity, onward.identity, pivot_engine(there, other).identity)


@pytest.mark.parametrize(("first", "second", "both"), [(8, 4, 4), (8, None, None), (None,) * 3])
def test_no_more_texts_per_call_than_either_engine_takes(tmp_path, first, second, both):
    there, onward = lexicon(tmp_path, "en", "es"), lexicon(tmp_path, "es", "pt")
    there.texts_per_call, onward.texts_per_call = first, second
    assert pivot_engine(there, onward).texts_per_call == both


def test_engines_must_meet_in_one_language(tmp_path):
    there = lexicon(tmp_path, "es", "pt")
    with pytest.raises(ClnerError, match="lexicon translates from en, but lexicon before it into"):
        pivot_engine(there, lexicon(tmp_path, "en", "es"))


def test_error_of_either_engine_is_told_once(tmp_path):
    there = lexicon(tmp_path, "en", "es")
    onward = memory(tmp_path, "es", "pt", "no tab")
    with pytest.raises(ClnerError, match=r"^[^ ]*memory.es-pt.tsv:1: no tab; [^;]*$"):
        run(tmp_path, pivot_engine(there, onward))


def test_blocks_that_meet_halfway_become_one():
    first = [Block(0, 2, 0, 1), Block(2, 3, 1, 4)]
    second = [Block(0, 2, 1, 2), Block(2, 3, 0, 1), Block(3, 4, 2, 3)]
    assert compose(first, second) == [(0, 3, 0, 3)]
    assert compose(first, [Block(0, 1, 1, 2), Block(1, 4, 0, 1)]) == [(0, 2, 1, 2), (2, 3, 0, 1)]


def test_blocks_without_a_counterpart_are_left_out():
    first = [Block(0, 1, 0, 0), Block(1, 2, 0, 1), Block(2, 3, 1, 2)]
    second = [Block(0, 1, 0, 0), Block(1, 2, 0, 1), Block(2, 2, 1, 2)]
    assert compose(first, second) == [(2, 3, 0, 1)]
    assert compose(first, []) == compose([], second) == []


def test_merged_block_takes_in_what_it_spans():
    first = [Block(0, 1, 0, 1), Block(1, 2, 2, 3), Block(2, 3, 1, 2)]
    second = [Block(0, 2, 0, 1), Block(2, 3, 1, 2)]
    assert compose(first, second) == [(0, 3, 0, 2)]


def naive(first, second):
    """By sets of positions, comparing every pair of groups until none can merge."""
    groups = [
        (set(range(a, b)), set(range(c, d)), set()) for a, b, c, d in first if a < b and c < d
    ]
    groups += [
        (set(), set(range(a, b)), set(range(c, d))) for a, b, c, d in second if a < b and c < d
    ]
    groups = merged(groups, lambda a, b: bool(a[1] & b[1]))
    groups = [(filled(s), set(), filled(t)) for s, _, t in groups if s and t]
    groups = merged(groups, lambda a, b: bool(a[0] & b[0] or a[2] & b[2]))
    return sorted((min(s), max(s) + 1, min(t), max(t) + 1) for s, _, t in groups)


def merged(groups, meet):
    for i, one in enumerate(groups):
        for j in range(i):
            if meet(groups[j], one):
                rest = [group for k, group in enumerate(groups) if k not in (i, j)]
                union = [a | b for a, b in zip(groups[j], one, strict=True)]
                return merged([*rest, (filled(union[0]), union[1], filled(union[2]))], meet)
    return groups


def filled(positions):
    return set(range(min(positions), max(positions) + 1)) if positions else positions


LENGTH = 9
block = st.tuples(*[st.integers(0, LENGTH)] * 4).map(
    lambda ends: Block(*sorted(ends[:2]), *sorted(ends[2:]))
)
blocks = st.lists(block, max_size=6)


@settings(deadline=None)
@given(blocks, blocks)
def test_composition_is_that_of_a_naive_loop(first, second):
    assert compose(first, second) == naive(first, second)


@settings(deadline=None)
@given(blocks, blocks)
def test_composition_is_disjoint_on_both_sides(first, second):
    composed = compose(first, second)
    for start, end in ((0, 1), (2, 3)):
        positions = [n for b in composed for n in range(b[start], b[end])]
        assert len(positions) == len(set(positions))


@st.composite
def alignments(draw):
    """Disjoint blocks that cover both sides, in any order."""
    cuts = sorted(draw(st.sets(st.integers(1, LENGTH - 1))))
    ends = list(zip([0, *cuts], [*cuts, LENGTH], strict=True))
    targets, position = {}, 0
    for number in draw(st.permutations(range(len(ends)))):
        length = ends[number][1] - ends[number][0]
        targets[number] = (position, position + length)
        position += length
    return [Block(*source, *targets[number]) for number, source in enumerate(ends)]


@settings(deadline=None)
@given(alignments())
def test_a_word_for_word_step_changes_nothing(alignment):
    same = [Block(n, n + 1, n, n + 1) for n in range(LENGTH)]
    assert compose(same, alignment) == compose(alignment, same) == alignment


@settings(deadline=None)
@given(alignments(), alignments())
def test_there_and_back_is_the_same_backwards(first, second):
    def turned(aligned):
        return sorted(Block(c, d, a, b) for a, b, c, d in aligned)

    assert turned(compose(first, second)) == compose(turned(second), turned(first))
