"""Dictionaries: MUSE, phrases, the demo."""

import unicodedata
from pathlib import Path

import pytest

from clner.corpora import demo
from clner.errors import ClnerError
from clner.lexicon import LexiconSettings, run
from clner.lexicons.dictionary import read_dictionary
from clner.stage import main

SHARED = Path(__file__).parents[2] / "shared" / "data" / "dictionaries"


def normal_form(tmp_path, content, source="en", target="es", **settings):
    given = tmp_path / "given.txt"
    given.write_text(content, encoding="utf-8", newline="")
    output = tmp_path / "lexicon.tsv"
    run(LexiconSettings(path=str(given), **settings), source=source, target=target, output=output)
    return output.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("cat gato\ndog perro\n", "cat\tgato\ndog\tperro\n"),
        ("cat\tgato\ndog\tperro", "cat\tgato\ndog\tperro\n"),
        ("\ufeffcat   gato \r\n\r\ndog\tperro\r\n", "cat\tgato\ndog\tperro\n"),
        ("New York\tNueva  York\nthe el\nthe la\n", "New York\tNueva York\nthe\tel\nthe\tla\n"),
        ("a\tx\nb\ty\na\tx\na\tw\n", "a\tx\nb\ty\na\tw\n"),
        ("man\u0303ana man\u0303ana\n", "ma\u00f1ana\tma\u00f1ana\n"),
    ],
)
def test_normal_form(tmp_path, content, expected):
    assert normal_form(tmp_path, content) == expected


def test_an_inverse_dictionary_is_turned_around(tmp_path):
    assert normal_form(tmp_path, "gato cat\ngata cat\n", inverse=True) == "cat\tgato\ncat\tgata\n"


def test_two_dictionaries_are_composed_through_a_third_language(tmp_path):
    onwards = tmp_path / "en-es.tsv"
    onwards.write_text("cat gato\ncat gata\nbig grande\n")
    composed = normal_form(
        tmp_path, "cat kat\nbig groot\ntree boom\n", "nl", inverse=True, then=str(onwards)
    )
    assert composed == "kat\tgato\nkat\tgata\ngroot\tgrande\n"
    with pytest.raises(ClnerError, match=r"lexicons\.nl-es: .*en-es\.tsv have no phrase in common"):
        normal_form(tmp_path, "tree boom\n", "nl", inverse=True, then=str(onwards))


def test_the_normal_form_reads_as_a_dictionary(tmp_path):
    normal_form(tmp_path, "the\tel\nNew York\tNueva York\nthe\tla\n")
    expected = {"the": ["el", "la"], "New York": ["Nueva York"]}
    assert read_dictionary(tmp_path / "lexicon.tsv") == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("cat gato\ndog\n", r"given\.txt:2: not a source phrase"),
        ("New York Nueva York\n", r":1: .*with a tab between them"),
        ("cat\t\n", r":1: not a source phrase"),
        ("cat\tgato\tanimal\n", r":1: not a source phrase"),
        ("\n\n", "holds no pair"),
        ("", "holds no pair"),
    ],
)
def test_broken_and_empty_files_are_errors(tmp_path, content, message):
    with pytest.raises(ClnerError, match=message):
        normal_form(tmp_path, content)
    assert not (tmp_path / "lexicon.tsv").exists()


def test_variables_are_filled_in(tmp_path, monkeypatch):
    (tmp_path / "en-es.txt").write_text("cat gato\n")
    settings = LexiconSettings(path="$DICTIONARIES/en-es.txt")
    output = tmp_path / "lexicon.tsv"
    monkeypatch.delenv("DICTIONARIES", raising=False)
    with pytest.raises(ClnerError, match=r"lexicons\.en-es\.path = .*DICTIONARIES is not set"):
        run(settings, source="en", target="es", output=output)
    monkeypatch.setenv("DICTIONARIES", str(tmp_path))
    run(settings, source="en", target="es", output=output)
    assert output.read_text() == "cat\tgato\n"


def test_the_demo_has_a_lexicon_for_every_target_both_ways(tmp_path):
    for target in set(demo.LANGUAGES) - {"en"}:
        there, back = tmp_path / f"en-{target}.tsv", tmp_path / f"{target}-en.tsv"
        run(LexiconSettings(), source="en", target=target, output=there)
        run(LexiconSettings(inverse=True), source=target, target="en", output=back)
        forth = {(s, t) for s, ts in read_dictionary(there).items() for t in ts}
        assert forth == {(t, s) for s, ts in read_dictionary(back).items() for t in ts}
        assert len(forth) > 50
        assert unicodedata.is_normalized("NFC", there.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("en", "xx", "the demo has no lexicon for 'xx'"),
        ("es", "de", "the demo has no lexicon from 'es', only from 'en'"),
    ],
)
def test_an_unknown_pair_of_the_demo_is_one_line(tmp_path, capsys, source, target, message):
    output = tmp_path / "lexicon.tsv"
    assert main(run, ["--source", source, "--target", target, "--output", str(output)]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not any(tmp_path.iterdir())


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data in ../shared is absent")
def test_real_muse_dictionaries(tmp_path):
    # as many pairs as lines: these files hold neither duplicates nor broken lines
    for name, pairs in {"en-es": 112_580, "en-nl": 93_835, "en-ja": 35_353}.items():
        source, target = name.split("-")
        settings = LexiconSettings(path=str(SHARED / f"{name}.tsv"))
        run(settings, source=source, target=target, output=tmp_path / name)
        assert sum(map(len, read_dictionary(tmp_path / name).values())) == pairs


@pytest.mark.parametrize(
    ("copies", "expected"),
    [
        ("keep", "said\tsaid\nsaid\tdijo\nkm\tkm\n"),
        ("last", "said\tdijo\nsaid\tsaid\nkm\tkm\n"),
        ("drop", "said\tdijo\n"),
    ],
)
def test_translations_equal_to_their_source_can_come_last(tmp_path, copies, expected):
    (tmp_path / "muse.txt").write_text("said said\nsaid dijo\nkm km\n")
    settings = LexiconSettings(path=str(tmp_path / "muse.txt"), copies=copies)
    run(settings, source="en", target="es", output=tmp_path / "out.tsv")
    assert (tmp_path / "out.tsv").read_text() == expected
