"""Code-switching: labels survive, and draws depend on seed and sentence only."""

import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.codeswitch import CodeswitchSettings, run
from clner.codeswitching.measures import entities
from clner.codeswitching.pairs import Pair
from clner.codeswitching.phrases import Phrase, source_positions, substitute
from clner.codeswitching.switchable import (
    Switchable,
    read_switchables,
    switchable_target,
    write_switchables,
)
from clner.errors import ClnerError
from clner.lexicons.lexicon import Lexicon
from clner.stage import main
from clner.text.sentence import Sentence, read_sentences, write_sentences
from clner.text.tags import Span, spans_of, tags_of


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


@given(sentence_and_phrases(), st.floats(0, 1), st.integers())
def test_each_token_is_its_source_or_new(case, ratio, seed):
    sentence, phrases = case
    switched = substitute(sentence, phrases, ratio, Random(seed))
    positions = source_positions(switched)
    assert len(positions) == len(switched.tokens)
    for token, position in zip(switched.tokens, positions, strict=True):
        assert token == f"s{position}" if position >= 0 else token.startswith("t")


@st.composite
def switchables(draw):
    """A sentence with phrases in up to three languages: context cut anew in each of them."""
    sentence, _ = draw(sentence_and_phrases())
    entities = {(span.start, span.end): span.type for span in spans_of(sentence.tags)}
    inside = {n for start, end in entities for n in range(start + 1, end)}
    places = [n for n in range(1, len(sentence.tokens)) if n not in inside]
    edges = {edge for span in entities for edge in span}
    languages = {}
    for language in draw(st.lists(st.sampled_from(["es", "de", "nl"]), min_size=1, unique=True)):
        free = st.sets(st.sampled_from(places)) if places else st.just(set())
        cuts = sorted({0, len(sentence.tokens), *edges, *draw(free)})
        pieces = [piece for piece in pairwise(cuts) if draw(st.booleans())]
        sizes = [draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)) for _ in pieces]
        languages[language] = [
            Phrase(*piece, [[f"{language}{n}"] * n for n in own], entities.get(piece))
            for piece, own in zip(pieces, sizes, strict=True)
        ]
    return Switchable(sentence, languages, draw(st.floats(0, 1)))


@given(switchables(), st.integers())
def test_several_languages_never_clash(switchable, seed):
    switched = switchable.draw(Random(seed))
    kinds = [span.type for span in spans_of(switched.tags)]
    assert kinds == [span.type for span in spans_of(switchable.sentence.tags)]
    assert len(switched.tokens) == len(switched.tags)
    end = 0
    for start, stop, target_start, target_end in switched.origin["spans"]:
        assert end <= start < stop
        end = stop
        tokens = switched.tokens[target_start:target_end]
        [phrase] = [
            p for p in switchable.phrases[tokens[0][:2]] if (p.start, p.end) == (start, stop)
        ]
        assert tokens in phrase.candidates
    kept = [token for token in switched.tokens if token.startswith("s")]
    gone = {n for start, stop, _, _ in switched.origin["spans"] for n in range(start, stop)}
    assert kept == [t for n, t in enumerate(switchable.sentence.tokens) if n not in gone]


@given(switchables(), st.integers())
def test_every_entity_is_found_in_the_tags_at_its_place(switchable, seed):
    counts = entities(Pair(switchable, switchable.draw(Random(seed))))
    assert counts.survived == counts.expected == len(spans_of(switchable.sentence.tags))


@given(switchables(), st.integers())
def test_the_language_of_each_replacement_is_named(switchable, seed):
    origin = switchable.draw(Random(seed)).origin
    for (start, end, _, _), language in zip(origin["spans"], origin["languages"], strict=True):
        assert any((p.start, p.end) == (start, end) for p in switchable.phrases[language])


@given(switchables())
def test_every_phrase_has_its_chance(switchable):
    chances = list(switchable.chances())
    phrases = [(p, code) for code, own in switchable.phrases.items() for p in own]
    assert len(chances) == len(phrases)
    assert all((phrase, language) in phrases for phrase, language, _ in chances)
    if len(switchable.phrases) == 1:
        assert all(chance == switchable.ratio for _, _, chance in chances)


@given(switchables(), st.integers())
def test_ratio_zero_keeps_all_and_ratio_one_replaces_what_no_other_language_touches(case, seed):
    none, every = replace(case, ratio=0), replace(case, ratio=1)
    unchanged = none.draw(Random(seed))
    assert (unchanged.tokens, unchanged.tags) == (case.sentence.tokens, case.sentence.tags)
    replaced = [tuple(span[:2]) for span in every.draw(Random(seed)).origin["spans"]]
    for language, own in case.phrases.items():
        others = [p for code in case.phrases if code != language for p in case.phrases[code]]
        for phrase in own:
            alone = all(p.end <= phrase.start or phrase.end <= p.start for p in others)
            assert (phrase.start, phrase.end) in replaced or not alone


@given(switchables(), st.integers())
def test_draws_are_repeatable_and_blind_to_the_order_of_languages(switchable, seed):
    backwards = dict(reversed(switchable.phrases.items()))
    again = Switchable(switchable.sentence, backwards, switchable.ratio)
    assert switchable.draw(Random(seed)) == again.draw(Random(seed))


def test_one_generator_draws_another_form_each_time():
    sentence = Sentence("x", ["the"] * 20)
    switchable = Switchable(sentence, {"es": [Phrase(n, n + 1, [["el"]]) for n in range(20)]}, 0.5)
    rng = Random(0)
    forms = {tuple(switchable.draw(rng).tokens) for _ in range(20)}
    assert len(forms) == 20
    assert sentence.tokens == ["the"] * 20


def test_languages_are_drawn_uniformly_where_they_have_a_phrase():
    phrases = {
        "es": [Phrase(0, 1, [["es"]]), Phrase(1, 2, [["es"]])],
        "de": [Phrase(0, 2, [["de"]])],
        "nl": [Phrase(1, 2, [["nl"]]), Phrase(2, 3, [["nl"]])],
    }
    switchable = Switchable(Sentence("x", ["a", "b", "c"]), phrases, 1.0)
    rng = Random(0)
    forms = Counter(" ".join(switchable.draw(rng).tokens) for _ in range(3000))
    assert forms.keys() == {"es es nl", "de nl", "a nl nl"}
    assert all(count == pytest.approx(1000, abs=100) for count in forms.values())
    assert [chance for _, _, chance in switchable.chances()] == [*[1 / 3] * 4, 1]


@given(st.lists(switchables(), min_size=1, max_size=3), st.integers())
def test_what_was_written_draws_the_same(tmp_path_factory, many, seed):
    path = tmp_path_factory.mktemp("phrases") / "phrases.jsonl"
    assert write_switchables(path, many) == len(many)
    read = read_switchables(path)
    assert read == many
    assert [s.draw(Random(seed)) for s in read] == [s.draw(Random(seed)) for s in many]


WHOLE = {
    "id": "x",
    "tokens": ["the", "dog"],
    "tags": ["O", "B-PER"],
    "ratio": 0.5,
    "phrases": {"es": [[0, 1, None, [["el"]]], [1, 2, "PER", [["perro"]]]]},
}


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ({"tags": ["O"]}, "2 tokens but 1 tags"),
        ({"ratio": 2}, "ratio 2 is not from 0 to 1"),
        ({"ratio": "half"}, "damaged"),
        ({"phrases": []}, "damaged"),
        ({"phrases": {"es": [[0, 1, None]]}}, "damaged"),
        ({"phrases": {"es": [[1, 3, None, [["el"]]]]}}, "phrase 1-3 overlaps another or leaves"),
        ({"phrases": {"es": [[0, 2, None, [["el"]]]]}}, "phrase 0-2 is not context"),
        ({"phrases": {"es": [[1, 2, "LOC", [["el"]]]]}}, "phrase 1-2 is not LOC"),
        ({"phrases": {"es": [[0, 1, None, []]]}}, "phrase 0-1 has no translation"),
        ({"phrases": {"es": [[0, 1, None, ["el"]]]}}, "phrase 0-1 has no translation"),
    ],
)
def test_a_damaged_line_is_named(tmp_path, damage, said):
    path = tmp_path / "phrases.jsonl"
    path.write_text(f"{json.dumps(WHOLE)}\n{json.dumps(WHOLE | damage)}\n", encoding="utf-8")
    with pytest.raises(ClnerError, match=rf"phrases.jsonl:2: .*{said}"):
        read_switchables(path)


def test_missing_parts_are_named(tmp_path):
    path = tmp_path / "phrases.jsonl"
    path.write_text('{"id": "x", "tokens": ["the"], "ratio": 0.5}\n', encoding="utf-8")
    with pytest.raises(ClnerError, match=r"phrases.jsonl:1: a sentence without 'phrases'"):
        read_switchables(path)
    path.write_text("", encoding="utf-8")
    with pytest.raises(ClnerError, match="holds no sentence"):
        read_switchables(path)


def test_target_text_is_mixed_with_the_source_outside_of_entities():
    lexicon = Lexicon({"狗": ["dog", "hound"], "看 见": ["saw"], "罗": ["net"]})
    sentence = Sentence("zh-0", ["狗", "看", "见", "罗", "马"], ["O", "O", "O", "B-LOC", "I-LOC"])
    [switchable] = switchable_target([sentence], lexicon, 1.0)
    switched = switchable.draw(Random(0))
    assert switched.tokens == ["dog", "saw", "罗", "马"]
    assert switched.tags == ["O", "O", "B-LOC", "I-LOC"]
    assert source_positions(switched) == [-1, -1, 3, 4]
    [varied] = switchable_target([sentence], lexicon, 1.0, "random")
    assert {varied.draw(Random(n)).tokens[0] for n in range(9)} == {"dog", "hound"}
    [still] = switchable_target([sentence], lexicon, 0.0)
    assert still.draw(Random(0)).tokens == sentence.tokens


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
        source="en",
        target="es",
        sentences=folder / "source.jsonl",
        projected=[f"es={folder / 'projected.jsonl'}"],
        output=folder / "out.jsonl",
        switchable=folder / "phrases.jsonl",
        lexicon=[f"es={folder / 'lexicon.tsv'}"] if lexicon else None,
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


def test_a_projection_without_alignment_gives_its_entities_only(files):
    other = Sentence(
        "en-train-1@es",
        ["Roma", "vio", "al", "perro"],
        ["B-LOC", "O", "O", "O"],
        {"source_id": "en-train-1", "spans": [[0, 1, 0, 1]]},
    )
    write_sentences(files / "projected.jsonl", [*read_sentences(files / "projected.jsonl"), other])
    first, second = switch(files, lexicon=False, ratio=1.0)
    assert first.tokens == ["Los", "Dutch", "vieron", "Ciudad", "de", "Roma"]
    assert second.tokens == ["Roma", "saw", "the", "dog"]


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


@pytest.mark.parametrize("settings", [{}, {"seed": 3, "ratio": 0.8, "lexicon_choice": "random"}])
def test_the_stored_form_is_a_draw(files, settings):
    stored = switch(files, **settings)
    for sentence, switchable in zip(stored, read_switchables(files / "phrases.jsonl"), strict=True):
        drawn = switchable.draw(Random(f"{settings.get('seed', 0)} {switchable.id}"))
        drawn.origin["spans"] = [list(span) for span in drawn.origin["spans"]]
        assert sentence == replace(drawn, id=f"{switchable.id}~es")


def mix(folder, *options):
    """Mix Spanish and German from the command line; returns the exit status."""
    arguments = ["--source", "en", "--target", "es", "--languages", "[en, es, de]"]
    arguments += ["--sentences", str(folder / "source.jsonl"), *options]
    arguments += ["--output", str(folder / "out.jsonl")]
    arguments += ["--switchable", str(folder / "phrases.jsonl")]
    return main(run, arguments)


@pytest.fixture
def german(files):
    """The options that name the files of both languages; German has no lexicon."""
    projected = Sentence(
        "en-train-1@de",
        ["Rom", "sah", "den", "dog"],
        ["B-LOC", "O", "O", "O"],
        {
            "source_id": "en-train-1",
            "spans": [[0, 1, 0, 1]],
            "alignment": [[n, n + 1, n, n + 1] for n in range(4)],
        },
    )
    write_sentences(files / "german.jsonl", [projected])
    paths = [f"es={files / 'projected.jsonl'}", f"de={files / 'german.jsonl'}"]
    return ["--projected", *paths, "--lexicon", f"es={files / 'lexicon.tsv'}"]


def test_further_languages_are_mixed_in(files, german):
    assert mix(files, *german, "--ratio", "1.0") == 0
    first, second = read_switchables(files / "phrases.jsonl")
    assert first.phrases.keys() == second.phrases.keys() == {"es", "de"}
    rng = Random(0)
    assert {" ".join(first.draw(rng).tokens) for _ in range(20)} == {"El Dutch vio Ciudad de Roma"}
    forms = {" ".join(second.draw(rng).tokens) for _ in range(50)}
    verbs, articles = ("vio", "sah"), ("el", "den")
    assert forms == {f"Rom {verb} {article} dog" for verb in verbs for article in articles}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({2: "es=a.jsonl"}, "error: --projected: 'es=a.jsonl' is a second file of es"),
        ({2: "nl=a.jsonl"}, "error: --projected: 'nl=a.jsonl', but the languages are es, de"),
        ({2: "a.jsonl"}, "error: --projected: 'a.jsonl' names no language: write es=a.jsonl"),
        ({4: "en=a.tsv"}, "error: --lexicon: 'en=a.tsv', but the languages are es, de"),
    ],
)
def test_files_of_other_languages_are_refused(files, german, capsys, changed, message):
    options = [changed.get(n, option) for n, option in enumerate(german)]
    assert mix(files, *options) == 1
    assert message in capsys.readouterr().err


def test_each_language_needs_a_projection(files, german, capsys):
    assert mix(files, *(option for option in german if not option.startswith("de="))) == 1
    assert "error: --projected: none is of de: add de=FILE" in capsys.readouterr().err


def test_errors(files):
    path = files / "projected.jsonl"
    projected = read_sentences(path)
    del projected[0].origin["alignment"]
    write_sentences(path, projected)
    with pytest.raises(ClnerError, match="give --lexicon LANGUAGE=FILE, or set phrases to entity"):
        switch(files, lexicon=False)
    projected[0].origin["spans"] = [[0, 1, 0, 1]]
    write_sentences(path, projected)
    with pytest.raises(ClnerError, match="project again"):
        switch(files)
    projected[0].origin["source_id"] = "de-train-0"
    write_sentences(path, projected)
    with pytest.raises(ClnerError, match="no translation of any of the sentences"):
        switch(files)
    assert not (files / "out.jsonl").exists()
    assert not (files / "phrases.jsonl").exists()
