"""Label projection: what arrives is labelled rightly, what does not is counted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.errors import ClnerError
from clner.lexicons.lexicon import Lexicon
from clner.project import ProjectSettings, project, run
from clner.projection.alignment import by_alignment
from clner.projection.arrival import Arrival, Loss
from clner.projection.markers import by_markers, labels, mark
from clner.projection.span_match import by_span_match
from clner.text.sentence import Sentence, read_sentences, write_sentences
from clner.text.tags import Span, spans_of, tags_of
from clner.translation.engines.lexicon import LexiconEngine
from clner.translation.record import Block, TranslationRecord, read_records, write_records

PER_LOC = ["PER", "LOC"]


@st.composite
def tagged(draw):
    """A sentence with random entities, of words some of which the lexicon knows."""
    tokens = draw(st.lists(st.sampled_from([*LEXICON, "Zoe", ".", "7"]), min_size=1, max_size=12))
    spans, position = [], 0
    while position < len(tokens):
        end = position + draw(st.integers(1, 3))
        if end <= len(tokens) and draw(st.booleans()):
            spans.append(Span(position, end, draw(st.sampled_from(PER_LOC))))
        position = end
    return Sentence("en-train-0", tokens, tags_of(spans, len(tokens)))


LEXICON = {"a": ["uno dos"], "b": ["tres"], "c": ["cuatro cinco seis"], "d": ["siete"]}


def translated(sentence):
    """A record of all forms, by the lexicon engine."""
    engine = LexiconEngine(Lexicon(LEXICON))
    spans = spans_of(sentence.tags)
    texts = [
        sentence.tokens,
        mark(sentence.tokens, spans),
        *(sentence.tokens[span.start : span.end] for span in spans),
    ]
    plain, marked, *entities = engine.translate_sentences(
        [" ".join(text) for text in texts], "en", "es"
    )
    return TranslationRecord(
        sentence.id, "lexicon", plain.split(" "), plain.alignment, marked, entities
    )


@pytest.mark.parametrize("method", ["alignment", "markers"])
@given(sentence=tagged())
def test_all_entities_arrive_in_order_and_no_token_is_lost(method, sentence):
    record = translated(sentence)
    settings = ProjectSettings(method=method)
    projection = project(sentence, record, settings, "es")
    assert projection.fault is None and projection.score == 1
    assert projection.tokens == record.tokens
    texts = [
        " ".join(projection.tokens[outcome.start : outcome.end]) for outcome in projection.outcomes
    ]
    assert [text.lower() for text in texts] == [entity.lower() for entity in record.entities]


@given(sentence=tagged())
def test_span_match_finds_each_entity_somewhere(sentence):
    record = translated(sentence)
    projection = project(sentence, record, ProjectSettings(method="span-match"), "es")
    arrived = [o for o in projection.outcomes if isinstance(o, Arrival)]
    tags_of([Span(o.start, o.end, "PER") for o in arrived], len(projection.tokens))
    # Texts that come twice may change places, none may be lost.
    found = sorted("".join(record.tokens[o.start : o.end]).lower() for o in arrived)
    assert found == sorted("".join(e.split()).lower() for e in record.entities)


@pytest.mark.parametrize(
    ("alignment", "outcome"),
    [
        ([Block(0, 1, 0, 1), Block(1, 3, 1, 3)], Loss("part of a longer phrase")),
        ([Block(0, 1, 0, 1), Block(1, 2, 2, 3), Block(2, 3, 1, 2)], Loss("split")),
        ([Block(2, 3, 0, 2)], Loss("not aligned")),
        ([Block(0, 1, 2, 3), Block(1, 2, 1, 2), Block(2, 3, 0, 1)], Arrival(1, 3, 1.0)),
    ],
)
def test_alignment_outcomes(alignment, outcome):
    assert by_alignment([Span(0, 2, "PER")], alignment) == [outcome]


@pytest.mark.parametrize(
    ("text", "tokens", "outcomes"),
    [
        ("<b> Roma </b> ve <a>Ana</a>", "Roma ve Ana", [Arrival(2, 3, 1.0), Arrival(0, 1, 1.0)]),
        ("< A > Ana < / a > <B>Roma< /B>", "Ana Roma", [Arrival(0, 1, 1.0), Arrival(1, 2, 1.0)]),
        ("＜a＞Ana＜／a＞ <b>Roma", "Ana Roma", [Arrival(0, 1, 1.0), Loss("marker lost")]),
        ("<a>A</a> <a>B</a> x", "A B x", [Loss("marker repeated"), Loss("marker lost")]),
        ("<a>A <b>B</a> C</b>", "A B C", [Loss("markers crossed")] * 2),
        ("<a> </a> </b> x <b>", "x", [Loss("nothing between the markers")] * 2),
        ("<c>x</c> 1 < 2", "<c>x</c> 1 < 2", [Loss("marker lost")] * 2),
    ],
)
def test_marker_outcomes(text, tokens, outcomes):
    assert by_markers(text, ["a", "b"], str.split) == (tokens.split(), outcomes)


def test_labels_avoid_what_the_text_already_holds():
    assert labels(["x", "<a>", "<", "/", "B", ">"], 2) == ["c", "d"]
    assert labels([], 28)[-3:] == ["z", "aa", "ab"]
    assert mark(["Ana", "ve"], [Span(0, 1, "PER")]) == ["<a>", "Ana", "</a>", "ve"]


def test_span_match_is_fuzzy_and_prefers_the_nearer_place():
    tokens = ["la", "Unión", "Europea", "y", "la", "Unión", "Europea"]
    [first, second] = by_span_match(["Union europea", "Unión Europea"], [0.1, 0.9], tokens, 0.7)
    assert (first.start, first.end) == (1, 3) and 0.7 <= first.score < 1
    assert second == Arrival(5, 7, 1.0)
    [lost] = by_span_match(["Bruselas"], [0.0], tokens, 0.7)
    assert lost == Loss("not found")


def test_span_match_serves_all_entities_together():
    # Both fit the last word best; the second entity fits nowhere else.
    tokens = ["abcdefgx", "y", "abcdefgh"]
    outcomes = by_span_match(["abcdefgh", "abcdefghh"], [0.0, 0.0], tokens, 0.85)
    assert [(o.start, o.end) for o in outcomes] == [(0, 1), (2, 3)]
    assert Loss("place taken by another entity") in by_span_match(["a", "a"], [0, 0], ["a"], 0.8)


def test_span_match_in_characters():
    [outcome] = by_span_match(["北京 市"], [0.5], ["在", "北", "京", "市", "住"], 0.9)
    assert outcome == Arrival(1, 4, 1.0)


def write(folder, records, tags):
    sentences = [
        Sentence(f"en-train-{n}", ["Ana", "saw", "Rome"], sentence_tags)
        for n, sentence_tags in enumerate(tags)
    ]
    write_sentences(folder / "source.jsonl", sentences)
    write_records(folder / "translations.jsonl", records)


def run_in(folder, **settings):
    run(
        ProjectSettings(**settings),
        target="es",
        sentences=folder / "source.jsonl",
        translations=folder / "translations.jsonl",
        output=folder / "out.jsonl",
        summary=folder / "summary.json",
    )


TWO = ["B-PER", "O", "B-LOC"]
MARKED = [
    TranslationRecord("en-train-0", "opus-mt", marked="<a>Ana</a> vio <b>Roma</b>."),
    TranslationRecord("en-train-1", "opus-mt", marked="<a>Ana</a> vio Roma."),
    TranslationRecord("en-train-2", "opus-mt", marked=""),
    TranslationRecord("en-train-3", "opus-mt", marked="Ana vio Roma."),
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
    }
    assert summary["entities"] == {
        "in": 6,
        "projected": 3,
        "lost": {"marker lost": 3},
        "out": entities_out,
    }


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("alignment", "method alignment needs tokens and alignment, which engine opus-mt left out"),
        ("span-match", "needs tokens and entities"),
    ],
)
def test_impossible_combination_is_one_clear_line(tmp_path, method, message):
    write(tmp_path, MARKED, [TWO])
    with pytest.raises(ClnerError, match=message):
        run_in(tmp_path, method=method)
    assert not (tmp_path / "out.jsonl").exists()


def test_markers_need_marked_text(tmp_path):
    write(tmp_path, [TranslationRecord("en-train-0", "lexicon", ["a"], [])], [TWO])
    with pytest.raises(ClnerError, match="translate with form marked"):
        run_in(tmp_path, method="markers")


def test_sentences_that_do_not_belong_together(tmp_path):
    write(tmp_path, MARKED[1:], [TWO])
    with pytest.raises(ClnerError, match="no translation of en-train-0"):
        run_in(tmp_path, method="markers")
    write(tmp_path, MARKED[1:2], [None])
    with pytest.raises(ClnerError, match="en-train-0 has no tags"):
        run_in(tmp_path, method="markers")


def test_nothing_left_is_an_error(tmp_path):
    write(tmp_path, MARKED, [["O", "O", "O"]] * 2 + [TWO] * 2)
    write_sentences(tmp_path / "source.jsonl", read_sentences(tmp_path / "source.jsonl")[2:])
    with pytest.raises(ClnerError, match="no sentence could be projected"):
        run_in(tmp_path, method="markers")


def test_records_survive_the_file(tmp_path):
    record = TranslationRecord("x", "lexicon", ["a"], [Block(0, 1, 0, 1)], None, ["a"])
    write_records(tmp_path / "r.jsonl", [record])
    assert read_records(tmp_path / "r.jsonl") == {"x": record}
    write_records(tmp_path / "r.jsonl", [record, record])
    with pytest.raises(ClnerError, match=r"r.jsonl:2: a second translation of x"):
        read_records(tmp_path / "r.jsonl")
