"""Pooling: means of several teachers, and of what they say of the text's translation."""

import subprocess
import sys

import numpy as np
import pytest

from clner.alignment.files import write_links
from clner.errors import ClnerError
from clner.pool import PoolSettings, run
from clner.tagging.decoding import decode, entities
from clner.tagging.predictions import Predictions, read_predictions, write_predictions

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def certain(tags, sure=0.9):
    """Distributions that are `sure` of these tags."""
    rows = np.full((len(tags), len(TAGS)), (1 - sure) / (len(TAGS) - 1), dtype=np.float32)
    rows[np.arange(len(tags)), [TAGS.index(tag) for tag in tags]] = sure
    return rows


def predictions(rows, ids=("a", "b"), tags=TAGS):
    tokens = [["w"] * len(own) for own in rows]
    spans = entities(rows, tags)
    return Predictions(list(ids), tokens, decode(rows, tags), rows, spans, tags)


def test_several_teachers_are_averaged_and_their_mean_is_decoded(tmp_path):
    first = [certain(["B-PER", "I-PER"]), certain(["O"])]
    second = [certain(["B-LOC", "O"], 0.6), certain(["O"])]
    for name, rows in (("one", first), ("two", second)):
        write_predictions(tmp_path / name, predictions(rows))
    output = tmp_path / "pooled"
    run(PoolSettings(teachers=2), predictions=[tmp_path / "one", tmp_path / "two"], output=output)
    pooled = read_predictions(output)
    expected = [(a.astype(np.float64) + b) / 2 for a, b in zip(first, second, strict=True)]
    for found, mean in zip(pooled.probabilities, expected, strict=True):
        np.testing.assert_allclose(found, mean, atol=1e-7)
    assert pooled.tags == [["B-PER", "I-PER"], ["O"]]
    (span,) = pooled.spans[0]
    assert span.confidence == pytest.approx(0.5)
    assert pooled.agreement == [[0.5], []]


@pytest.mark.parametrize("change", [{"ids": ["a", "c"]}, {"tags": [*TAGS[:3], "B-ORG", "I-ORG"]}])
def test_predictions_of_other_text_or_tags_are_not_pooled(tmp_path, change):
    rows = [certain(["O", "O"]), certain(["O"])]
    write_predictions(tmp_path / "one", predictions(rows))
    write_predictions(tmp_path / "two", predictions(rows, **change))
    files = [tmp_path / "one", tmp_path / "two"]
    with pytest.raises(ClnerError, match=r"two: not of the same sentences and tags as .*one"):
        run(PoolSettings(teachers=2), predictions=files, output=tmp_path / "pooled")
    assert not (tmp_path / "pooled").exists()


def test_as_many_files_are_pooled_as_there_are_teachers(tmp_path):
    write_predictions(tmp_path / "one", predictions([certain(["O", "O"]), certain(["O"])]))
    with pytest.raises(ClnerError, match="teachers = 2: needs as many files of predictions"):
        run(PoolSettings(teachers=2), predictions=[tmp_path / "one"], output=tmp_path / "pooled")


def _translated(tmp_path, own, there, links, weight=0.25):
    """The pooled predictions of sentences a and b, of which only a has a translation."""
    write_predictions(tmp_path / "own", predictions(own))
    write_predictions(tmp_path / "there", predictions([there], ids=["a"]))
    write_links(tmp_path / "links", {"a": np.array(links)}.items())
    run(
        PoolSettings(translated=weight),
        predictions=[tmp_path / "own"],
        translations=[tmp_path / "there"],
        links=tmp_path / "links",
        source="en",
        target="nl",
        output=tmp_path / "pooled",
    )
    return read_predictions(tmp_path / "pooled")


def test_what_is_said_of_the_translation_has_its_weight(tmp_path):
    own, there = [certain(["B-PER", "O"]), certain(["B-LOC"])], certain(["O", "B-LOC"])
    pooled = _translated(tmp_path, own, there, [[0, 1], [1, 0]])
    first, second = pooled.probabilities
    np.testing.assert_allclose(first[0], 0.75 * own[0][0] + 0.25 * there[1], atol=1e-6)
    np.testing.assert_allclose(first[1], 0.75 * own[0][1] + 0.25 * np.eye(5)[0], atol=1e-6)
    np.testing.assert_allclose(second, own[1], atol=1e-6)
    assert pooled.tags == [["B-PER", "O"], ["B-LOC"]]
    assert pooled.agreement == [[0.5], [1.0]]


def test_the_translation_can_overrule(tmp_path):
    own, there = [certain(["O", "O"]), certain(["O"])], certain(["B-LOC", "I-LOC"])
    pooled = _translated(tmp_path, own, there, [[0, 0], [1, 1]], weight=0.75)
    assert pooled.tags == [["B-LOC", "I-LOC"], ["O"]]


@pytest.mark.parametrize(
    ("weight", "files", "message"),
    [
        (0.5, {}, "needs as many --translations as --predictions, and --links"),
        (0.5, {"translations": 2, "links": True}, "needs as many --translations"),
        (0.5, {"translations": 1}, "needs as many --translations as --predictions, and --links"),
        (0.0, {"translations": 1, "links": True}, "--translations have no weight"),
    ],
)
def test_a_translation_is_read_where_it_has_a_weight_and_only_there(
    tmp_path, weight, files, message
):
    write_predictions(tmp_path / "own", predictions([certain(["O", "O"]), certain(["O"])]))
    with pytest.raises(ClnerError, match=message):
        run(
            PoolSettings(translated=weight),
            predictions=[tmp_path / "own"],
            translations=[tmp_path / "own"] * files.get("translations", 0),
            links=tmp_path / "links" if "links" in files else None,
            output=tmp_path / "pooled",
        )


def test_a_sentence_without_a_translation_keeps_its_agreement(tmp_path):
    told = predictions([certain(["B-PER", "O"]), certain(["B-LOC"])])
    told.agreement = [[0.5], [0.25]]
    write_predictions(tmp_path / "own", told)
    write_predictions(tmp_path / "there", predictions([certain(["B-PER", "O"])], ids=["a"]))
    write_links(tmp_path / "links", {"a": np.array([[0, 0], [1, 1]])}.items())
    run(
        PoolSettings(translated=0.5),
        predictions=[tmp_path / "own"],
        translations=[tmp_path / "there"],
        links=tmp_path / "links",
        output=tmp_path / "pooled",
    )
    assert read_predictions(tmp_path / "pooled").agreement == [[0.75], [0.25]]


@pytest.mark.parametrize(("capitals", "found"), [("ignored", ["B-LOC"]), ("required", ["O"])])
def test_what_comes_back_to_small_letters_may_be_none(tmp_path, capitals, found):
    """All words of these texts are a small w."""
    own, there = [certain(["O"]), certain(["O"])], certain(["B-LOC"])
    for name, rows in (("own", own), ("there", [there])):
        write_predictions(tmp_path / name, predictions(rows, ids=["a", "b"][: len(rows)]))
    write_links(tmp_path / "links", {"a": np.array([[0, 0]])}.items())
    run(
        PoolSettings(translated=0.75, capitals=capitals),
        predictions=[tmp_path / "own"],
        translations=[tmp_path / "there"],
        links=tmp_path / "links",
        output=tmp_path / "pooled",
    )
    assert read_predictions(tmp_path / "pooled").tags == [found, ["O"]]


def test_links_of_other_words_are_refused(tmp_path):
    own = [certain(["O", "O"]), certain(["O"])]
    with pytest.raises(ClnerError, match="there: a is not as it was linked; align again"):
        _translated(tmp_path, own, certain(["O"]), [[0, 2]])


def test_what_is_said_of_another_translation_is_refused(tmp_path):
    own = [certain(["O", "O"]), certain(["O"])]
    _translated(tmp_path, own, certain(["O"]), [[0, 0]])
    write_links(tmp_path / "links", {"b": np.zeros((0, 2), np.int64)}.items())
    with pytest.raises(ClnerError, match="there: not of the linked sentences and these tags"):
        run(
            PoolSettings(translated=0.5),
            predictions=[tmp_path / "own"],
            translations=[tmp_path / "there"],
            links=tmp_path / "links",
            source="en",
            target="nl",
            output=tmp_path / "other",
        )


def test_the_command_line_has_a_word_for_each_setting_and_file():
    assert (
        "--translations"
        in subprocess.run(
            [sys.executable, "-m", "clner.pool", "--help"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
