"""CoNLL files as they are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.corpora.conll import read_conll
from clner.errors import ClnerError


def written(tmp_path, content, encoding="utf-8"):
    path = tmp_path / "some.conll"
    path.write_bytes(content.encode(encoding))
    return path


def read(tmp_path, content, **layout):
    sentences = read_conll(written(tmp_path, content), **layout)
    return [(sentence.tokens, sentence.tags) for sentence in sentences]


EXPECTED = [(["EU", "rejects"], ["B-ORG", "O"]), (["Peter"], ["B-PER"])]


@pytest.mark.parametrize(
    ("content", "layout"),
    [
        ("EU\tB-ORG\nrejects\tO\n\nPeter\tB-PER\n\n", {}),
        ("EU B-ORG\nrejects O\n\nPeter B-PER", {}),
        ("\ufeffEU B-ORG\r\nrejects O\r\n\r\nPeter B-PER\r\n", {}),
        ("\n\n\nEU B-ORG \nrejects  \t O\n \t\n\n\nPeter B-PER\n\n\n", {}),
        ("-DOCSTART- -X- -X- O\n\nEU NNP I-NP B-ORG\nrejects VBZ I-VP O\n\nPeter N X B-PER\n", {}),
        ("-DOCSTART- O\nEU B-ORG\nrejects O\n-DOCSTART- O\nPeter B-PER\n", {}),
        ("B-ORG EU\nO rejects\n\nB-PER Peter\n", {"token_column": 1, "tag_column": 0}),
        (
            "1\tEU\tB-ORG\t-\t-\n2\trejects\tO\t-\t-\n\n1\tPeter\tB-PER\t-\t-\n",
            {"token_column": 1, "tag_column": -3, "separator": "tab"},
        ),
        ("# id 1\nEU B-ORG\nrejects O\n\n# id 2\nPeter B-PER\n", {"comment": "# "}),
    ],
)
def test_variants_of_the_format(tmp_path, content, layout):
    assert read(tmp_path, content, **layout) == EXPECTED


words = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\r\ufeff"), min_size=1
)
sentences = st.lists(st.lists(st.tuples(words, words), min_size=1), max_size=4)


@given(sentences, st.sampled_from("\t "), st.sampled_from(["\n", "\r\n"]), st.integers(1, 3))
def test_what_was_written_is_read(tmp_path_factory, sentences, gap, end, blank):
    path = tmp_path_factory.getbasetemp() / "drawn.conll"
    blocks = ["".join(f"{token}{gap}{tag}{end}" for token, tag in own) for own in sentences]
    path.write_bytes((end * blank).join(blocks).encode())
    found = [list(zip(own.tokens, own.tags, strict=True)) for own in read_conll(path)]
    starts = [[pair for pair in own if "-DOCSTART-" not in pair] == own for own in sentences]
    assert not all(starts) or found == sentences


@given(
    st.binary() | st.text(st.sampled_from("a \t\n\r#-O")).map(str.encode),
    st.integers(-3, 2),
    st.none() | st.integers(-3, 2),
    st.sampled_from(["whitespace", "tab"]),
    st.sampled_from(["utf-8", "latin-1", "utf-16"]),
)
def test_any_bytes_are_sentences_or_one_line_that_says_why(
    tmp_path_factory, content, token, tag, separator, encoding
):
    path = tmp_path_factory.getbasetemp() / "bytes.conll"
    path.write_bytes(content)
    layout = {"token_column": token, "tag_column": tag, "separator": separator}
    try:
        found = read_conll(path, encoding=encoding, **layout)
    except ClnerError as error:
        assert str(error).startswith(str(path)) and "\n" not in str(error)
    else:
        assert all(sentence.tokens for sentence in found)
        assert all(tag is None or len(own.tags) == len(own.tokens) for own in found)


def test_odd_white_space_and_hashes_belong_to_tokens(tmp_path):
    content = "10\u00a0000 O\na\u2028b O\nx\x85y O\n# O\n"
    assert read(tmp_path, content) == [(["10\u00a0000", "a\u2028b", "x\x85y", "#"], ["O"] * 4)]


def test_tab_separated_tokens_may_hold_spaces(tmp_path):
    assert read(tmp_path, "New York\tB-LOC\n", separator="tab") == [(["New York"], ["B-LOC"])]


def test_text_without_tags(tmp_path):
    assert read(tmp_path, "EU\nrejects\n", tag_column=None) == [(["EU", "rejects"], None)]


def test_places_name_the_line_despite_comments(tmp_path):
    path = written(tmp_path, "# id 1\nEU B-ORG\n# within\nrejects O\n")
    [sentence] = read_conll(path, comment="# ")
    assert [sentence.place(0), sentence.place(1)] == [f"{path}:2", f"{path}:4"]


def test_other_encodings(tmp_path):
    path = written(tmp_path, "Coruña B-LOC\n", "latin-1")
    assert read_conll(path, encoding="latin-1")[0].tokens == ["Coruña"]
    with pytest.raises(ClnerError, match=r"some\.conll:1: not utf-8"):
        read_conll(path)
    with pytest.raises(ClnerError, match="encoding 'latin-99' does not exist"):
        read_conll(path, encoding="latin-99")


@pytest.mark.parametrize(
    ("content", "layout", "message"),
    [
        ("EU B-ORG\nrejects\n", {}, r"some\.conll:2: 1 column where line 1 has 2;"),
        ("EU N B-ORG\n\nNew York N O\n", {}, r":3: 4 columns where line 1 has 3"),
        ("EU\nrejects\n", {}, r":1: 1 column, so that token and tag are the same one"),
        ("EU B-ORG\n", {"tag_column": 3}, r":1: no column 3 among 2 columns"),
        ("EU B-ORG\n", {"token_column": -3}, r":1: no column -3"),
    ],
)
def test_broken_lines_are_named(tmp_path, content, layout, message):
    with pytest.raises(ClnerError, match=message):
        read(tmp_path, content, **layout)


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(ClnerError, match=r"none\.conll: No such file"):
        read_conll(tmp_path / "none.conll")
    with pytest.raises(ClnerError, match="Is a directory"):
        read_conll(tmp_path)
