"""The stage that links unlabelled text with its translation."""

import numpy as np
import pytest

from clner.align import AlignSettings, run
from clner.alignment.files import read_links, write_links
from clner.errors import ClnerError
from clner.text.sentence import Sentence, write_sentences
from clner.translation.record import TranslationRecord, write_records

DUTCH = ["Ana woont in Gent", "het huis is rood", "Ana ziet het huis", "Gent is rood", "leeg"]
ENGLISH = ["Ana lives in Ghent", "the house is red", "Ana sees the house", "Ghent is red", ""]


@pytest.fixture
def files(tmp_path):
    sentences = [Sentence(f"nl-{n}", text.split()) for n, text in enumerate(DUTCH)]
    records = [
        TranslationRecord(own.id, "memory", text.split(), source=own.digest())
        for own, text in zip(sentences, ENGLISH, strict=True)
    ]
    write_sentences(tmp_path / "text.jsonl", sentences)
    write_records(tmp_path / "translations.jsonl", records)
    lexicon = tmp_path / "en-nl.tsv"
    lexicon.write_text("lives\twoont\nred\trood\nGhent\tGent\nhouse\thuis\n", encoding="utf-8")
    return {
        "sentences": tmp_path / "text.jsonl",
        "translations": tmp_path / "translations.jsonl",
        "lexicon": lexicon,
        "output": tmp_path / "links.jsonl",
    }


def test_links_go_from_the_translation_to_the_text(files):
    run(AlignSettings(), source="en", target="nl", **files)
    links = read_links(files["output"])
    assert list(links) == ["nl-0", "nl-1", "nl-2", "nl-3"]  # the last has no translation
    assert [1, 1] in links["nl-0"].tolist() and [3, 3] in links["nl-0"].tolist()
    for identity, own in links.items():
        number = int(identity[3:])
        lengths = len(ENGLISH[number].split()), len(DUTCH[number].split())
        assert (own >= 0).all() and (own < lengths).all()
        assert own.tolist() == sorted(own.tolist())


def test_translations_of_other_text_are_refused(files):
    write_sentences(files["sentences"], [Sentence("nl-0", ["Ana"])])
    with pytest.raises(ClnerError, match=r"translations.jsonl: no translation of nl-0"):
        run(AlignSettings(), source="en", target="nl", **files)
    assert not files["output"].exists()


def test_links_are_read_as_they_were_written(tmp_path):
    links = {"a": np.array([[0, 1], [2, 0]]), "b": np.zeros((0, 2), np.int64)}
    assert write_links(tmp_path / "links.jsonl", links.items()) == 2
    found = read_links(tmp_path / "links.jsonl")
    assert {name: own.tolist() for name, own in found.items()} == {"a": [[0, 1], [2, 0]], "b": []}
    assert found["b"].shape == (0, 2)


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "a"}',
        '{"id": "a", "links": [[0, 1], [2]]}',
        '{"id": "a", "links": [0, 1]}',
        '{"id": "a", "links": [[0, 0.7]]}',
        '{"id": "a", "links": [[0, -1]]}',
        '{"id": 1, "links": []}',
    ],
)
def test_damaged_links_are_named(tmp_path, line):
    (tmp_path / "links.jsonl").write_text(f'{{"id": "b", "links": []}}\n{line}\n')
    with pytest.raises(ClnerError, match=r"links.jsonl:2: .*no id with pairs of positions"):
        read_links(tmp_path / "links.jsonl")


def test_links_that_come_twice_are_named(tmp_path):
    (tmp_path / "links.jsonl").write_text('{"id": "b", "links": []}\n' * 2)
    with pytest.raises(ClnerError, match=r"links.jsonl:2: second links of b"):
        read_links(tmp_path / "links.jsonl")


def test_a_missing_variable_is_said_to_be_of_this_stage(files):
    settings = AlignSettings(parallel="$NO_SUCH_PLACE/en-nl.tsv")
    with pytest.raises(ClnerError, match=r"^align.parallel = .*NO_SUCH_PLACE is not set"):
        run(settings, source="en", target="nl", **files)
