"""Apertium: its stream, the alignment read off it, and the installed program where there is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.errors import ClnerError
from clner.translation.engines.apertium import (
    Word,
    _escaped,
    _marked,
    _numbered,
    _plain,
    _translation,
    _unmarked,
    _words,
    apertium_engine,
)
from clner.translation.record import Block


@pytest.fixture(scope="module")
def engine():
    try:
        return apertium_engine("en", "es")
    except ClnerError as error:
        pytest.skip(str(error))


def translated(engine, text):
    tokens = text.split(" ")
    [translation] = engine.translate([engine.compose(tokens)])
    target = engine.split(translation)
    blocks = translation.alignment
    return target, {
        " ".join(tokens[b.source_start : b.source_end]): " ".join(
            target[b.target_start : b.target_end]
        )
        for b in blocks
    }


def test_words_change_places_with_their_alignment(engine):
    tokens, aligned = translated(engine, "The red house is in New York .")
    assert tokens == ["La", "casa", "roja", "es", "en", "Nueva", "York", "."]
    assert (aligned["red"], aligned["house"]) == ("roja", "casa")
    assert aligned["New York"] == "Nueva York"


def test_many_sentences_keep_their_order(engine):
    texts = [f"The house {number} ." for number in range(300)]
    translations = engine.translate(texts)
    assert [engine.split(t)[-2] for t in translations] == [str(number) for number in range(300)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"[ $ 5 ] ^x^ <b> \ {z} @ # ~ * +", r"[$5]^x^<b>\{z}@#~*+"),
        ("[[t:w:0]] Ana [[/]]", "[[t:w:0]]Ana[[/]]"),
        ("Ana \u200d 🙂 é שלום Ana", "Ana\u200d🙂éשלוםAna"),
        ("Ana\u00a0Ana", "AnaAna"),
        (".", "."),
        ("", ""),
    ],
)
def test_what_the_stream_reserves_passes_through(engine, text, expected):
    tokens, _ = translated(engine, text)
    assert "".join(tokens) == expected


@pytest.mark.parametrize("odd", ["foo\u200bbar", "a\x07b", "@-@", "don't", "e\u0301"])
def test_odd_characters_do_not_shift_the_alignment(engine, odd):
    _, aligned = translated(engine, f"The {odd} red house in Spain .")
    assert (aligned["house"], aligned["Spain"]) == ("casa", "España")


def test_a_long_sentence(engine):
    tokens, _ = translated(engine, " ".join(["The house is red ."] * 2_000))
    assert tokens.count("casa") == 2_000


def test_a_pair_that_is_not_installed_names_those_that_are(engine):
    with pytest.raises(ClnerError, match=r"engine apertium has no en-th; it has .*en-es"):
        apertium_engine("en", "th")


def test_a_code_that_no_language_has_is_one_line(engine):
    with pytest.raises(ClnerError, match="engine apertium: no language has the code 'xx'"):
        apertium_engine("en", "xx")


def test_without_the_program_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ClnerError, match=r"apt install apertium .* such as apertium-eng-spa"):
        apertium_engine("en", "es")


def test_a_broken_installation_is_one_line(monkeypatch, tmp_path):
    program = tmp_path / "bin/apertium"
    modes = tmp_path / "share/apertium/modes"
    for folder in (program.parent, modes):
        folder.mkdir(parents=True)
    for name in ("apertium", "lt-proc"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\necho no data >&2\nexit 3\n")
        (tmp_path / "bin" / name).chmod(0o755)
    data = tmp_path / "en.bin"
    data.write_bytes(b"")
    (modes / "eng-spa.mode").write_text(f"lt-proc '{data}' | x")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    with pytest.raises(ClnerError, match=r"lt-proc gave 0 answers to 1 texts .* 3: no data"):
        apertium_engine("en", "es").translate(["a"])


# The stream ----------------------------------------------------------------------------------


@given(st.text(alphabet="ab \\[]{}^$/@<>", max_size=20))
def test_escaping_is_undone(text):
    assert _plain(_escaped(text)) == text


@given(st.lists(st.tuples(st.text(alphabet="ab^$[\\/", min_size=1), st.booleans()), max_size=6))
def test_the_text_of_an_analysis_is_the_text_analysed(parts):
    analysis = "".join(
        f"^{_escaped(text)}/{_escaped(text)}<n>$" if is_word else _escaped(text)
        for text, is_word in parts
    )
    words = _words(analysis)
    assert "".join(word.text for word in words) == "".join(text for text, _ in parts)
    assert [word.text for word in words if word.numbers] == [t for t, is_word in parts if is_word]


@given(st.lists(st.tuples(st.text(alphabet="ab^$[]\\/", min_size=1), st.booleans()), max_size=6))
def test_markup_is_read_back(parts):
    words = [Word(text, [n] if is_word else []) for n, (text, is_word) in enumerate(parts)]
    read = [word for word in _unmarked("".join(map(_marked, words))) if word.text]
    assert [word for word in read if word.numbers] == [word for word in words if word.numbers]
    assert "".join(word.text for word in read) == "".join(text for text, _ in parts)


def test_words_that_share_a_token_get_one_number():
    words = [Word("do", [0]), Word("n't", [1]), Word(" ", []), Word("in spite of", [2])]
    numbered, places = _numbered(words, ["don't", "in", "spite", "of"])
    assert [word.numbers for word in numbered] == [[0], [0], [], [1]]
    assert places == [(0, 1), (1, 4)]


def test_an_article_in_a_preposition_belongs_to_the_preposition():
    words = [Word("del", [0, 1]), Word(" ", []), Word("mercado", [1])]
    translation = _translation(words, [(0, 1), (2, 3)], "es")
    assert translation == "del mercado"
    assert translation.alignment == [Block(0, 1, 0, 1), Block(2, 3, 1, 2)]


def test_of_a_word_in_two_places_the_longer_one_counts():
    words = [Word("ha ", [0]), Word("no ", [1]), Word("sido visto", [0])]
    translation = _translation(words, [(0, 2), (2, 3)], "es")
    assert translation.alignment == [Block(0, 2, 2, 4), Block(2, 3, 1, 2)]
