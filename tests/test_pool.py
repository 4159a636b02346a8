"""Pooling: means of several teachers."""

import numpy as np
import pytest

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
