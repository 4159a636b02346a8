"""Tokens to text and back, in scripts with and without spaces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.text.scripts import characters, detokenise, has_spaces, phrase_tokens, tokenise

LANGUAGES = ["en", "es", "de", "fr", "ar", "hi", "ko", "xx", "zh", "ja", "th"]
ODD = ["AT&T", '"', "'", "|", "[", "]", "<b>", "10", "%", "U.N.", "...", "$", "1.5", "l'", "&amp;"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_character_is_lost_or_replaced_on_the_way_to_text_and_back(language):
    text = detokenise(ODD, language)
    assert text.replace(" ", "") == "".join(ODD)
    assert "".join(tokenise(text, language)) == "".join(ODD)


@given(st.lists(st.sampled_from([*ODD, "word", "名", "e-mail", "don't", "5,300"]), max_size=12))
def test_only_spaces_change(tokens):
    for language in ("en", "fr", "zh"):
        text = detokenise(tokens, language)
        assert "".join(tokenise(text, language)) == "".join(tokens)


def test_words_keep_hyphens_and_joiners():
    assert tokenise("state-of-the-art 1996-08-22", "en") == ["state-of-the-art", "1996-08-22"]
    assert tokenise("می\u200cخواهم، بله", "fa") == ["می\u200cخواهم", "،", "بله"]
    family = "👨\u200d👩\u200d👧"
    assert tokenise(f"{family} 🇩🇪 👍🏽!", "en") == [family, "🇩🇪", "👍🏽", "!"]


def test_characters_are_tokens_where_there_are_no_spaces():
    assert not has_spaces("ja") and has_spaces("ko")
    tokens = ["IBM", "在", "1998", "年", "收", "购", "Lotus", "。"]
    assert tokenise("IBM在1998年收购 Lotus。", "zh") == tokens
    assert characters("น้ำดี") == ["น้ำ", "ดี"]


def test_latin_runs_stay_apart_without_spaces():
    tokens = ["美", "国", "New", "York", "5", "年"]
    assert detokenise(tokens, "zh") == "美国New York 5年"
    assert tokenise(detokenise(tokens, "zh"), "zh") == tokens


def test_text_becomes_nfc():
    assert tokenise("Cafe\u0301", "es") == ["Café"] == phrase_tokens("Cafe\u0301")


def test_dictionary_phrases_split_by_script_not_by_punctuation():
    assert phrase_tokens("don't U.N. 美国 ไทย") == ["don't", "U.N.", "美", "国", "ไ", "ท", "ย"]


def test_nothing_in_nothing_out():
    assert detokenise([], "en") == detokenise([], "zh") == ""
    assert tokenise("", "en") == tokenise("", "zh") == []
