"""The lexicon engine: longest phrase first, case restored, exact alignment."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.errors import ClnerError
from clner.lexicons.lexicon import (
    Lexicon,
    inverted,
    read_inverse_lexicon,
    read_lexicon,
)
from clner.text.casing import Truecaser
from clner.text.sentence import Sentence
from clner.translation.engines.lexicon import LexiconEngine, lexicon_engine

ENTRIES = {
    "new": ["nuevo"],
    "new york": ["nueva york"],
    "the": ["el", "la"],
    "netherlands": ["países bajos"],
    "dog": ["Hund"],
    "Turkey": ["Turquía"],
    "turkey": ["pavo"],
    "3": ["tres"],
    "24 hours": ["un día"],
    "china": ["中国"],
    "straße": ["camino"],
}


def translate(text, entries=ENTRIES, **options):
    [translation] = LexiconEngine(Lexicon(entries), **options).translate_sentences(
        [text], "en", "xx"
    )
    return translation


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("in new york", "in nueva york"),
        ("a new york", "a nueva york"),
        ("The new thing", "El nuevo thing"),
        ("NEW YORK", "NUEVA YORK"),
        ("in New York", "in Nueva York"),
        ("Netherlands lost", "Países bajos lost"),
        ("lost to Netherlands", "lost to Países Bajos"),
        ("a dog", "a Hund"),
        ("a DOG", "a HUND"),
        ("in Turkey", "in Turquía"),
        ("a turkey", "a pavo"),
        ("3 , 24 hours !", "3 , un día !"),
        ("China !", "中 国 !"),
        ('" The dog', '" El Hund'),
        ("the Straße", "el Camino"),
        ("the STRASSE", "el CAMINO"),
    ],
)
def test_phrases_and_case(source, target):
    assert translate(source) == target


def test_phrase_of_a_language_without_spaces_is_found_in_its_characters():
    assert (
        translate("在 美 国", {"美国": ["Estados Unidos"], "美": ["bello"]}) == "在 Estados Unidos"
    )


def test_a_phrase_is_found_however_its_marks_are_written():
    entries = {"إسرائيل": ["Israel"], "الأمم المتحدة": ["United Nations"], "3D打印": ["print"]}
    assert translate("\u200fاسرائيــل و الامم المتحدة", entries) == "Israel و United Nations"
    assert translate("３Ｄ 打 印", entries) == "print"


def test_proclitics_are_passed_over_where_nothing_else_is_found():
    lexicon = Lexicon({"لندن": ["London"], "الرئيس": ["president"], "وجه": ["face"]}, "ar")
    segments = list(lexicon.segments(["بلندن", "والرئيس", "وجه", "وقال"]))
    assert [segment.candidates for segment in segments] == [
        [["London"]], [["president"]], [["face"]], [],
    ]  # fmt: skip
    assert not Lexicon({"لندن": ["London"]}).covers(["بلندن"])


def test_the_truecaser_decides_where_its_text_is_of_one_mind():
    truecaser = Truecaser({"Hund": 9, "deutsch": 9, "bank": 1, "Bank": 1}, "de")
    entries = {"dog": ["hund"], "german": ["deutsch"], "bank": ["bank"], "turkey": ["Türkei"]}
    lexicon = Lexicon(entries, "en", truecaser)
    tokens = ["German", "dog", "German", "Bank", "bank", "turkey", "DOG"]
    found = [segment.candidates[0][0] for segment in lexicon.segments(tokens)]
    assert found == ["Deutsch", "Hund", "deutsch", "Bank", "bank", "Türkei", "HUND"]


def test_the_text_of_the_truecaser_is_part_of_the_identity(tmp_path):
    dictionary, casing = tmp_path / "lexicon.tsv", tmp_path / "text.jsonl"
    dictionary.write_text("dog\thund\n")

    def identity(*files):
        engine = lexicon_engine(Lexicon(ENTRIES), dictionary, "en", "de", "first", 0, files)
        return engine.identity

    casing.write_text("one")
    first = identity(casing)
    casing.write_text("two")
    assert first != identity(casing) != identity()
    assert identity(casing) == identity(casing)


def test_no_text_has_no_translation():
    assert translate("") == "" and translate("").alignment == []


words = st.sampled_from(
    ["new", "york", "The", "NETHERLANDS", "dog", "3", ".", "x", "24", "hours", "é"]
)


@given(st.lists(words, min_size=1, max_size=30), st.sampled_from(["first", "random"]))
def test_blocks_cover_source_and_target_in_order(tokens, choice):
    translation = translate(" ".join(tokens), choice=choice)
    target = translation.split(" ")
    source_at = target_at = 0
    for source_start, source_end, target_start, target_end in translation.alignment:
        assert (source_start, target_start) == (source_at, target_at)
        assert source_start < source_end and target_start < target_end
        source_at, target_at = source_end, target_end
    assert (source_at, target_at) == (len(tokens), len(target))


@given(st.lists(st.sampled_from(["?", "1,5", "Zzyzx", "-", "\u00a0"]), min_size=1))
def test_what_is_unknown_stays(tokens):
    assert translate(" ".join(tokens)) == " ".join(tokens)


def test_random_choice_depends_on_text_and_seed_only():
    texts = [f"the {number}" for number in range(40)]
    engine = LexiconEngine(Lexicon(ENTRIES), "random", seed=3)
    forwards = engine.translate_sentences(texts, "en", "es")
    backwards = engine.translate_sentences(texts[::-1], "en", "es")
    assert forwards == backwards[::-1]
    assert {text.split()[0] for text in forwards} == {"el", "la"}
    assert forwards != LexiconEngine(Lexicon(ENTRIES), "random", 4).translate_sentences(
        texts, "en", "es"
    )


def test_long_sentence_takes_linear_time():
    def seconds(length):
        start = time.process_time()
        translate(" ".join(["new york the x"] * length))
        return time.process_time() - start

    seconds(100)
    assert seconds(40_000) < 40 * seconds(4_000)


def test_easynmt_passes_the_alignment_through_in_the_order_of_the_texts():
    from easynmt import EasyNMT

    texts = ["new york", "the dog and the turkey", "x", "the netherlands"]
    translations = EasyNMT(translator=LexiconEngine(Lexicon(ENTRIES))).translate(
        texts, source_lang="en", target_lang="es", batch_size=2, perform_sentence_splitting=False
    )
    assert translations == [translate(text) for text in texts]
    assert [t.alignment for t in translations] == [translate(text).alignment for text in texts]


def test_lexicon_without_overlap_is_refused(tmp_path):
    path = tmp_path / "lexicon.tsv"
    path.write_text("perro\tdog\n", encoding="utf-8")
    with pytest.raises(ClnerError, match="no phrase of this lexicon occurs"):
        read_lexicon(path, [Sentence("en-train-0", ["a", "dog"])])
    assert read_lexicon(path, [Sentence("es-train-0", ["un", "Perro"])]).covers(["PERRO"])


def test_an_inverted_dictionary_prefers_those_that_prefer_the_phrase():
    dictionary = {"hound": ["podenco", "perro"], "dog": ["perro"], "pup": ["perro"], "to": ["a"]}
    assert inverted(dictionary) == {
        "podenco": ["hound"],
        "perro": ["dog", "pup", "hound"],
        "a": ["to"],
    }


entries = st.dictionaries(
    st.sampled_from("abc"), st.lists(st.sampled_from("xyz"), min_size=1, unique=True)
)


@given(entries)
def test_inverting_keeps_every_pair(dictionary):
    pairs = {(source, target) for source, found in dictionary.items() for target in found}
    back = {(source, target) for target, found in inverted(dictionary).items() for source in found}
    assert back == pairs


def test_lexicons_are_read_backwards(tmp_path):
    english, dutch = tmp_path / "en-zh.tsv", tmp_path / "nl-zh.tsv"
    english.write_text("hound\t狗\ndog\t狗\nhe saw\t看见\n", encoding="utf-8")
    dutch.write_text("hond\t狗\n", encoding="utf-8")
    sentences = [Sentence("zh-train-0", ["看", "见", "狗"])]
    lexicon = read_inverse_lexicon([english, dutch], sentences)
    assert list(lexicon.segments(sentences[0].tokens)) == [
        (0, 2, [["he", "saw"]]),
        (2, 3, [["hound"], ["dog"], ["hond"]]),
    ]
    with pytest.raises(ClnerError, match="its second column must be in the language of the"):
        read_inverse_lexicon([english], [Sentence("en-train-0", ["a", "dog"])])
