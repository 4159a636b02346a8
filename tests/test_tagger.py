"""The tagger of either head as its users have it: raw text in, entities with exact places out."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from io import BytesIO, TextIOWrapper
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clner.__main__ import main
from clner.errors import ClnerError
from clner.prediction.tagger import Tagger
from tests.small_taggers import HEADS, PEOPLE, PLACES, sentences, train

FORMS = st.sampled_from(["NFC", "NFD"])
ODD = [
    " ",
    "\n",
    "\r\n",
    "👍🏽",
    "👨\u200d👩\u200d👧",
    "\u200d",
    "\ufe0f",
    "\x00",
    "e\u0301",
    "¿",
    "。",
    "«",
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return train(tmp_path_factory.mktemp("taggers"))


@pytest.fixture(scope="module", params=list(HEADS))
def folder(request, folders):
    return folders[request.param]


@pytest.fixture(scope="module")
def tagger(folder):
    return Tagger.from_pretrained(folder)


def found(tagger, text, language=None):
    return [(own.text, own.type) for own in tagger.tag([text], language)[0]]


def test_raw_text_is_tagged_in_any_language_of_the_model(tagger):
    assert tagger.languages == ["es", "zh"]
    assert found(tagger, "Ana vive en Lima.") == [("Ana", "PER"), ("Lima", "LOC")]
    assert found(tagger, "王芳住在北京。Ana住在上海。") == [
        ("王芳", "PER"),
        ("北京", "LOC"),
        ("Ana", "PER"),
        ("上海", "LOC"),
    ]
    both = "王芳住在北京。\r\nNúria Böll vive en San José."
    assert [text for text, _ in found(tagger, both)] == ["王芳", "北京", "Núria Böll", "San José"]


def test_places_are_those_of_the_text_as_it_was_written(tagger):
    text = normalize("NFD", "👍🏽 Núria Böll vive en San José.")
    first, second = tagger.tag([text])[0]
    assert (first.start, first.text) == (3, "Nu\u0301ria Bo\u0308ll")
    assert text[second.start : second.end] == second.text == "San Jose\u0301"
    assert 0 < second.confidence <= 1


word = st.sampled_from(
    [" ".join(own) for own in PEOPLE[:3] + PLACES[:3]] + ["vive", "en", "住", "."]
)
text = st.lists(word | st.sampled_from(ODD), max_size=10)


@settings(max_examples=60)
@given(st.lists(st.tuples(text, FORMS), min_size=1, max_size=4))
def test_an_entity_is_exactly_the_characters_that_it_names(tagger, written):
    texts = [normalize(form, " ".join(words)) for words, form in written]
    for own, entities in zip(texts, tagger.tag(texts), strict=True):
        end = 0
        for entity in entities:
            assert own[entity.start : entity.end] == entity.text
            assert end <= entity.start < entity.end <= len(own)
            assert entity.text == entity.text.strip()
            assert entity.type in ("PER", "LOC")
            assert 0 <= entity.confidence <= 1
            end = entity.end


@settings(max_examples=20)
@given(st.lists(text.map(" ".join), max_size=6))
def test_texts_are_tagged_together_as_each_alone(tagger, texts):
    together = tagger.tag(texts)
    for own, entities in zip(texts, together, strict=True):
        [alone] = tagger.tag([own])
        assert [entity[:3] for entity in alone] == [entity[:3] for entity in entities]
        np.testing.assert_allclose(
            [entity.confidence for entity in alone],
            [entity.confidence for entity in entities],
            atol=1e-4,
        )


def test_the_language_that_is_given_decides(tagger):
    assert found(tagger, "王芳", "zh") == [("王芳", "PER")]
    assert len(tagger.tag(["王 芳"], "es")[0]) <= 2


def test_nothing_is_found_in_nothing(tagger):
    assert tagger.tag([]) == []
    assert tagger.tag(["", " \n\u200b\x00", "\u200d"]) == [[], [], []]


def test_a_tagger_is_saved_and_comes_back_as_it_was(tagger, tmp_path):
    tagger.save_pretrained(tmp_path / "copy")
    again = Tagger.from_pretrained(tmp_path / "copy")
    tokens = [sentence.tokens for sentence in sentences()[::20]]
    for first, second in zip(tagger.tag_tokens(tokens), again.tag_tokens(tokens), strict=True):
        assert np.array_equal(first.probabilities, second.probabilities)
        assert first.spans == second.spans
    assert (again.languages, again.tag_names) == (tagger.languages, tagger.tag_names)
    assert not list((tmp_path / "copy").glob("*.bin")), "safetensors only"
    with pytest.raises(ClnerError, match="is not empty; name a new folder"):
        tagger.save_pretrained(tmp_path / "copy")


def test_eight_bits_find_the_same_names_and_are_not_saved(tagger, folder, tmp_path):
    small = Tagger.from_pretrained(folder, int8=True)
    tokens = [sentence.tokens for sentence in sentences()[::5]]
    exact, rounded = tagger.tag_tokens(tokens), small.tag_tokens(tokens)
    assert [own.tags for own in rounded] == [own.tags for own in exact]
    assert not np.array_equal(rounded[0].probabilities, exact[0].probabilities)
    with pytest.raises(ClnerError, match="int8 cannot be saved"):
        small.save_pretrained(tmp_path / "small")


def test_plain_transformers_finds_the_same_entities_by_a_tagger_of_tags(folders):
    from transformers import pipeline

    plain = pipeline(
        "token-classification", model=str(folders["tags"]), aggregation_strategy="first"
    )
    tagger = Tagger.from_pretrained(folders["tags"])
    texts = [" ".join(sentence.tokens) for sentence in sentences()[::5]]
    for own, said in zip(tagger.tag(texts, "es"), plain(texts), strict=True):
        theirs = [(entity["start"], entity["end"], entity["entity_group"]) for entity in said]
        assert [(entity.start, entity.end, entity.type) for entity in own] == theirs


def test_what_is_no_tagger_is_told_in_one_line(folders, tmp_path):
    with pytest.raises(ClnerError, match=r"nothing: no model here \(a folder with a config.json"):
        Tagger.from_pretrained(tmp_path / "nothing")
    with pytest.raises(ClnerError, match="no tagger of entities; the labels in its"):
        Tagger.from_pretrained(folders["tags"].with_name("encoder"))


@pytest.mark.parametrize(
    "missing", [["tokenizer.json"], ["tokenizer.json", "tokenizer_config.json"]]
)
def test_a_folder_without_its_tokenizer_is_told_in_one_line(folders, tmp_path, missing):
    folder = tmp_path / "tagger"
    shutil.copytree(folders["tags"], folder)
    for name in ["SHA256SUMS", *missing]:
        (folder / name).unlink()
    with pytest.raises(ClnerError, match=r"tagger: no usable tokenizer\.json \(missing or damaged"):
        Tagger.from_pretrained(folder)


# The command ---------------------------------------------------------------------------------

ENVIRONMENT = os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONIOENCODING": "ascii"}


def start(*arguments: str | Path, **options) -> subprocess.Popen:
    command = [sys.executable, "-m", "clner", "predict", *map(str, arguments)]
    pipes = dict.fromkeys(["stdin", "stdout", "stderr"], subprocess.PIPE)
    return subprocess.Popen(command, env=ENVIRONMENT, **pipes, **options)


@pytest.fixture
def clner(monkeypatch, capsys):
    """`clner predict` in this process: exit status and output."""

    def run(*arguments: str | Path, given: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(given)))
        status = main(["predict", *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


def test_the_command_tells_line_place_type_confidence_and_text(clner, folder):
    written = "Ana vive en Lima.\r\n\r\n王芳住在北京。".encode()
    status, out, err = clner(folder, given=b"\xef\xbb\xbf" + written)
    assert (status, err) == (0, "")
    rows = [line.split("\t") for line in out.splitlines()]
    assert [[*row[:4], row[5]] for row in rows] == [
        ["1", "0", "3", "PER", "Ana"],
        ["1", "12", "16", "LOC", "Lima"],
        ["3", "0", "2", "PER", "王芳"],
        ["3", "4", "6", "LOC", "北京"],
    ]
    assert all(0.5 < float(row[4]) <= 1 for row in rows)


def test_a_language_that_the_model_was_not_made_for_is_a_warning(clner, folders):
    model, text = folders["tags"], b"Ana vive en Lima."
    expected = clner(model, "--language", "es", given=text)
    assert expected[2] == ""
    assert clner(model, "--language", "spa", given=text) == expected
    status, out, err = clner(model, "--language", "pt", given=text)
    assert (status, out) == expected[:2]
    assert err == f"warning: {model} was made for es, zh, not pt\n"


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as exit:
        main(["--version"])
    assert (exit.value.code, capsys.readouterr().out) == (0, f"clner {version('clner')}\n")


def test_results_of_a_line_come_before_the_next_line_is_there(folders):
    process = start(folders["tags"], "--json")
    for number, name in enumerate(["Ana", "José", "Bo"], start=1):
        process.stdin.write(f"{name} vive en Lima.\n".encode())
        process.stdin.flush()
        record = json.loads(process.stdout.readline())
        assert record["number"] == number
        assert [entity["text"] for entity in record["entities"]] == [name, "Lima"]
    out, err = process.communicate()
    assert (process.returncode, out, err) == (0, b"", b"")


def test_a_reader_that_has_enough_ends_the_command_without_a_word(folders, tmp_path):
    (tmp_path / "text").write_bytes(b"Ana vive en Lima.\n" * 20_000)
    process = start(folders["tags"], "--file", tmp_path / "text")
    assert process.stdout.readline().startswith(b"1\t0\t3\tPER")
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() != 0


def test_tokens_keep_their_rows_and_get_tag_and_probability(clner, folders, tmp_path):
    file = tmp_path / "tokens.conll"
    file.write_text(
        "Nu\u0301ria X O\nBöll X O\n\u200d X O\n\n\n-DOCSTART- X O\n\nLima X O\n", "utf-8"
    )
    status, out, err = clner(folders["tags"], "--conll", file)
    assert (status, err) == (0, "")
    rows = [line.split("\t") for line in out.split("\n")]
    assert [row[:2] for row in rows] == [
        ["Nu\u0301ria", "B-PER"],
        ["Böll", "I-PER"],
        ["\u200d", "O"],
        [""],
        ["Lima", "B-LOC"],
        [""],
        [""],
    ]
    status, out, _ = clner(folders["token_pair"], "--conll", file, "--json")
    records = [json.loads(line) for line in out.splitlines()]
    assert [record["tokens"] for record in records] == [["Nu\u0301ria", "Böll", "\u200d"], ["Lima"]]
    [entity] = records[1]["entities"]
    assert (entity["start"], entity["end"], entity["type"]) == (0, 1, "LOC")


@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        (["{nothing}"], b"Ana", "no model here"),
        (["{encoder}"], b"Ana", "no tagger of entities"),
        (["{model}"], b"Ana\n\xff\n", "standard input:2: not UTF-8"),
        (["{model}", "--file", "{nothing}"], b"", "nothing: No such file or directory"),
        (["{model}", "--file", "{empty}"], b"", "is empty"),
        (["{model}", "--language", "English"], b"", "'English' is no ISO 639 code"),
        (["{model}", "--language", "xx"], b"", "'xx' is no ISO 639 code of a language"),
        (["{model}", "--language", ""], b"", "'' is no ISO 639 code"),
        (
            ["{model}", "--conll", "-", "--language", "es"],
            b"",
            "--language: of no use with --conll",
        ),
    ],
)
def test_errors_are_one_line(clner, folders, tmp_path, arguments, given, words):
    (tmp_path / "empty").touch()
    places = {"nothing": tmp_path / "nothing", "empty": tmp_path / "empty"}
    places |= {"model": folders["tags"], "encoder": folders["tags"].with_name("encoder")}
    status, _, err = clner(*(argument.format(**places) for argument in arguments), given=given)
    assert status == 1
    assert err.startswith("error: ") and err.count("\n") == 1
    assert words in err


@pytest.mark.parametrize("arguments", [["--text", "\udcff"], ["--text", "a", "--file", "b"]])
def test_arguments_that_make_no_sense_are_refused(folders, arguments):
    with pytest.raises(SystemExit) as exit:
        main(["predict", str(folders["tags"]), *arguments])
    assert exit.value.code == 2
