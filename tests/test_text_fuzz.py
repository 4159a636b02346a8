"""Text of any kind: nothing is lost, nothing is cut inside a character, time is linear."""

import time
from itertools import accumulate
from unicodedata import is_normalized, normalize

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clner.lexicons.lexicon import Lexicon
from clner.text.casing import Truecaser, normal_case
from clner.text.composed import composed
from clner.text.folding import fold
from clner.text.scripts import characters, detokenise, phrase_tokens, tokenise
from clner.translation.engines.lexicon import LexiconEngine

SPACED = ["en", "fr", "fi", "ar", "hi", "yo", "xx"]
UNSPACED = ["zh", "ja", "th", "km", "my"]
ODD = [
    *(
        "a",
        "Z",
        "é",
        "q\u0303",
        "ọ\u0301",
        "7",
        "７",
        "Ａ",
        ".",
        ",",
        "...",
        "'",
        '"',
        "-",
        "(",
        "$",
    ),
    *(" ", "\t", "\u00a0", "\u2028", "\u200b", "\u3000", "\x00", "\x1b", "\x85", "\u0301"),
    *("\u200e", "\u200f", "\u061c", "\u2067", "\u2069", "\u00ad", "\ufeff", "\u200c", "\u200d"),
    *("👨\u200d👩\u200d👧", "👍🏽", "🇩🇪", "🇫", "❤\ufe0f", "1\ufe0f\u20e3", "\ud83d", "\udc68"),
    *("名", "ひ", "น้ำ", "ก", "ក្រ", "क्षि", "ड़", "שָׁ", "محمد", "مُ", "\u0640", "\u0600", "한", "ㅎ"),
    *("DOTMULTI", "THISISPROTECTED000", "&amp;", "<b>", "|", "İ", "ß", "ﬁ"),
]
SURROGATE = st.characters(categories=["Cs"])
text = st.lists(st.sampled_from(ODD) | st.characters() | SURROGATE, max_size=12).map("".join)
language = st.sampled_from([*SPACED, *UNSPACED])
patient = settings(deadline=None)  # the first call for a language imports and reads

SEPARATOR = regex.compile(r"[\s\p{Cc}\u200b]")


@patient
@given(text, language)
def test_tokens_joined_are_the_text_without_spaces_in_nfc(text, language):
    tokens = tokenise(text, language)
    assert "".join(tokens) == SEPARATOR.sub("", normalize("NFC", text))
    assert all(tokens) and all(is_normalized("NFC", token) for token in tokens)


@patient
@given(text, language)
@example("a\u200e\u200c\u0301", "en")
def test_no_grapheme_cluster_is_cut(text, language):
    bounds, start = set(), 0
    for chunk in SEPARATOR.split(normalize("NFC", text)):
        bounds |= {start + cluster.start() for cluster in regex.finditer(r"\X", chunk)}
        start += len(chunk)
    assert bounds | {start} >= set(accumulate(map(len, tokenise(text, language))))


@patient
@given(text, language)
def test_an_invisible_character_is_a_token_only_where_it_stands_alone(text, language):
    alone = {chunk for chunk in SEPARATOR.split(text) if regex.fullmatch(r"\p{DI}+", chunk)}
    invisible = {t for t in tokenise(text, language) if regex.fullmatch(r"\p{DI}+", t)}
    assert invisible <= alone


@patient
@given(text, st.sampled_from(UNSPACED))
def test_without_spaces_tokens_come_back_from_their_text(text, language):
    tokens = tokenise(text, language)
    assert tokenise(detokenise(tokens, language), language) == tokens
    assert tokenise(" ".join(tokens), language) == tokens


@patient
@given(text, st.sampled_from(SPACED))
def test_with_spaces_only_cuts_change_on_the_way_back(text, language):
    tokens = tokenise(text, language)
    again = tokenise(detokenise(tokens, language), language)
    assert normalize("NFC", "".join(again)) == normalize("NFC", "".join(tokens))


@patient
@given(text)
def test_a_phrase_is_cut_like_running_text_where_there_are_no_spaces(text):
    assert "".join(phrase_tokens(text)) == SEPARATOR.sub("", normalize("NFC", text))
    assert [t for token in phrase_tokens(text) for t in characters(token)] == characters(
        normalize("NFC", text)
    )


@patient
@given(text)
def test_case_keeps_the_tokens_apart(text):
    tokens = tokenise(text, "en")
    assert len(normal_case(tokens, Truecaser())) == len(tokens)
    assert is_normalized("NFKC", fold(text))


@patient
@given(st.lists(text, max_size=5).map(" ".join))
def test_the_lexicon_engine_aligns_any_text(text):
    entries = {"a": ["b c"], "名": ["n"], "محمد": ["Mohammed"], "z": ["\u0301"]}
    [translation] = LexiconEngine(Lexicon(entries, "ar")).translate_sentences([text], "ar", "en")
    source = text.split(" ") if text else []
    target = translation.split(" ") if translation else []
    ends = [(block.source_end, block.target_end) for block in translation.alignment]
    starts = [(block.source_start, block.target_start) for block in translation.alignment]
    assert [*starts, (len(source), len(target))] == [(0, 0), *ends]


LONG = {
    "words": ("en", "The dog , ran ( 3,5 ) . "),
    "joiners": ("fa", "می\u200cخواهم "),
    "emoji": ("en", "👨\u200d👩\u200d👧 "),
    "flags": ("zh", "🇩🇪"),
    "one long word": ("ru", "ж"),
    "marks": ("yo", "\u0301"),
    "direction marks": ("ar", "\u200f"),
    "dots": ("de", "."),
    "commas": ("es", ","),
    "quotes": ("fr", "'\""),
    "zero-width spaces": ("km", "\u200b"),
    "characters": ("ja", "中A1\u3099"),
    "control characters": ("en", "\x00"),
}


@pytest.mark.parametrize("kind", LONG)
def test_ten_thousand_tokens_take_linear_time(kind):
    language, piece = LONG[kind]

    def seconds(length):
        text = piece * length
        start = time.process_time()
        tokens = tokenise(text, language)
        detokenise(tokens, language)
        phrase_tokens(text)
        fold(text)
        composed(text + "e\u0301")  # the accent, so that it is not composed already
        return time.process_time() - start

    seconds(100)
    # ten times the text; quadratic time would be a hundred times
    assert seconds(10_000) < 40 * max(seconds(1_000), 0.001)
