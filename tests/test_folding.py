"""What counts as the same word in a look-up."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.text.folding import bare_forms, fold


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("STRASSE", "Straße"),
        ("İSTANBUL", "istanbul"),
        ("ISPARTA", "ısparta"),
        ("ＩＢＭ３６０", "ibm360"),
        ("ｱｼﾞｱ", "アジア"),
        ("don’t", "don't"),
        ("مُحَمَّــد", "محمد"),
        ("أحمد", "احمد"),
        ("على", "علي"),
        ("\u200fمصر\u200e", "مصر"),
        ("\ufee3\ufebc\ufeae", "مصر"),
        ("یکی", "يكي"),
        ("می\u200cخواهم", "میخواهم"),
        ("שָׁלוֹם", "שלום"),
        ("ज़्यादा", "ज्यादा"),
        ("माँ", "मां"),
        ("दोस्\u200dती", "दोस्ती"),
        ("Горбачёв", "горбачев"),
        ("Москва́", "москва"),
        ("co\u00adoperate", "cooperate"),
    ],
)
def test_ways_to_write_one_word_fold_to_one_form(left, right):
    assert left != right
    assert fold(left) == fold(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("papá", "papa"),
        ("schon", "schön"),
        ("ọ́", "ọ"),
        ("й", "и"),
        ("سؤال", "سوال"),
        ("كتابة", "كتابه"),
        ("ガ", "カ"),
        ("ผม", "ผ่ม"),
        ("सं", "स"),
    ],
)
def test_marks_that_tell_words_apart_stay(left, right):
    assert fold(left) != fold(right)


ALPHABETS = [
    "aIİıi\u0307ßﬁＡ1éọ\u0301’-. \u00ad",
    "اأآٱىیيکكةؤئمﷺ\ufee3\u0640\u064b\u064f\u0651\u0654\u0670\u200c\u200f 1",
    "אשםּ\u05b8\u05c1\ufb2a\u200f",
    "аАеёЁйѓ\u0300\u0301\u00ad",
    "कडम\u093c\u0958ा\u0901\u0902\u094d\u200d\u200c",
    "中ｱガ\uff9eか\u3099한１Ａ👍\ufe0f\u200d",
]


@given(st.sampled_from(ALPHABETS).flatmap(lambda letters: st.text(letters, max_size=12)))
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text) == fold(normalize("NFD", text))


def test_text_of_nothing_visible_folds_to_nothing():
    assert fold("\u200e\u2066\u2069") == fold("") == ""


@pytest.mark.parametrize(
    ("token", "language", "forms"),
    [
        ("والرئيس", "ar", ["الرئيس", "رئيس"]),
        ("بلندن", "ar", ["لندن"]),
        ("وبلندن", "ar", ["بلندن", "لندن"]),
        ("للأمم", "ar", ["لامم", "امم"]),
        ("من", "ar", []),
        ("ובלונדון", "he", ["בלונדון", "לונדון"]),
        ("הבית", "he", ["בית"]),
        ("הוא", "he", []),
        ("والرئيس", "fa", []),
        ("London", "en", []),
        ("London", None, []),
    ],
)
def test_proclitics_come_off_one_after_the_other(token, language, forms):
    assert bare_forms(token, language) == forms
