"""Raw text to sentences of tokens: places in the original, ends of sentences, languages."""

from itertools import accumulate
from pathlib import Path
from unicodedata import is_normalized, normalize

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from clner.text.boundaries import lines, sentences
from clner.text.composed import composed
from clner.text.guess import likeliest
from clner.text.scripts import tokenise
from clner.text.segmentation import segment

SHARED = Path(__file__).parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(not SHARED.is_dir(), reason="the real data in ../shared is absent")

ODD = [
    *("e\u0301", "n\u0303", "O\u0323\u0300", "か\u3099", "각", "\u1112\u1161\u11ab", "\u1161"),
    *("क\u093c", "\u0958", "น้ำ", "ดี", "שָׁ", "\u0301", "\u0323", "\u034f", "\u00ad", "\u200d"),
    *(
        "👨\u200d👩\u200d👧",
        "👍🏽",
        "🏽",
        "🇩🇪",
        "🇪",
        "❤\ufe0f",
        "1\ufe0f\u20e3",
        "\ufeff",
        "\u2068",
    ),
    *("北京", "東京に", "IBM", "Lotus", "1998", "Mr.", "U.S.", "don't", "l'", "&amp;", "ﾞ", "ﬁ"),
    *(".", "!", "?", "。", "”", "«", "»", "...", ",", "|", "<b>", "@-@", "\x00", "\u200b", "\xa0"),
    *(" ", "  ", "\t", "\r\n", "\n", "\r", "\u2028", "\u0600", "\u0f73", "\u2126", "\u212b"),
]
odd_text = st.lists(st.sampled_from(ODD) | st.characters(exclude_categories=["Cs"]), max_size=12)
odd_text = odd_text.map("".join)
languages = st.sampled_from([["es", "en"], ["zh", "en"], ["ja"], ["th"], ["hi", "en"], []])


@given(odd_text)
@example("e\u0301\u1161 \u0301\u0323x")
def test_text_is_composed_as_unicode_says_and_every_character_has_its_place(text):
    normal = composed(text)
    assert normal.text == normalize("NFC", text)
    assert len(normal.starts) == len(normal.ends) == len(normal.text)
    for start in range(len(normal.text)):
        first, last = normal.span(start, start + 1)
        assert 0 <= first < last <= len(text)
        # The character, or all that was composed or put in order together with it.
        assert normal.text[start] in normalize("NFC", text[first:last])


@given(st.lists(st.sampled_from("🇩🇪🏽\u0301\u200de가\u11ab"), max_size=12).map("".join))
def test_places_are_those_within_whole_clusters_of_any_flags(text):
    places = composed(text)
    parts = [composed(cluster) for cluster in regex.findall(r"\X", text)]
    ends = [0, *accumulate(len(cluster) for cluster in regex.findall(r"\X", text))]
    spans = [
        (end + first, end + last)
        for end, part in zip(ends, parts, strict=False)
        for first, last in zip(part.starts, part.ends, strict=True)
    ]
    assert spans == list(zip(places.starts, places.ends, strict=True))


@given(odd_text, languages)
def test_the_characters_of_a_token_are_exactly_those_it_was_written_as(text, known):
    end = 0
    for token in (token for sentence in segment(text, known) for token in sentence):
        assert normalize("NFC", text[token.start : token.end]) == token.text
        assert token.start >= end, "tokens do not overlap"
        between = text[end : token.start]
        assert not any(character.isalnum() for character in between), "nothing is left out"
        end = token.end
    assert not any(character.isalnum() for character in text[end:])


@given(odd_text, languages)
def test_how_letters_are_composed_changes_nothing_but_places(text, known):
    forms = [segment(normalize(form, text), known) for form in ("NFC", "NFD")]
    tokens = [[[token.text for token in sentence] for sentence in found] for found in forms]
    assert tokens[0] == tokens[1]


@given(odd_text)
def test_sentences_are_a_partition_of_their_line(text):
    for start, end in lines(text):
        bounds = list(sentences(text[start:end], ["en"]))
        assert [a for a, _ in bounds] == [0, *(b for _, b in bounds[:-1])]
        assert bounds[-1][1] == end - start
        assert all(a < b for a, b in bounds)


def cut(text: str, language: str) -> list[str]:
    return [text[start:end].strip() for start, end in sentences(text, [language])]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Mr. J. R. Smith met the U.S. Senate.", "It (again) said no!", "Then he left..."]),
        ("en", ["At 5.30 p.m. he paid $3.50.", "“Why?”", "She smiled."]),
        ("es", ["El Sr. Pérez llegó.", "¿Quién?", "«Nadie», dijo."]),
        ("de", ["Am 3. Oktober kam Dr. Weiß z. B. nach Wien.", "Und?"]),
        ("ru", ["Это И. И. Иванов.", "Он дома."]),
        ("hi", ["वह दिल्ली में है।", "वह घर गया।"]),
        ("ar", ["هل هو هنا؟", "نعم."]),
    ],
)
def test_sentences_end_where_readers_end_them(language, expected):
    assert cut(" ".join(expected), language) == expected


def test_sentences_need_no_space_behind_them_where_the_script_has_none():
    assert cut("他说：“好。”然后走了！是吗？", "zh") == ["他说：“好。”", "然后走了！", "是吗？"]
    assert cut("東京に行く。「はい。」", "ja") == ["東京に行く。", "「はい。」"]
    assert cut("สมชาย ใจดี ไปกรุงเทพ", "th") == ["สมชาย ใจดี ไปกรุงเทพ"]


def test_a_line_break_of_any_kind_ends_a_sentence():
    found = segment("Ana\r\nEva\nUwe\u2028Ida", ["en"])
    assert [[token.text for token in sentence] for sentence in found] == [
        ["Ana"],
        ["Eva"],
        ["Uwe"],
        ["Ida"],
    ]


def test_a_line_of_stops_or_of_a_megabyte_takes_no_time():
    assert cut("." * 100_000, "en") == ["." * 100_000]
    assert len(cut("He left. " * 100_000, "en")) == 100_000


@pytest.mark.parametrize(
    ("text", "known", "language"),
    [
        ("他去了北京。", ["en", "zh"], "zh"),
        ("He went to 北京 yesterday.", ["zh", "en"], "en"),
        ("IBM在1998年收购 Lotus。", ["en", "zh"], "zh"),
        ("カタカナ", ["zh", "ja", "en"], "ja"),
        ("Maria lives in Lisbon.", ["es", "en"], "es"),
        ("Мария", ["en", "ru"], "ru"),
        ("2026: 10 %", ["zh", "en"], "zh"),
    ],
)
def test_the_script_tells_the_language_and_otherwise_the_first_is_it(text, known, language):
    assert likeliest(text, known) == language


def test_a_script_that_no_language_of_the_model_has_is_cut_in_its_own_way():
    assert [token.text for token in segment("我在北京", ["es", "en"])[0]] == list("我在北京")


@needs_data
@pytest.mark.parametrize("language", ["zh", "ja", "th", "ar", "hi"])
def test_real_lines_are_cut_as_the_corpora_are(language):
    path = SHARED / "parallel" / f"flores-reference.en-{language}.tsv"
    texts = [line.split("\t")[1] for line in path.read_text("utf-8").splitlines()]
    for text in texts[::20]:
        for form in ("NFC", "NFD"):
            written = normalize(form, text)
            found = [token for own in segment(written, [language, "en"]) for token in own]
            assert all(
                is_normalized("NFC", token.text)
                and normalize("NFC", written[token.start : token.end]) == token.text
                for token in found
            )
        # Where sentences are cut decides about full stops only.
        whole = "".join(tokenise(text, language))
        assert "".join(token.text for token in found) == whole
