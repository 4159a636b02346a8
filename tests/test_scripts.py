"""Tokens to text and back, in scripts with and without spaces."""

from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.text.scripts import characters, detokenise, has_spaces, phrase_tokens, tokenise

SHARED = Path(__file__).parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(not SHARED.is_dir(), reason="the real data in ../shared is absent")
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


def test_a_letter_keeps_marks_that_it_cannot_be_composed_with():
    assert tokenise("Ọ̀ṣun ọ́ni", "yo") == ["Ọ̀ṣun", "ọ́ni"]
    assert tokenise("Москва́.", "ru") == ["Москва́", "."]
    assert tokenise("שָׁלוֹם, עולם", "he") == ["שָׁלוֹם", ",", "עולם"]
    assert characters("中か\u3099") == ["中", "か\u3099"]


def test_marks_do_not_shorten_a_word_to_an_abbreviation():
    assert tokenise("यह है.", "hi") == ["यह", "है", "."]


def test_invisible_characters_stay_with_their_word():
    assert tokenise("\u200fمحمد\u200e (عمر)", "ar") == ["\u200fمحمد\u200e", "(", "عمر", ")"]
    assert tokenise("co\u00adoperate", "en") == ["co\u00adoperate"]
    assert tokenise("\u2068IBM\u2069在", "zh") == ["\u2068IBM\u2069", "在"]


def test_control_characters_and_zero_width_spaces_separate():
    assert tokenise("a\x00b\u2028c", "en") == ["a", "b", "c"]
    assert tokenise("ខ្មែរ\u200bកម្ពុជា", "km") == tokenise("ខ្មែរ កម្ពុជា", "km")


def test_a_sentence_may_have_more_than_a_thousand_joiners():
    tokens = ["می\u200cخواهم"] * 1500
    assert tokenise(" ".join(tokens), "fa") == tokens


@needs_data
@pytest.mark.parametrize("language", ["zh", "ja", "th", "ar", "hi"])
def test_real_text_comes_back_as_the_same_tokens(language):
    path = SHARED / "parallel" / f"flores-reference.en-{language}.tsv"
    texts = [line.split("\t")[1] for line in path.read_text("utf-8").splitlines()]
    for text in texts:
        tokens = tokenise(text, language)
        plain = normalize("NFC", text).replace("\u200b", "")
        assert "".join(tokens) == "".join(plain.split())
        assert tokenise(detokenise(tokens, language), language) == tokens


@needs_data
@pytest.mark.parametrize("language", ["zh", "ja", "th"])
def test_real_dictionaries_are_cut_like_running_text(language):
    path = SHARED / "dictionaries" / f"en-{language}.tsv"
    phrases = [line.split("\t")[1] for line in path.read_text("utf-8").splitlines()]
    assert all(phrase_tokens(phrase) == tokenise(phrase, language) for phrase in phrases)


def test_dictionary_phrases_split_by_script_not_by_punctuation():
    assert phrase_tokens("don't U.N. 美国 ไทย") == ["don't", "U.N.", "美", "国", "ไ", "ท", "ย"]


def test_nothing_in_nothing_out():
    assert detokenise([], "en") == detokenise([], "zh") == ""
    assert tokenise("", "en") == tokenise("", "zh") == []
