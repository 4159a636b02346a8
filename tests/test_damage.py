"""Damaged artifacts: named, with what to do, and never a traceback.

A text artifact has no checksum, so that people may edit it: lines that are lost whole, and flipped
bits that leave valid JSON of the same shape, are not seen, and not claimed to be.
"""

import random

import numpy as np
import pytest

from clner.alignment.files import read_links, write_links
from clner.codeswitching.phrases import Phrase
from clner.codeswitching.switchable import Switchable, read_switchables, write_switchables
from clner.errors import ClnerError
from clner.files.artifacts import finished_folder, read_json, write_json
from clner.files.sums import SUMS, check_seal
from clner.reporting.rows import Row, read_scores, write_scores
from clner.tagging.predictions import Predictions, read_predictions, read_tags, write_predictions
from clner.text.sentence import Sentence, read_sentences, write_sentences
from clner.text.spans import ScoredSpan
from clner.translation.record import Block, TranslationRecord, read_records, write_records

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
SENTENCES = [
    Sentence("en-0", ["Ana", "vive", "en", "Köln"], ["B-PER", "O", "O", "B-LOC"], {"score": 0.5}),
    Sentence("en-1", ["ja"], ["O"]),
]


def sentences(path):
    write_sentences(path, SENTENCES)
    return read_sentences


def translations(path):
    blocks = [Block(0, 1, 0, 1), Block(1, 2, 1, 2)]
    one = TranslationRecord("en-0", "lexicon", ["Ana", "lebt"], blocks, entities=["Ana"])
    write_records(path, [one, TranslationRecord("en-1", "lexicon", marked="<0> Ana </0>")])
    return read_records


def switchables(path):
    phrases = {"es": [Phrase(1, 2, [["vive"]]), Phrase(2, 3, [["en"]])]}
    write_switchables(path, [Switchable(s, phrases, 0.5) for s in SENTENCES[:1]])
    return read_switchables


def scores(path):
    own = ("en", "es", "concner", 1, "teacher", 0, "target-test")
    write_scores(path, [Row(*own, kind, 0.5, 0.25, 1 / 3, 120) for kind in ("LOC", "micro")])
    return lambda path: read_scores([path])


def document(path):
    write_json(path, {"round": 1, "dev_f1": None, "warnings": ["none"]})
    return read_json


def predictions(path):
    rng = np.random.default_rng(0)
    lengths = [3, 5, 8]
    write_predictions(
        path,
        Predictions(
            ids=[f"en-{n}" for n in lengths],
            tokens=[[f"w{n}" for n in range(length)] for length in lengths],
            tags=[["B-PER"] + ["O"] * (length - 1) for length in lengths],
            probabilities=[rng.random((length, 5)).astype(np.float32) for length in lengths],
            spans=[[ScoredSpan(0, 1, "PER", 0.9)] for _ in lengths],
            tag_names=TAGS,
        ),
    )
    return read_predictions


def links(path):
    write_links(path, {"en-0": np.array([[0, 1], [1, 0]]), "en-1": np.zeros((0, 2))}.items())
    return read_links


TEXTS = [sentences, translations, switchables, scores, document, links]
KINDS = [*TEXTS, predictions]


def content(read, path):
    """What a reader makes of a file, comparable; None where it says that the file is damaged."""
    try:
        found = read(path)
    except ClnerError as error:
        assert str(error).startswith(str(path))
        assert "\n" not in str(error)
        return None
    if isinstance(found, Predictions):
        return [
            getattr(found, name) for name in ("ids", "tokens", "tags", "spans", "tag_names")
        ] + [[own.tolist() for own in found.probabilities]]
    return repr(found)


@pytest.mark.parametrize("kind", KINDS)
def test_a_truncated_file_is_named_unless_whole_lines_are_lost(kind, tmp_path):
    path = tmp_path / "artifact"
    read = kind(path)
    whole, data = content(read, path), path.read_bytes()
    assert whole is not None
    for size in range(0, len(data), 97 if kind is predictions else 1):
        path.write_bytes(data[:size])
        at_line_end = kind is not predictions and (data[:size].endswith(b"\n") or not size)
        lost_line_feed = size == len(data) - 1 and kind not in (scores, predictions)
        if not (at_line_end or data[size : size + 1] == b"\n" or lost_line_feed):
            assert content(read, path) is None, size
        else:
            content(read, path)


@pytest.mark.parametrize("kind", [sentences, switchables, scores, document, predictions])
def test_an_empty_file_is_named(kind, tmp_path):
    path = tmp_path / "artifact"
    read = kind(path)
    path.write_bytes(b"")
    assert content(read, path) is None


@pytest.mark.parametrize("kind", TEXTS)
def test_a_flipped_bit_is_named_or_leaves_a_readable_file(kind, tmp_path):
    path = tmp_path / "artifact"
    read = kind(path)
    data = path.read_bytes()
    rng = random.Random(0)
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        content(read, path)


def test_no_flipped_bit_of_predictions_changes_what_is_read(tmp_path):
    path = tmp_path / "artifact"
    for read in (predictions(path), read_tags):
        predictions(path)
        whole, data = content(read, path), path.read_bytes()
        rng = random.Random(0)
        named = 0
        for place in range(rng.randrange(5), len(data), 5):
            damaged = bytearray(data)
            damaged[place] ^= 1 << rng.randrange(8)
            path.write_bytes(damaged)
            found = content(read, path)
            named += found is None
            assert found in (None, whole), place
        assert named > len(data) / 20


def test_the_error_says_how_to_rebuild(tmp_path):
    for kind in KINDS:
        path = tmp_path / "artifact"
        read = kind(path)
        path.write_bytes(path.read_bytes()[:-3])
        with pytest.raises(ClnerError, match="damaged: delete it and run again to rebuild it"):
            read(path)


@pytest.fixture
def model(tmp_path):
    with finished_folder(tmp_path / "model") as partial:
        (partial / "model.safetensors").write_bytes(bytes(range(256)) * 9)
        (partial / "config.json").write_text("{}")
        (partial / "parts").mkdir()
        (partial / "parts" / "vocabulary.txt").write_text("a\nb\n")
    return tmp_path / "model"


def test_any_flipped_bit_in_a_model_is_named(model):
    check_seal(model)
    files = ["model.safetensors", "config.json", "parts/vocabulary.txt"]
    for name in files:
        data = (model / name).read_bytes()
        for place in (0, len(data) // 2, len(data) - 1):
            damaged = bytearray(data)
            damaged[place] ^= 1
            (model / name).write_bytes(damaged)
            with pytest.raises(ClnerError, match=rf"{name}: damaged .* delete {model} and run"):
                check_seal(model)
        (model / name).write_bytes(data)
    check_seal(model)
    (model / "config.json").unlink()
    with pytest.raises(ClnerError, match=r"config\.json: damaged or missing"):
        check_seal(model)


def test_damaged_checksums_are_noticed(model):
    data = (model / SUMS).read_bytes()
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 4
        (model / SUMS).write_bytes(damaged)
        with pytest.raises(ClnerError):
            check_seal(model)


def test_a_folder_without_checksums_passes(tmp_path):
    check_seal(tmp_path)
