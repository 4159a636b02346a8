"""Markers: whatever the engine does to them is seen, and the text never mistaken for them."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clner.projection.arrival import Arrival, Loss
from clner.projection.likeness import Name
from clner.projection.markers import by_pairs, by_tags
from clner.projection.marking import LIKE, TAG, mark, marks_for, name_of
from clner.projection.placeholders import by_placeholders
from clner.projection.sentences import Projector, Translated
from clner.projection.settings import ProjectSettings
from clner.text.scripts import tokenise
from clner.text.sentence import Sentence, write_sentences
from clner.text.tags import Span, spans_of
from clner.translate import TranslateSettings, run
from clner.translation.record import read_records

TAGS = [["<a>", "</a>"], ["<b>", "</b>"]]
STYLES = ["tags", "xml", "brackets", "quotes", "placeholder"]
SIGNS = [
    *"[]{}„“«»\"'<>/aAbeE1＜＞［】 \u200d",
    "XENTA",
    "xentb",
    "<a>",
    "</e1>",
    "👩\u200d👧",
    "שלום",
]


@pytest.mark.parametrize(
    ("text", "tokens", "outcomes"),
    [
        ("<b> Roma </b> ve <a>Ana</a>", "Roma ve Ana", [Arrival(2, 3, 1.0), Arrival(0, 1, 1.0)]),
        ("< A > Ana < / a > <B>Roma< /B>", "Ana Roma", [Arrival(0, 1, 1.0), Arrival(1, 2, 1.0)]),
        ("＜a＞Ana＜／a＞ <b>Roma", "Ana Roma", [Arrival(0, 1, 1.0), Loss("marker lost")]),
        ("&lt;a&gt;Ana&lt;/a&gt; <ｂ>Roma</b>", "Ana Roma", [Arrival(0, 1, 1), Arrival(1, 2, 1)]),
        ("<a>A</a> <a>B</a> x", "A B x", [Loss("marker repeated"), Loss("marker lost")]),
        ("<a>A <b>B</a> C</b>", "A B C", [Loss("markers crossed")] * 2),
        (
            "<a> </a> </b> x <b>",
            "x",
            [Loss("nothing between the markers"), Loss("markers in reverse order")],
        ),
        ("<una>A</una> <b>B</b>", "A B", [Loss("marker translated"), Arrival(1, 2, 1.0)]),
        ("<c>x</c> 1 < 2", "<c>x</c> 1 < 2", [Loss("marker lost")] * 2),
        ("", "", [Loss("marker lost")] * 2),
    ],
)
def test_what_becomes_of_tags(text, tokens, outcomes):
    assert by_tags(text, TAGS, "<c> x </c>", str.split) == (tokens.split(), outcomes)


def test_numbered_tags_may_be_spaced():
    marks = [["<e1>", "</e1>"], ["<e12>", "</e12>"]]
    text = "<E 1>Ana</ e1> ve < e12 >Roma</e 12>"
    assert by_tags(text, marks, "", str.split)[1] == [Arrival(0, 1, 1.0), Arrival(2, 3, 1.0)]


@pytest.mark.parametrize(
    ("text", "tokens", "outcomes"),
    [
        ("[Ana] ve [Roma]", "Ana ve Roma", [Arrival(0, 1, 1.0), Arrival(2, 3, 1.0)]),
        ("【Roma】 ve ［Ana］", "Roma ve Ana", [Arrival(2, 3, 1.0), Arrival(0, 1, 1.0)]),
        ("[Ana] ve Roma", "[Ana] ve Roma", [Loss("marker lost")] * 2),
        ("[Ana] [ve] [Roma]", "[Ana] [ve] [Roma]", [Loss("marker repeated")] * 2),
        ("[Ana [ve] Roma]", "[Ana [ve] Roma]", [Loss("markers crossed")] * 2),
        ("]Ana[ ve ]Roma[", "]Ana[ ve ]Roma[", [Loss("markers crossed")] * 2),
        ("[] ve [Ana]", "ve Ana", [Arrival(1, 2, 1.0), Loss("nothing between the markers")]),
    ],
)
def test_what_becomes_of_brackets(text, tokens, outcomes):
    names = [Name("Anna", "Ana"), Name("Rome", "Roma")]
    assert by_pairs(text, ["[", "]"], names, 0.75, str.split) == (tokens.split(), outcomes)


def test_quotes_may_become_others():
    names = [Name("Ana"), Name("Roma")]
    outcomes = by_pairs('«Ana» ve "Roma"', ["„", "“"], names, 0.75, str.split)[1]
    assert outcomes == [Arrival(0, 1, 1.0), Arrival(2, 3, 1.0)]


def test_names_that_look_like_nothing_stay_in_order_and_are_unsure():
    outcomes = by_pairs("[安] [罗]", ["[", "]"], [Name("Ana"), Name("Roma")], 0.75, str.split)[1]
    assert outcomes == [Arrival(0, 1, 0.5), Arrival(1, 2, 0.5)]


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        (Name("Spain", "España"), Loss("something else between the markers")),
        (Name("Spain"), Arrival(0, 2, 0.5)),
        (Name("Spain", "de casas"), Arrival(0, 2, pytest.approx(12 / 13))),
        (Name("de casa", "España"), Arrival(0, 2, 1.0)),
        (Name("De Casas"), Arrival(0, 2, pytest.approx(12 / 13))),
    ],
)
def test_what_stands_between_brackets_must_look_like_the_entity(name, outcome):
    tokens, outcomes = by_pairs("[de casa] España", ["[", "]"], [name], 0.75, str.split)
    assert (tokens, outcomes) == (["de", "casa", "España"], [outcome])


@pytest.mark.parametrize(
    ("text", "tokens", "outcomes"),
    [
        ("xentb de XENTA", "La Haya de Ana", [Arrival(3, 4, 1.0), Arrival(0, 2, 1.0)]),
        ("XENTA，XENTB在", "Ana ， La Haya 在", [Arrival(0, 1, 1.0), Arrival(2, 4, 1.0)]),
        ("XENTA ve XENTA", "Ana ve Ana", [Loss("marker repeated"), Loss("marker lost")]),
        ("XENTAs XENTB's", "Ana s La Haya 's", [Loss("marker joined to a word"), Arrival(2, 4, 1)]),
        ("XENTA", "Ana", [Arrival(0, 1, 1.0), Loss("marker lost")]),
    ],
)
def test_what_becomes_of_placeholders(text, tokens, outcomes):
    found = by_placeholders(text, ["XENTA", "XENTB"], ["Ana", "La Haya"], str.split)
    assert found == (tokens.split(), outcomes)


def test_the_longest_placeholder_is_read_and_an_empty_filling_lost():
    words = ["XENTA", "XENTAA"]
    assert by_placeholders("XENTAA XENTA", words, ["", "Ana"], str.split) == (
        ["Ana"],
        [Loss("empty translation of the entity"), Arrival(0, 1, 1.0)],
    )


@pytest.mark.parametrize(
    ("text", "style", "marks"),
    [
        ("x <a> < / B >", "tags", [["<c>", "</c>"], ["<d>", "</d>"]]),
        ("x ＜E1＞", "xml", [["<e2>", "</e2>"], ["<e3>", "</e3>"]]),
        ("x 】", "brackets", [["{", "}"]] * 2),
        ("x ] {", "brackets", TAGS),
        ("x ] { »", "quotes", TAGS),
        ("x »", "quotes", [["[", "]"]] * 2),
        ("XentA", "placeholder", [["XENTB"], ["XENTC"]]),
    ],
)
def test_marks_avoid_what_the_text_already_holds(text, style, marks):
    assert marks_for(text.split(" "), 2, style) == marks


def test_there_are_marks_for_any_number_of_entities():
    assert marks_for([], 28, "tags")[-3:] == [["<z>", "</z>"], ["<aa>", "</aa>"], ["<ab>", "</ab>"]]
    assert len({word for [word] in marks_for([], 800, "placeholder")}) == 800
    assert marks_for(["x"], 0, "brackets") == []


def test_marking():
    tokens, spans = ["Ana", "ve", "Roma"], [Span(0, 1, "PER"), Span(2, 3, "LOC")]
    marked = mark(tokens, spans, TAGS)
    assert marked == ["<a>", "Ana", "</a>", "ve", "<b>", "Roma", "</b>"]
    assert mark(tokens, spans, [["XENTA"], ["XENTB"]]) == ["XENTA", "ve", "XENTB"]


@pytest.mark.parametrize("style", STYLES)
@given(tokens=st.lists(st.sampled_from(SIGNS) | st.text(max_size=4), max_size=9), data=st.data())
@settings(deadline=None)
def test_an_engine_that_copies_gives_everything_back(style, tokens, data):
    """Text that holds signs of all styles, in any mixture, comes back with its entities."""
    edges = sorted(data.draw(st.sets(st.integers(0, len(tokens)), max_size=6)))
    spans = [Span(a, b, "X") for a, b in zip(edges[::2], edges[1::2], strict=False)]
    entities = [" ".join(tokens[span.start : span.end]) for span in spans]
    marks = marks_for(tokens, len(spans), style)
    text = " ".join(mark(tokens, spans, marks))
    if not marks:
        return
    if len(marks[0]) == 1:
        found = by_placeholders(text, [word for [word] in marks], entities, str.split)
    elif marks[0][0].startswith("<"):
        found = by_tags(text, marks, " ".join(tokens), str.split)
    else:
        found = by_pairs(text, marks[0], [Name(entity) for entity in entities], 0.75, str.split)
    got, outcomes = found
    assert got == " ".join(tokens).split()
    texts = [" ".join(got[o.start : o.end]) if isinstance(o, Arrival) else "" for o in outcomes]
    wanted = [" ".join(entity.split()) for entity in entities]
    assert sorted(texts) == sorted(wanted)


@given(text=st.lists(st.sampled_from(SIGNS) | st.text(max_size=5), max_size=30).map("".join))
@settings(deadline=None)
def test_any_answer_of_an_engine_is_read(text):
    """Outcomes fit the tokens and stand apart, whatever comes back."""
    own = lambda text: tokenise(text, "es")  # noqa: E731
    names = [Name("Ana"), Name("Rome", "Roma")]
    for tokens, outcomes in (
        by_tags(text, TAGS, "", own),
        by_pairs(text, ["[", "]"], names, 0.75, own),
        by_pairs(text, ["„", "“"], names, 0.75, own),
        by_placeholders(text, ["XENTA", "XENTB"], ["Ana", "Roma"], own),
    ):
        arrived = sorted(outcome for outcome in outcomes if isinstance(outcome, Arrival))
        assert len(outcomes) == 2
        assert all(0 <= o.start < o.end <= len(tokens) for o in arrived)
        assert all(one.end <= other.start for one, other in pairwise(arrived))


@given(text=st.lists(st.sampled_from(SIGNS), max_size=12).map(" ".join))
def test_no_mark_is_in_the_text(text):
    for style in STYLES:
        for own in marks_for(text.split(" "), 3, style):
            if own[0].startswith("<"):
                names = {name_of(tag) for tag in TAG.finditer(text)}
                assert own[0][1:-1] not in names
            elif len(own) == 2:
                assert not {sign for one in own for sign in LIKE[one]} & set(text)
            else:
                assert own[0].lower() not in text.lower()


@pytest.mark.parametrize("style", STYLES)
def test_the_marks_of_a_translation_are_read_from_its_record(tmp_path, style):
    """Marks and copies go from the translation's settings to the projection by the file alone."""
    tags = ["B-PER", "O", "O", "B-LOC", "I-LOC"]
    sentence = Sentence("en-0", ["Baker", "lives", "in", "Baker", "Street"], tags)
    entries = {"Baker": ["Panadero"], "lives": ["vive"], "in": ["en"], "Street": ["Calle"]}
    forms = ["marked", "entities"]
    made = TranslateSettings(forms=forms, markers=style, copied=["PER"])
    (tmp_path / "lexicon.tsv").write_text("".join(f"{k}\t{v[0]}\n" for k, v in entries.items()))
    write_sentences(tmp_path / "sentences.jsonl", [sentence])
    run(
        made,
        source="en",
        target="es",
        sentences=tmp_path / "sentences.jsonl",
        cache=tmp_path / "cache.sqlite",
        output=tmp_path / "translated.jsonl",
        lexicon=tmp_path / "lexicon.tsv",
    )
    record = read_records(tmp_path / "translated.jsonl")["en-0"]
    assert record.entities == ["Baker", "Panadero Calle"]
    projector = Projector(ProjectSettings(method="markers"), "en", "es")
    projection = projector.project(Translated(sentence, spans_of(tags), record))
    assert projection.fault is None
    [person, place] = [projection.tokens[o.start : o.end] for o in projection.outcomes]
    assert person == ["Baker" if style == "placeholder" else "Panadero"]
    assert place == ["Panadero", "Calle"]
