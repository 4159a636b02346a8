"""The projection stage: what arrives is labelled rightly, what does not is counted."""

import json
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.fuzz import ratio

from clner.alignment.links import links_of
from clner.errors import ClnerError
from clner.lexicons.lexicon import Lexicon
from clner.project import ProjectSettings, run
from clner.projection.arrival import Arrival, Loss
from clner.projection.marking import mark, marks_for
from clner.projection.sentences import Projector, Translated
from clner.projection.span_match import by_span_match
from clner.text.sentence import Sentence, read_sentences, write_sentences
from clner.text.tags import Span, spans_of, tags_of
from clner.translation.engines.lexicon import LexiconEngine
from clner.translation.record import Block, TranslationRecord, read_records, write_records

LEXICON = {"a": ["uno dos"], "b": ["tres"], "c": ["cuatro cinco seis"], "d": ["siete"]}
WORDS = [*LEXICON, "Zoe", ".", "7"]
STYLES = ["tags", "xml", "brackets", "quotes", "placeholder"]

# The first example imports the tokenizer, which on a busy machine takes a second.
patient = settings(deadline=None)
# Pieces of a sentence, each an entity or context: nothing is drawn in vain.
pieces = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
        st.sampled_from([None, "PER", "LOC"]),
    ),
    min_size=1,
    max_size=5,
)


def tagged(drawn):
    """The sentence of some pieces."""
    tokens, spans = [], []
    for words, kind in drawn:
        if kind:
            spans.append(Span(len(tokens), len(tokens) + len(words), kind))
        tokens += words
    return Sentence("en-train-0", tokens, tags_of(spans, len(tokens)))


def translated(sentence, style="tags"):
    """A record of all forms, by the lexicon engine."""
    engine = LexiconEngine(Lexicon(LEXICON))
    spans = spans_of(sentence.tags)
    marks = marks_for(sentence.tokens, len(spans), style)
    texts = [
        sentence.tokens,
        mark(sentence.tokens, spans, marks),
        *(sentence.tokens[span.start : span.end] for span in spans),
    ]
    plain, marked, *entities = engine.translate_sentences(
        [" ".join(text) for text in texts], "en", "es"
    )
    tokens = plain.split(" ")
    return TranslationRecord(
        sentence.id, "lexicon", tokens, plain.alignment, marked, entities, marks
    )


def project(sentence, record, **changed):
    translated = Translated(sentence, spans_of(sentence.tags), record)
    return Projector(ProjectSettings(**changed), "en", "es").project(translated)


@pytest.mark.parametrize(
    ("method", "style"), [("align", "tags"), *(("markers", style) for style in STYLES)]
)
@given(drawn=pieces)
@patient
def test_all_entities_arrive_in_order_and_no_token_is_lost(method, style, drawn):
    sentence = tagged(drawn)
    record = translated(sentence, style)
    projection = project(sentence, record, method=method)
    assert projection.fault is None and projection.score == 1
    assert [t.lower() for t in projection.tokens] == [t.lower() for t in record.tokens]
    texts = [
        " ".join(projection.tokens[outcome.start : outcome.end]) for outcome in projection.outcomes
    ]
    assert [text.lower() for text in texts] == [entity.lower() for entity in record.entities]


@given(drawn=pieces)
@patient
def test_span_match_finds_each_entity_somewhere(drawn):
    sentence = tagged(drawn)
    record = translated(sentence)
    projection = project(sentence, record, method="span-match")
    arrived = [o for o in projection.outcomes if isinstance(o, Arrival)]
    tags_of([Span(o.start, o.end, "PER") for o in arrived], len(projection.tokens))
    # Texts that come twice may change places, none may be lost.
    found = sorted("".join(record.tokens[o.start : o.end]).lower() for o in arrived)
    assert found == sorted("".join(e.split()).lower() for e in record.entities)


TWO = ["B-PER", "O", "B-LOC"]
ANA = Sentence("en-train-0", ["Ana", "saw", "Rome"], TWO)
TAGS = [["<a>", "</a>"], ["<b>", "</b>"]]


def test_a_fallback_places_what_the_method_lost_and_leaves_the_rest():
    record = TranslationRecord(
        "en-train-0",
        "some",
        ["Ana", "vio", "Roma"],
        [Block(0, 1, 0, 1)],
        entities=["vio", "Roma"],
    )
    projection = project(ANA, record, fallback=["markers", "span-match"])
    assert projection.outcomes == [Arrival(0, 1, 1.0), Arrival(2, 3, 1.0)]
    assert projection.methods == ("align", "span-match")


def test_a_fallback_never_takes_the_place_of_another_entity():
    record = TranslationRecord(
        "en-train-0", "some", ["Ana", "vio"], [Block(0, 1, 0, 1)], entities=["Ana", "Ana"]
    )
    projection = project(ANA, record, fallback=["span-match"])
    assert projection.outcomes == [Arrival(0, 1, 1.0), Loss("not aligned")]
    assert projection.methods == ("align",)


@pytest.mark.parametrize(
    ("marked", "methods", "tokens"),
    [
        ("<a>Ana</a> ve <b>Roma</b>", ("markers",), ["Ana", "ve", "Roma"]),
        ("Ana ve <b>Roma</b>", ("align",), ["Ana", "vio", "Roma"]),
        ("", ("align",), ["Ana", "vio", "Roma"]),
    ],
)
def test_a_fallback_with_another_text_is_taken_if_it_loses_less(marked, methods, tokens):
    record = TranslationRecord(
        "en-train-0", "some", ["Ana", "vio", "Roma"], [Block(0, 1, 0, 1)], marked, marks=TAGS
    )
    projection = project(ANA, record, fallback=["markers"])
    assert (projection.methods, projection.tokens) == (methods, tokens)


def test_any_text_is_better_than_none():
    record = TranslationRecord("en-train-0", "some", ["Ana"], None, "", ["Eva", "Roma"], TAGS)
    projection = project(ANA, record, method="markers", fallback=["span-match"])
    assert projection.tokens == ["Ana"]


def test_text_that_is_tokens_is_not_cut_again():
    """So what both forms of it have in common stays common, and a fallback can add to it."""
    sentence = Sentence("en-train-0", ["<a>", "Ana", "isn't", "Rome"], ["O", "B-PER", "O", "B-LOC"])
    tokens = ["<a>", "Ana", "U.N.\u00a0isn't", "Roma"]
    record = TranslationRecord(
        "en-train-0",
        "lexicon",
        tokens,
        [Block(1, 2, 1, 2)],
        marked=f"<a> Ana {tokens[2]} <c> Roma </c>",
        marks=[["<b>", "</b>"], ["<c>", "</c>"]],
        tokenwise=True,
    )
    projection = project(sentence, record, fallback=["markers"])
    assert projection.tokens == tokens
    assert projection.outcomes == [Arrival(1, 2, 1.0), Arrival(3, 4, 1.0)]
    assert projection.methods == ("align", "markers")


def test_what_brackets_hold_is_told_by_the_translations_of_the_entities():
    marks = [["[", "]"]] * 2
    record = TranslationRecord("en-train-0", "some", marked="[Anna] vio [de casa]", marks=marks)
    unknown = project(ANA, record, method="markers")
    assert unknown.outcomes == [Arrival(0, 1, pytest.approx(6 / 7)), Arrival(2, 4, 0.5)]
    record.entities = ["", "Roma"]
    known = project(ANA, record, method="markers")
    assert known.outcomes == [*unknown.outcomes[:1], Loss("something else between the markers")]


def found(entities, tokens, threshold=0.75):
    positions = [n / len(entities) for n in range(len(entities))]
    return by_span_match(entities, positions, tokens, threshold)


def test_repeated_entities_take_the_places_near_them():
    outcomes = found(["Roma", "Ana", "Roma", "Roma"], ["x", "Roma", "y", "Roma", "Ana", "Romana"])
    assert outcomes == [
        Arrival(1, 2, 1.0),
        Arrival(4, 5, 1.0),
        Arrival(3, 4, 1.0),
        Arrival(5, 6, 0.8),
    ]


def test_an_entity_gives_way_if_all_arrive_so():
    outcomes = found(["San Juan", "San Juan Sur"], ["San", "Juan", "Sur", "y", "San", "Juana"], 0.7)
    assert outcomes == [Arrival(4, 6, pytest.approx(14 / 15)), Arrival(0, 3, 1.0)]
    assert found(["Roma", "Roma"], ["Roma"]).count(Loss("place taken by another entity")) == 1
    assert found(["Roma", ""], []) == [Loss("not found")] * 2


def best_by_trying(entities, tokens, threshold):
    """The greatest total score of places apart, by trying all."""
    places = {
        (start, end): "".join(tokens[start:end])
        for start in range(len(tokens))
        for end in range(start + 1, len(tokens) + 1)
    }

    def best(left, used):
        if not left:
            return 0.0
        scores = [best(left[1:], used)]
        for (start, end), text in places.items():
            score = ratio(left[0], text) / 100
            if score >= threshold and not used & set(range(start, end)):
                scores.append(score + best(left[1:], used | set(range(start, end))))
        return max(scores)

    return best(entities, set())


few = st.sampled_from(["ab", "abc", "a", "c", "bc"])


@given(entities=st.lists(few, min_size=1, max_size=3), tokens=st.lists(few, max_size=4))
@settings(deadline=None, max_examples=40)
def test_no_other_places_would_match_better_together(entities, tokens):
    outcomes = found(entities, tokens, 0.6)
    arrived = sorted(outcome for outcome in outcomes if isinstance(outcome, Arrival))
    assert all(one.end <= other.start for one, other in pairwise(arrived))
    own = sum(outcome.score for outcome in arrived)
    # Distance counts a hundredth at most for each.
    assert own >= best_by_trying(entities, tokens, 0.6) - 0.01 * len(entities) - 1e-6


@pytest.mark.parametrize("spellings", [1, 7])
def test_hundreds_of_repeated_entities_are_placed_in_little_memory(spellings):
    entities = [f"Ciudad Nueva {n % spellings}" for n in range(400)]
    tokens = [t for entity in reversed(entities) for t in [*entity.split(), "la", "en", "vio"]]
    tracemalloc.start()
    outcomes = by_span_match(entities, [n / 800 for n in range(400)], tokens, 0.75)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    texts = ["".join(tokens[o.start : o.end]) for o in outcomes]
    assert texts == ["".join(entity.split()) for entity in entities]
    assert len(set(outcomes)) == 400
    assert peak < 100e6


odd = st.sampled_from(
    ["", "Ana", "a", "<a>", "</a>", "XENTA", "[", "]", "👩\u200d👧", "שלום", "«", "的"]
)


@given(drawn=pieces, answers=st.data(), style=st.sampled_from(STYLES))
@patient
def test_whatever_an_engine_answers_the_outcomes_fit_the_tokens(drawn, answers, style):
    """Answers that are empty, ten times as long, of any script, and links that lead anywhere."""
    sentence = tagged([*drawn, (["Ana"], "PER"), (["Ana"], "PER")])
    spans, length = spans_of(sentence.tags), len(sentence.tokens)
    times = answers.draw(st.sampled_from([1, 10 * length]))
    tokens = answers.draw(st.lists(odd, max_size=3)) * times
    texts = st.lists(odd, max_size=9).map(" ".join)
    record = TranslationRecord(
        "en-train-0",
        "some",
        tokens,
        marked=answers.draw(texts),
        entities=[answers.draw(texts) for _ in spans],
        marks=marks_for(sentence.tokens, len(spans), style),
    )
    cells = st.tuples(st.integers(0, length - 1), st.integers(0, max(len(tokens) - 1, 0)))
    links = links_of(answers.draw(st.lists(cells, max_size=9)) if tokens else [])
    methods = answers.draw(st.permutations(["align", "markers", "span-match"]))
    own = ProjectSettings(method=methods[0], fallback=methods[1:], aligner="eflomal")
    projection = Projector(own, "en", "es").project(Translated(sentence, spans, record, links))
    arrived = [outcome for outcome in projection.outcomes if isinstance(outcome, Arrival)]
    tags_of([Span(o.start, o.end, "PER") for o in arrived], len(projection.tokens))
    assert len(projection.outcomes) == len(spans) == len(arrived) + projection.lost
    assert 0 <= projection.score <= 1
    assert set(projection.methods) <= set(methods)


def write(folder, records, tags):
    sentences = [
        Sentence(f"en-train-{n}", ["Ana", "saw", "Rome"], sentence_tags)
        for n, sentence_tags in enumerate(tags)
    ]
    write_sentences(folder / "source.jsonl", sentences)
    write_records(folder / "translations.jsonl", records)


def run_in(folder, **changed):
    run(
        ProjectSettings(**changed),
        source="en",
        target="es",
        sentences=folder / "source.jsonl",
        translations=folder / "translations.jsonl",
        output=folder / "out.jsonl",
        summary=folder / "summary.json",
    )


MARKED = [
    TranslationRecord("en-train-0", "opus-mt", marked="<a>Ana</a> vio <b>Roma</b>.", marks=TAGS),
    TranslationRecord("en-train-1", "opus-mt", marked="<a>Ana</a> vio Roma.", marks=TAGS),
    TranslationRecord("en-train-2", "opus-mt", marked="", marks=TAGS),
    TranslationRecord("en-train-3", "opus-mt", marked="Ana vio Roma.", marks=[]),
]


@pytest.mark.parametrize(
    ("incomplete", "ids", "entities_out"), [("drop", "03", 2), ("keep", "013", 3)]
)
def test_every_sentence_and_entity_is_accounted_for(tmp_path, incomplete, ids, entities_out):
    write(tmp_path, MARKED, [TWO, TWO, TWO, ["O", "O", "O"]])
    run_in(tmp_path, method="markers", incomplete=incomplete)
    projected = read_sentences(tmp_path / "out.jsonl")
    assert [sentence.id for sentence in projected] == [f"en-train-{n}@es" for n in ids]
    assert projected[0].tokens == ["Ana", "vio", "Roma", "."]
    assert projected[0].tags == ["B-PER", "O", "B-LOC", "O"]
    assert projected[0].origin == {
        "source_id": "en-train-0",
        "engine": "opus-mt",
        "method": "markers",
        "score": 1.0,
        "spans": [[0, 1, 0, 1], [2, 3, 2, 3]],
        "lost": [],
    }
    if incomplete == "keep":
        assert projected[1].tags == ["B-PER", "O", "O", "O"]
        assert projected[1].origin["lost"] == [[2, 3, "LOC", "marker lost"]]
        assert projected[1].origin["score"] == 0.5
    dropped = {"empty translation": 1} | ({"lost entity": 1} if incomplete == "drop" else {})
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["sentences"] == {
        "in": 4,
        "out": len(ids),
        "incomplete": 2,
        "dropped": dropped,
        "methods": {"markers": len(ids)},
    }
    assert summary["entities"] == {
        "in": 6,
        "projected": 3,
        "lost": {"marker lost": 1, "empty translation": 2},
        "uncapitalised": 0,
        "out": entities_out,
    }


@pytest.mark.parametrize("capitals", ["ignored", "required"])
def test_what_loses_its_capital_on_the_way_is_no_name_if_capitals_are_required(tmp_path, capitals):
    words = ["Spanish", "fans", "of", "U2", "in", "Madrid"]
    sentence = Sentence("en-train-0", words, ["B-MISC", "O", "O", "B-MISC", "O", "B-LOC"])
    own = ["fans", "españoles", "de", "u2", "en", "Madrid"]
    blocks = [Block(0, 1, 1, 2), Block(1, 2, 0, 1)]
    blocks += [Block(n, n + 1, n, n + 1) for n in range(2, 6)]
    record = TranslationRecord(sentence.id, "apertium", own, alignment=blocks)
    write_sentences(tmp_path / "source.jsonl", [sentence])
    write_records(tmp_path / "translations.jsonl", [record])
    run_in(tmp_path, capitals=capitals)
    (projected,) = read_sentences(tmp_path / "out.jsonl")
    names = json.loads((tmp_path / "summary.json").read_text())["entities"]
    if capitals == "ignored":
        assert projected.tags == ["O", "B-MISC", "O", "B-MISC", "O", "B-LOC"]
        assert (names["uncapitalised"], names["out"]) == (0, 3)
    else:
        assert projected.tags == ["O", "O", "O", "O", "O", "B-LOC"]
        assert (names["projected"], names["uncapitalised"], names["out"]) == (3, 2, 1)
        assert projected.origin["spans"] == [[5, 6, 5, 6]]
        assert projected.origin["lost"][0] == [0, 1, "MISC", "uncapitalised"]


def test_eflomal_learns_from_the_sentences_themselves(tmp_path):
    cities = ["Rome", "Paris", "Oslo", "Berlin", "Lima", "Cairo", "Delhi", "Kyiv", "Quito", "Minsk"]
    own = ["Roma", "París", "Oslo", "Berlín", "Lima", "Cairo", "Delhi", "Kiev", "Quito", "Minsk"]
    sentences, records = [], []
    for n in range(100):
        i, j = n % 10, (n // 10 + n) % 10
        tokens = ["from", cities[i], "to", cities[j]]
        sentences.append(Sentence(f"en-train-{n}", tokens, ["O", "B-LOC", "O", "B-LOC"]))
        target = ["a", own[j], "desde", own[i]]
        records.append(TranslationRecord(f"en-train-{n}", "opus-mt", target))
    write_sentences(tmp_path / "source.jsonl", sentences)
    write_records(tmp_path / "translations.jsonl", records)
    run_in(tmp_path, aligner="eflomal", incomplete="keep")
    projected = read_sentences(tmp_path / "out.jsonl")
    right = sum(sentence.tags == ["O", "B-LOC", "O", "B-LOC"] for sentence in projected)
    assert right >= 80
    assert all(
        projected.tokens[block[2]] == records[n].tokens[block[2]]
        for n, projected in enumerate(projected)
        for block in projected.origin["alignment"]
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({}, "method align needs tokens and alignment, which engine opus-mt left out"),
        ({"aligner": "eflomal"}, "method align needs tokens, which engine opus-mt left out"),
        ({"method": "span-match"}, "needs tokens and entities"),
    ],
)
def test_impossible_combination_is_one_clear_line(tmp_path, changed, message):
    write(tmp_path, MARKED, [TWO])
    with pytest.raises(ClnerError, match=message):
        run_in(tmp_path, **changed)
    assert not (tmp_path / "out.jsonl").exists()


def test_embeddings_need_an_encoder(tmp_path):
    write(tmp_path, [TranslationRecord("en-train-0", "opus-mt", ["Ana"])], [TWO])
    with pytest.raises(ClnerError, match="give --encoder FOLDER"):
        run_in(tmp_path, aligner="embeddings")


def test_markers_need_marked_text(tmp_path):
    write(tmp_path, [TranslationRecord("en-train-0", "lexicon", ["a"], [])], [TWO])
    with pytest.raises(ClnerError, match="translate with form marked"):
        run_in(tmp_path, method="markers")


def test_placeholders_need_what_fills_them(tmp_path):
    record = TranslationRecord("en-train-0", "x", marked="XENTA", marks=[["XENTA"], ["XENTB"]])
    write(tmp_path, [record], [TWO])
    with pytest.raises(ClnerError, match="method markers needs entities"):
        run_in(tmp_path, method="markers")


def test_sentences_that_do_not_belong_together(tmp_path):
    write(tmp_path, MARKED[1:], [TWO])
    with pytest.raises(ClnerError, match="no translation of en-train-0"):
        run_in(tmp_path, method="markers")
    write(tmp_path, MARKED[1:2], [None])
    with pytest.raises(ClnerError, match="en-train-0 has no tags"):
        run_in(tmp_path, method="markers")


@pytest.mark.parametrize("tags", [["O", "O", "O"], ["B-PER", "O", "O"]])
def test_marks_and_entities_of_other_sentences_are_refused(tmp_path, tags):
    write(tmp_path, MARKED[:1], [tags])
    with pytest.raises(ClnerError, match="other entities than en-train-0 has"):
        run_in(tmp_path, method="markers")
    record = TranslationRecord("en-train-0", "x", ["Ana"], entities=["Ana", "Roma"])
    write(tmp_path, [record], [tags])
    with pytest.raises(ClnerError, match="other entities than en-train-0 has"):
        run_in(tmp_path, method="span-match")


def test_a_translation_of_a_sentence_that_was_edited_is_refused(tmp_path):
    tags = ["B-PER", "O"]
    write_sentences(tmp_path / "source.jsonl", [Sentence("own-0", ["Ana", "left"], tags)])
    before = Sentence("own-0", ["Bea", "left"], tags)
    record = TranslationRecord(
        "own-0", "lexicon", ["Bea", "salió"], [Block(0, 1, 0, 1)], source=before.digest()
    )
    write_records(tmp_path / "translations.jsonl", [record])
    message = "translations.jsonl: a translation of other tokens or tags than own-0 has; translate"
    with pytest.raises(ClnerError, match=message):
        run(
            ProjectSettings(),
            source="en",
            target="es",
            sentences=tmp_path / "source.jsonl",
            translations=tmp_path / "translations.jsonl",
            output=tmp_path / "out.jsonl",
            summary=tmp_path / "summary.json",
        )
    assert not (tmp_path / "out.jsonl").exists()


def test_nothing_left_is_an_error(tmp_path):
    write(tmp_path, MARKED, [["O", "O", "O"]] * 2 + [TWO] * 2)
    write_sentences(tmp_path / "source.jsonl", read_sentences(tmp_path / "source.jsonl")[2:3])
    with pytest.raises(ClnerError, match="no sentence could be projected"):
        run_in(tmp_path, method="markers")


def test_records_survive_the_file(tmp_path):
    record = TranslationRecord(
        "x", "lexicon", ["a"], [Block(0, 1, 0, 1)], "[a]", ["a"], [["[", "]"]]
    )
    write_records(tmp_path / "r.jsonl", [record])
    assert read_records(tmp_path / "r.jsonl") == {"x": record}
    write_records(tmp_path / "r.jsonl", [record, record])
    with pytest.raises(ClnerError, match=r"r.jsonl:2: a second translation of x"):
        read_records(tmp_path / "r.jsonl")
