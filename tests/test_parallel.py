"""Parallel text: TMX and columns, and what is wrong with them by file and line."""

import gzip
import logging
import re
import tracemalloc

import pytest

from clner.errors import ClnerError
from clner.translation.parallel import read_parallel

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n'


def unit(*texts):
    return (
        "<tu>"
        + "".join(f'<tuv xml:lang="{code}"><seg>{text}</seg></tuv>\n' for code, text in texts)
        + "</tu>\n"
    )


def tmx(*units):
    return f'{HEAD}<tmx version="1.4"><header/><body>\n{"".join(units)}</body></tmx>\n'


def read(folder, content, name="file.tmx", source="en", target="es"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_parallel(path, source, target)


def test_columns_beyond_the_second_are_ignored(tmp_path):
    content = "\ufeffA dog\tUn perro\t0-1:0-1\r\nA cat\tUn gato\r\n"
    assert read(tmp_path, content, "a.tsv") == [("A dog", "Un perro"), ("A cat", "Un gato")]


def test_texts_are_nfc_with_single_spaces(tmp_path):
    content = "A\u2028 big  dog \tun nin\u0303o\u00a0 grande"
    assert read(tmp_path, content, "a.txt") == [("A big dog", "un niño grande")]


def test_compressed_files_read_the_same(tmp_path):
    columns, units = "a\tb\n", tmx(unit(("en", "a"), ("es", "b")))
    for name, content in (("a.tsv.gz", columns), ("a.TMX.GZ", units)):
        assert read(tmp_path, gzip.compress(content.encode()), name) == [("a", "b")]


def test_language_is_found_whatever_its_region_and_case(tmp_path):
    codes = [("en", "es"), ("en-US", "es_MX"), ("EN", "ES-419")]
    pairs = [unit((a, f"a{n}"), (b, f"b{n}")) for n, (a, b) in enumerate(codes)]
    other = unit(("eng", "no"), ("es", "no"))
    assert read(tmp_path, tmx(*pairs, other)) == [("a0", "b0"), ("a1", "b1"), ("a2", "b2")]


def test_attribute_of_older_files_names_the_language(tmp_path):
    content = tmx(unit(("en", "a"), ("es", "b"))).replace("xml:lang", "lang")
    assert read(tmp_path, content) == [("a", "b")]


def test_each_source_text_of_a_unit_meets_each_target_text(tmp_path):
    several = unit(("es", "b"), ("en", "a"), ("es-MX", "c"), ("en-GB", "d"), ("fr", "e"))
    assert read(tmp_path, tmx(several)) == [("a", "b"), ("a", "c"), ("d", "b"), ("d", "c")]
    assert read(tmp_path, tmx(several), source="es", target="fr") == [("b", "e"), ("c", "e")]


def test_formatting_codes_are_no_text(tmp_path):
    marked = 'A <bpt i="1">{\\b <sub>x</sub></bpt><hi>big</hi><ept i="1">}</ept> dog<ph/> &amp; I'
    assert read(tmp_path, tmx(unit(("en", marked), ("es", "b")))) == [("A big dog & I", "b")]


def test_notes_and_properties_are_no_text(tmp_path):
    content = tmx(unit(("en", "a"), ("es", "b"))).replace("<tu>", "<tu><note>not this</note>")
    assert read(tmp_path, content) == [("a", "b")]


def test_tmx_comes_in_other_encodings(tmp_path):
    content = tmx(unit(("en", "a"), ("es", "ñ"))).replace("UTF-8", "UTF-16")
    assert read(tmp_path, content.encode("utf-16")) == [("a", "ñ")]
    with pytest.raises(ClnerError, match=r"file.tmx:1: unknown encoding: klingon; save"):
        read(tmp_path, content.replace("UTF-16", "klingon"))


def test_empty_sides_are_skipped_and_counted(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    assert read(tmp_path, "a\tb\n\n \n\tc\nd\t \n", "a.tsv") == [("a", "b")]
    assert "1 pairs, and 4 skipped for an empty side" in caplog.text


def test_units_may_be_split_between_chunks(tmp_path):
    pairs = [(f"text {n}", "ñandú & " * 40 + str(n)) for n in range(2000)]
    units = [unit(("en", a), ("es", b.replace("&", "&amp;"))) for a, b in pairs]
    assert read(tmp_path, tmx(*units)) == pairs


def test_units_are_not_held_in_memory(tmp_path):
    other = unit(("en", "a"), ("fr", "x" * 1000))
    content = tmx(unit(("en", "a"), ("es", "b")), *[other] * 10_000)
    tracemalloc.start()
    (tmp_path / "file.tmx").write_text(content)
    del content
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    assert read_parallel(tmp_path / "file.tmx", "en", "es") == [("a", "b")]
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert peak < 1_000_000  # of a file of 10 MB


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
FAULTS = {
    "no tab": ("a.tsv", "a\tb\nonly one\n", ":2: no tab; a line is en text, tab, es text"),
    "not UTF-8": ("a.tsv", b"a\tb\n\xff\tb\n", ":2: not UTF-8 (invalid start byte)"),
    "no pair": ("a.tsv", "a\t\n", ": holds no en-es pair of which neither side is empty"),
    "no gzip": ("a.tsv.gz", "a\tb", ": not a whole gzip file (Not a gzipped file (b'a\\t'))"),
    "cut gzip": ("a.tsv.gz", gzip.compress(b"a\tb")[:-9], ": not a whole gzip file ("),
    "cut": ("a.tmx", tmx()[:-10], ":4: not well-formed XML (unclosed token)"),
    "no XML": ("a.tmx", "a\tb\n", ":1: not well-formed XML (syntax error)"),
    "no language": ("a.tmx", tmx("<tu>\n<tuv/></tu>"), ":5: a tuv without xml:lang"),
    "entity": (
        "a.tmx",
        tmx(unit(("en", "&unknown;"))),
        ":4: entity unknown: write the text itself, entities are not read",
    ),
    "laughs": (
        "a.tmx",
        f'<!DOCTYPE tmx [<!ENTITY l0 "ha">{LAUGHS}]><tmx><seg>&l9;</seg></tmx>',
        ":1: entity l0: write the text itself, entities are not read",
    ),
    "outside": (
        "a.tmx",
        '<!DOCTYPE tmx [\n<!ENTITY x SYSTEM "file:///etc/passwd">]><tmx><seg>&x;</seg></tmx>',
        ":2: entity x: write the text itself, entities are not read",
    ),
    "outside the document type": (
        "a.tmx",
        '<!DOCTYPE tmx [\n<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><tmx/>',
        ":2: entity x: write the text itself, entities are not read",
    ),
    "no such languages": (
        "a.tmx",
        tmx(unit(("en", "a"), ("de", "b")), unit(("es-MX", "a"), ("FR", "b"))),
        ": no unit has both en and es; the file's languages are: de, en, es-mx, fr",
    ),
    "no TMX": ("a.tmx", "<xliff/>", ": no unit has both en and es; the file's languages are: none"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_that_says_where(tmp_path, fault):
    name, content, message = FAULTS[fault]
    with pytest.raises(ClnerError, match=re.escape(f"{tmp_path / name}{message}")) as raised:
        read(tmp_path, content, name)
    assert "\n" not in str(raised.value)


def test_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(ClnerError, match=r"none.tmx: cannot be read \(No such file or directory"):
        read_parallel(tmp_path / "none.tmx", "en", "es")
