"""Code-switching: labels survive, and draws depend on seed and sentence only."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.codeswitch import CodeswitchSettings, run
from clner.errors import ClnerError
from clner.text.sentence import Sentence, read_sentences, write_sentences
from clner.text.tags import Span, spans_of, tags_of
from clner.translation.phrases import Phrase, substitute


@st.composite
def sentence_and_phrases(draw):
    """A tagged sentence and phrases that hold an entity wholly or not at all."""
    tokens, spans, phrases = [], [], []
    for _ in range(draw(st.integers(1, 8))):
        length = draw(st.integers(1, 3))
        start, end = len(tokens), len(tokens) + length
        tokens += [f"s{n}" for n in range(start, end)]
        kind = draw(st.sampled_from([None, "PER", "LOC"]))
        if kind:
            spans.append(Span(start, end, kind))
        if draw(st.booleans()):
            sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
            candidates = [[f"t{n}" for n in range(size)] for size in sizes]
            phrases.append(Phrase(start, end, candidates, kind))
    return Sentence("en-train-0", tokens, tags_of(spans, len(tokens))), phrases


@given(sentence_and_phrases(), st.floats(0, 1), st.integers())
def test_entities_and_tokens_survive(case, ratio, seed):
    sentence, phrases = case
    switched = substitute(sentence, phrases, ratio, Random(seed))
    assert len(switched.tokens) == len(switched.tags)
    kinds = [span.type for span in spans_of(switched.tags)]
    assert kinds == [span.type for span in spans_of(sentence.tags)]
    assert tags_of(spans_of(switched.tags), len(switched.tags)) == switched.tags
    replaced = switched.origin["spans"]
    gone = {n for start, end, _, _ in replaced for n in range(start, end)}
    kept = [token for n, token in enumerate(sentence.tokens) if n not in gone]
    assert [token for token in switched.tokens if token.startswith("s")] == kept
    assert switched.origin["substituted"] == len(gone)
    if ratio in (0, 1):
        assert len(replaced) == ratio * len(phrases)
    for start, end, target_start, target_end in replaced:
        [phrase] = [p for p in phrases if (p.start, p.end) == (start, end)]
        assert switched.tokens[target_start:target_end] in phrase.candidates


def test_longer_entity_gets_inside_tags():
    sentence = Sentence("x", ["in", "New", "York"], ["O", "B-LOC", "I-LOC"])
    phrases = [Phrase(1, 3, [["la", "Nueva", "York"]], "LOC")]
    switched = substitute(sentence, phrases, 1, Random(0))
    assert switched.tokens == ["in", "la", "Nueva", "York"]
    assert switched.tags == ["O", "B-LOC", "I-LOC", "I-LOC"]


def test_unlabelled_stays_unlabelled():
    switched = substitute(Sentence("x", ["the"]), [Phrase(0, 1, [["el"]])], 1, Random(0))
    assert (switched.tokens, switched.tags) == (["el"], None)


def test_ratio_is_a_probability():
    sentence = Sentence("x", ["the"] * 4000)
    phrases = [Phrase(n, n + 1, [["el"]]) for n in range(4000)]
    switched = substitute(sentence, phrases, 0.3, Random(1))
    assert switched.origin["substituted"] == pytest.approx(1200, abs=120)


SOURCE = [
    Sentence("en-train-0", ["The", "Dutch", "saw", "Rome"], ["O", "B-MISC", "O", "B-LOC"]),
    Sentence("en-train-1", ["Rome", "saw", "the", "dog"], ["B-LOC", "O", "O", "O"]),
]


@pytest.fixture
def files(tmp_path):
    """Two sentences, of which only the first was projected, with one entity lost."""
    projected = Sentence(
        "en-train-0@es",
        ["Los", "holandeses", "vieron", "Ciudad", "de", "Roma"],
        ["O", "O", "O", "B-LOC", "I-LOC", "I-LOC"],
        {
            "source_id": "en-train-0",
            "spans": [[3, 4, 3, 6]],
            "alignment": [[0, 1, 0, 1], [1, 2, 1, 2], [2, 3, 2, 3], [3, 4, 3, 6]],
        },
    )
    write_sentences(tmp_path / "source.jsonl", SOURCE)
    write_sentences(tmp_path / "projected.jsonl", [projected])
    (tmp_path / "lexicon.tsv").write_text(
        "the\tel\nthe\tla\nsaw\tvio\nrome\tromana\ndutch saw\tno\ndog\tdog\n", encoding="utf-8"
    )
    return tmp_path


def switch(folder, lexicon=True, **settings):
    run(
        CodeswitchSettings(**settings),
        target="es",
        sentences=folder / "source.jsonl",
        projected=folder / "projected.jsonl",
        output=folder / "out.jsonl",
        lexicon=folder / "lexicon.tsv" if lexicon else None,
    )
    return read_sentences(folder / "out.jsonl")


@pytest.mark.parametrize(
    ("phrases", "first", "second"),
    [
        ("entity", "The Dutch saw Ciudad de Roma", "Rome saw the dog"),
        ("context", "El Dutch vio Rome", "Rome vio el dog"),
        ("both", "El Dutch vio Ciudad de Roma", "Rome vio el dog"),
    ],
)
def test_which_phrases_are_replaced(files, phrases, first, second):
    switched = switch(files, phrases=phrases, ratio=1.0)
    assert [s.id for s in switched] == ["en-train-0~es", "en-train-1~es"]
    assert [" ".join(s.tokens) for s in switched] == [first, second]
    # A word that is the same in both languages is not counted as replaced.
    assert switched[1].origin["substituted"] == (0 if phrases == "entity" else 2)


def test_context_by_alignment_without_a_lexicon(files):
    switched = switch(files, lexicon=False, phrases="context", ratio=1.0)
    assert switched[0].tokens == ["Los", "Dutch", "vieron", "Rome"]
    assert switched[0].tags == SOURCE[0].tags


def test_random_choice_uses_all_candidates(files):
    seen = {
        switch(files, phrases="context", ratio=1.0, lexicon_choice="random", seed=n)[1].tokens[2]
        for n in range(12)
    }
    assert seen == {"el", "la"}


def test_draws_do_not_depend_on_the_other_sentences(files):
    many = [Sentence(f"en-train-{n}", s.tokens, s.tags) for n in range(2, 30) for s in SOURCE[:1]]
    before = {s.id: s for s in switch(files, phrases="context", ratio=0.5)}
    write_sentences(files / "source.jsonl", [*many[::-1], *SOURCE[::-1]])
    after = {s.id: s for s in switch(files, phrases="context", ratio=0.5)}
    assert {key: after[key] for key in before} == before
    other = {s.id: s for s in switch(files, phrases="context", ratio=0.5, seed=1)}
    assert after != other


def test_errors(files):
    path = files / "projected.jsonl"
    projected = read_sentences(path)
    del projected[0].origin["alignment"]
    write_sentences(path, projected)
    with pytest.raises(ClnerError, match="give --lexicon FILE, or set phrases to entity"):
        switch(files, lexicon=False)
    projected[0].origin["spans"] = [[0, 1, 0, 1]]
    write_sentences(path, projected)
    with pytest.raises(ClnerError, match="project again"):
        switch(files)
    projected[0].origin["source_id"] = "de-train-0"
    write_sentences(path, projected)
    with pytest.raises(ClnerError, match="no translation of any sentence"):
        switch(files)
    assert not (files / "out.jsonl").exists()
