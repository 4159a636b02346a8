"""Capitals: learnt from text, taken from the source, given back to headlines."""

from pathlib import Path

import pytest

from clner.lexicons.dictionary import read_dictionary
from clner.lexicons.lexicon import Lexicon
from clner.text.casing import (
    Truecaser,
    capitalised,
    first_word,
    in_capitals,
    loses_capitals,
    lower,
    normal_case,
    settled_case,
    upper,
    with_case_of,
)
from clner.text.scripts import tokenise

SHARED = Path(__file__).parents[2] / "shared" / "data"
GERMAN = Truecaser({"Hund": 30, "hund": 1, "deutsche": 9, "Deutsche": 5, "EU": 4, "und": 50}, "de")
SPANISH = Truecaser({"alemán": 20, "Alemán": 1, "Casa": 2, "casa": 4}, "es")


def test_the_frequent_form_wins_and_the_settled_one_is_nearly_always_it():
    assert [GERMAN.case(word) for word in ["HUND", "deutsche", "eu"]] == ["Hund", "deutsche", "EU"]
    assert GERMAN.case("und", at_start=True) == "Und"
    settled = [GERMAN.settled(word) for word in ["hund", "DEUTSCHE", "Eu", "Katze"]]
    assert settled == ["Hund", None, "EU", None]


def test_what_the_text_lacks_stays_as_it_is():
    assert not GERMAN.knows("katze") and GERMAN.knows("HUND")
    assert GERMAN.case("kATze") == "kATze"
    assert Truecaser().case("Ab") == "Ab"


def test_only_words_inside_a_sentence_are_counted():
    sentences = [
        ["Der", "Hund", ",", "der", "bellt", ".", "Er", "beißt"],
        ["„", "Das", "ist", "gut", "“"],
        ["ALLE", "HUNDE", "BELLEN"],
    ]
    truecaser = Truecaser.from_sentences(sentences, "de")
    words = ["hund", "der", "bellt", "beißt", "ist", "gut", "er", "das", "alle", "hunde", ","]
    assert [truecaser.knows(word) for word in words] == [True] * 6 + [False] * 5
    assert truecaser.case("DER") == "der"


@pytest.mark.parametrize(
    ("source", "target", "at_start", "truecaser", "expected"),
    [
        ("dog", "hund", False, GERMAN, "Hund"),
        ("DOG", "hund", False, GERMAN, "HUND"),
        ("German", "deutsche", False, GERMAN, "Deutsche"),
        ("german", "deutsche", False, GERMAN, "deutsche"),
        ("German", "alemán", False, SPANISH, "alemán"),
        ("German", "alemán", True, SPANISH, "Alemán"),
        ("German", "alemán", False, Truecaser(), "Alemán"),
        ("White House", "casa blanca", False, SPANISH, "Casa Blanca"),
        ("White House", "casa blanca", True, SPANISH, "Casa Blanca"),
        ("Netherlands", "países bajos", True, SPANISH, "Países bajos"),
        ("House of cards", "casa de naipes", False, SPANISH, "Casa de naipes"),
        ("dog", "Hündin", False, GERMAN, "Hündin"),
        ("Turkey", "中国", True, Truecaser(), "中国"),
        ("3D打印", "print", False, Truecaser(), "print"),
        ("Istanbul", "istanbul", False, Truecaser(language="tr"), "İstanbul"),
        ("ISTANBUL", "istanbul", False, Truecaser(language="tr"), "İSTANBUL"),
        ("Iceland", "ijsland", False, Truecaser(language="nl"), "IJsland"),
        ("Tbilisi", "თბილისი", False, Truecaser(language="ka"), "თბილისი"),
        ("TBILISI", "თბილისი", False, Truecaser(language="ka"), "თბილისი"),
    ],
)
def test_settled_words_keep_their_case_and_others_follow_the_source(
    source, target, at_start, truecaser, expected
):
    assert with_case_of(source.split(), target.split(), at_start, truecaser) == expected.split()


def test_capitals_of_the_dictionary_stay():
    assert settled_case(["hund", "HUND", "Hund"], GERMAN) == ["Hund", "HUND", "Hund"]


def test_capitals_by_language():
    assert [capitalised("ijs", language) for language in ["nl", "de"]] == ["IJs", "Ijs"]
    assert [capitalised("izmir", language) for language in ["tr", "es"]] == ["İzmir", "Izmir"]
    assert [upper("irak", language) for language in ["tr", "es"]] == ["İRAK", "IRAK"]
    assert [lower("IRAK", language) for language in ["az", "es"]] == ["ırak", "irak"]
    assert capitalised("") == upper("") == ""
    assert upper("ΐ") == "\u03aa\u0301"  # NFC, which str.upper does not keep


def test_a_sentence_in_capitals_has_two_words_in_capitals_and_no_small_letter():
    assert in_capitals(["JAPAN", "GET", "WIN", "1996"])
    for tokens in [
        ["IBM", "."],
        ["1996", "-"],
        [],
        ["JAPAN", "get", "WIN"],
        ["中", "国"],
        ["A", "B"],
    ]:
        assert not in_capitals(tokens)


def test_a_headline_is_translated_in_normal_case():
    english = Truecaser({"the": 9, "EU": 3, "Japan": 5, "get": 7, "win": 4, "Win": 1})
    headline = ['"', "THE", "EU", "AND", "JAPAN", "GET", "WIN"]
    normal = ['"', "The", "EU", "And", "Japan", "get", "win"]
    assert normal_case(headline, english) == normal


def test_any_other_sentence_passes_through():
    tokens = ["The", "EU", "got", "it"]
    assert normal_case(tokens, Truecaser({"eu": 9})) == tokens


def test_the_first_word_follows_opening_marks():
    assert first_word(["(", '"', "El", "rey"]) == 2
    assert first_word(["(", "-"]) == first_word([]) == 0


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data in ../shared is absent")
@pytest.mark.parametrize(("language", "gain"), [("de", 0.1), ("fr", 0.01)])
def test_a_truecaser_brings_translations_closer_to_references_it_has_not_seen(language, gain):
    path = SHARED / "parallel" / f"flores-reference.en-{language}.tsv"
    lines = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    seen = (tokenise(right, language) for _, right in lines[:1000])
    pairs = [(tokenise(left, "en"), tokenise(right, language)) for left, right in lines[1000:1500]]
    dictionary = read_dictionary(SHARED / "dictionaries" / f"en-{language}.tsv")
    with_it, without = (
        _agreement(pairs, Lexicon(dictionary, "en", truecaser))
        for truecaser in (Truecaser.from_sentences(seen, language), Truecaser(language=language))
    )
    assert with_it > without + gain


def _agreement(pairs, lexicon):
    """Of translated words that the reference has in any case, the share that it has as they are."""
    found = agreeing = 0
    for source, reference in pairs:
        words, exact = {word.lower() for word in reference}, set(reference)
        for segment in lexicon.segments(source):
            for word in segment.candidates[0] if segment.candidates else []:
                if word.lower() != word.upper() and word.lower() in words:
                    found += 1
                    agreeing += word in exact
    return agreeing / found


def test_what_has_no_letter_or_no_case_or_had_no_capital_loses_none():
    assert loses_capitals(["Spanish"], ["español"])
    assert loses_capitals(["New", "Yorkers"], ["neoyorquinos"])
    assert not loses_capitals(["Spanish"], ["Español"])
    assert not loses_capitals(["van", "Gogh"], ["van", "Gogh"])
    assert not loses_capitals(["Spanish"], ["西", "班", "牙"])
    assert not loses_capitals(["Spain"], ["ესპანეთი"])
    assert not loses_capitals(["F1"], ["1"])
    assert not loses_capitals(["iPod"], ["IPOD"])
    assert not loses_capitals(["spanish"], ["español"])
