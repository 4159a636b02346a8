"""Files of a user's own, by their suffix."""

import pytest

from clner.corpora.formats import read_file, write_file
from clner.errors import ClnerError
from clner.text.sentence import Sentence, write_sentences


def test_running_text_is_a_sentence_a_line(tmp_path):
    path = tmp_path / "news.txt"
    path.write_text("Ana lives in Rome.\n\nShe left.\n", encoding="utf-8")
    first, second = read_file(path, "en")
    assert (first.id, first.tokens, first.tags) == (
        "news-0",
        ["Ana", "lives", "in", "Rome", "."],
        None,
    )
    assert (second.id, second.tokens) == ("news-2", ["She", "left", "."])


def test_columns_of_any_scheme_and_types(tmp_path):
    path = tmp_path / "own.conll"
    path.write_text("Ana NN I-person\nleft VB O\n\nRome NN I-place\n", encoding="utf-8")
    first, second = read_file(path, "en")
    assert (first.tokens, first.tags) == (["Ana", "left"], ["B-person", "O"])
    assert (second.id, second.tags) == ("own-1", ["B-place"])


def test_columns_come_back_as_they_were_written(tmp_path):
    sentences = [Sentence("a-0", ["Ana", "left"], ["B-PER", "O"]), Sentence("a-1", ["So", "?"])]
    assert write_file(tmp_path / "a.conll", sentences) == 2
    first, second = read_file(tmp_path / "a.conll", "en")
    assert (first.tokens, first.tags) == (sentences[0].tokens, sentences[0].tags)
    assert (second.tokens, second.tags) == (["So", "?"], ["O", "O"])


@pytest.mark.parametrize("suffix", [".bio", ".iob", ".tsv"])
def test_all_columns_are_written_as_columns(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_file(path, [Sentence("a-0", ["Ana"], ["B-PER"])])
    assert path.read_text(encoding="utf-8") == "Ana\tB-PER\n\n"


def test_our_own_lines_pass_unchanged(tmp_path):
    sentences = [Sentence("a-0", ["Ana"], ["B-PER"], {"source_id": "b"})]
    write_sentences(tmp_path / "a.jsonl", sentences)
    assert read_file(tmp_path / "a.jsonl", "en") == sentences
    assert write_file(tmp_path / "b.jsonl", sentences) == 1
    assert (tmp_path / "b.jsonl").read_bytes() == (tmp_path / "a.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.docx", "x", "a.docx: of unknown format; the suffix must be .jsonl, .txt or .conll"),
        ("a.txt", " \n", "a.txt: holds no sentence"),
        ("a.conll", "x O\ny B-PER I-PER\n", "a.conll:2: 3 columns where line 1 has 2"),
    ],
)
def test_what_cannot_be_read(tmp_path, name, text, message):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ClnerError, match=message):
        read_file(tmp_path / name, "en")
