"""Predictions on disk, and the filter's criteria against hand-made cases."""

import json
from collections import Counter
from itertools import pairwise
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.errors import ClnerError
from clner.filter import Candidate, FilterSettings, run, select
from clner.tagging.predictions import Predictions, read_predictions, read_tags, write_predictions
from clner.text.sentence import Sentence, read_sentences
from clner.text.spans import ScoredSpan
from clner.text.tags import spans_of, tag_set

TAGS = tag_set(["PER", "LOC"])


def _probabilities(tags: list[str], confidences: list[float]) -> np.ndarray:
    rows = np.zeros((len(tags), len(TAGS)), dtype=np.float32)
    for row, tag, confidence in zip(rows, tags, confidences, strict=True):
        row[:] = (1 - confidence) / (len(TAGS) - 1)
        row[TAGS.index(tag)] = confidence
    return rows


@pytest.fixture
def predictions(tmp_path):
    sentences = {
        "a": (["B-PER", "I-PER", "O"], [0.9, 0.8, 0.99]),
        "b": (["O", "B-LOC"], [0.97, 0.5]),
        "c": (["B-PER", "O", "B-LOC", "O"], [0.95, 0.9, 0.7, 0.6]),
        "d": (["O"], [0.4]),
    }
    path = tmp_path / "predictions.parquet"
    tags = [tags for tags, _ in sentences.values()]
    probabilities = [_probabilities(*pair) for pair in sentences.values()]
    tokens = [[f"t{n}" for n in range(len(own))] for own in tags]
    spans = [
        [ScoredSpan(*span, min(scores[span.start : span.end])) for span in spans_of(own)]
        for own, scores in sentences.values()
    ]
    # What overlaps an entity is stored, and not chosen from.
    spans[0].append(ScoredSpan(0, 3, "LOC", 0.3))
    write_predictions(path, Predictions([*sentences], tokens, tags, probabilities, spans, TAGS))
    return path


def _filtered(predictions, tmp_path, **settings):
    output, summary = tmp_path / "out.jsonl", tmp_path / "summary.json"
    run(FilterSettings(**settings), predictions=predictions, output=output, summary=summary)
    return read_sentences(output), json.loads(summary.read_text())


def test_predictions_survive_the_disk(predictions):
    read = read_predictions(predictions)
    assert read.ids == ["a", "b", "c", "d"]
    assert read.tag_names == TAGS
    assert [p.shape for p in read.probabilities] == [(3, 5), (2, 5), (4, 5), (1, 5)]
    assert np.array_equal(read.probabilities[1], _probabilities(["O", "B-LOC"], [0.97, 0.5]))
    assert [(s.start, s.end, s.type) for s in read.spans[2]] == [(0, 1, "PER"), (2, 3, "LOC")]
    assert [s.confidence for s in read.spans[2]] == pytest.approx([0.95, 0.7])
    assert read.spans[3] == []
    assert read_tags(predictions)["c"] == ["B-PER", "O", "B-LOC", "O"]


def test_defaults_keep_everything(predictions, tmp_path):
    kept, summary = _filtered(predictions, tmp_path)
    assert [s.id for s in kept] == ["a", "b", "c", "d"]
    assert summary["kept_sentences"] == summary["sentences"] == 4
    assert not any(summary["rejected_entities"].values())


def test_sentence_confidence_is_that_of_the_least_certain_token(predictions, tmp_path):
    kept, summary = _filtered(predictions, tmp_path, sentence_confidence=0.55)
    assert [s.id for s in kept] == ["a", "c"]
    assert summary["rejected_sentences"] == {"sentence_confidence": 2}
    assert kept[0].origin["confidence"] == pytest.approx(0.8)


def test_a_rejected_entity_hides_its_tokens(predictions, tmp_path):
    kept, summary = _filtered(predictions, tmp_path, entity_confidence=0.85)
    by_id = {s.id: s for s in kept}
    assert by_id["a"].origin["untrusted"] == [0, 1]
    assert by_id["b"].origin["untrusted"] == [1]
    assert by_id["c"].origin["untrusted"] == [2]
    assert "untrusted" not in by_id["d"].origin
    assert summary["rejected_entities"]["entity_confidence"] == {"LOC": 2, "PER": 1}
    assert summary["kept_entities"] == {"PER": 1}


def test_a_rejected_entity_can_take_its_sentence_with_it(predictions, tmp_path):
    kept, summary = _filtered(predictions, tmp_path, entity_confidence=0.75, rejected="sentence")
    assert [s.id for s in kept] == ["a", "d"]
    assert summary["rejected_sentences"] == {"rejected_entity": 2}


def test_an_entity_that_too_few_others_find_is_rejected(predictions, tmp_path):
    told = read_predictions(predictions)
    told.agreement[0][0], told.agreement[2] = 0.5, [0.25, 0.25]
    write_predictions(predictions, told)
    kept, summary = _filtered(predictions, tmp_path, entity_agreement=0.5, entity_confidence=0.6)
    assert summary["rejected_entities"]["entity_agreement"] == {"LOC": 1, "PER": 1}
    assert summary["rejected_entities"]["entity_confidence"] == {"LOC": 1}
    assert [s.origin.get("untrusted") for s in kept] == [None, [1], [0, 2], None]


@pytest.mark.parametrize(("found", "views"), [(7, 10), (9, 10), (1, 3), (13, 20)])
def test_what_as_many_views_find_as_are_asked_for_passes(predictions, tmp_path, found, views):
    told = read_predictions(predictions)
    told.agreement = [[found / views] * len(own) for own in told.agreement]
    write_predictions(predictions, told)
    _, summary = _filtered(predictions, tmp_path, entity_agreement=found / views)
    assert summary["rejected_entities"]["entity_agreement"] == {}
    _, summary = _filtered(predictions, tmp_path, entity_agreement=found / views + 1e-3)
    assert summary["rejected_entities"]["entity_agreement"] == {"LOC": 2, "PER": 2}


def test_top_fraction_is_by_type(predictions, tmp_path):
    kept, summary = _filtered(predictions, tmp_path, top_fraction=0.5)
    assert summary["kept_entities"] == {"LOC": 1, "PER": 1}
    assert summary["rejected_entities"]["top_fraction"] == {"LOC": 1, "PER": 1}
    by_id = {s.id: s for s in kept}
    assert by_id["a"].origin["untrusted"] == [0, 1]
    assert by_id["b"].origin["untrusted"] == [1]


def test_counts_are_limited(predictions, tmp_path):
    kept, summary = _filtered(predictions, tmp_path, max_entities=1, max_tokens=2)
    assert [s.id for s in kept] == ["b", "d"]
    assert summary["rejected_sentences"] == {"max_tokens": 2}


def test_a_larger_fraction_contains_a_smaller_one(predictions, tmp_path):
    kept = []
    for fraction in (0.2, 0.5, 0.75, 1.0):
        sentences, summary = _filtered(predictions, tmp_path, fraction=fraction, seed=7)
        kept.append([sentence.id for sentence in sentences])
        assert summary["sentences"] == len(kept[-1])
    assert [len(ids) for ids in kept] == [1, 2, 3, 4]
    assert kept[-1] == ["a", "b", "c", "d"]
    for smaller, larger in pairwise(kept):
        assert [identity for identity in larger if identity in smaller] == smaller


@pytest.mark.parametrize("seed", range(4))
def test_other_criteria_see_the_fraction_only(predictions, tmp_path, seed):
    half = {"fraction": 0.5, "seed": seed}
    _, summary = _filtered(predictions, tmp_path, top_fraction=0.5, **half)
    drawn, _ = _filtered(predictions, tmp_path, **half)
    types = Counter(span.type for sentence in drawn for span in spans_of(sentence.tags))
    assert summary["entities"] == types
    assert summary["kept_entities"] == {kind: ceil(n / 2) for kind, n in types.items()}


def test_a_filter_that_keeps_nothing_says_so_and_writes_nothing(predictions, tmp_path):
    with pytest.raises(ClnerError, match=r"rejected all 4 sentences .*sentence_confidence: 4"):
        _filtered(predictions, tmp_path, sentence_confidence=1.0)
    assert not (tmp_path / "out.jsonl").exists()


def test_damaged_predictions_are_named(predictions):
    content = predictions.read_bytes()
    predictions.write_bytes(content[: len(content) // 2])
    with pytest.raises(ClnerError, match=r"predictions\.parquet: not readable as Parquet"):
        read_tags(predictions)


shares = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
tag_lists = st.lists(st.sampled_from(["O", "B-PER", "B-LOC"]), min_size=1, max_size=6)
drawn = st.lists(st.tuples(tag_lists, st.lists(shares, min_size=6, max_size=6), shares), max_size=8)
criteria = st.builds(
    FilterSettings,
    sentence_confidence=shares,
    entity_confidence=shares,
    entity_agreement=shares,
    top_fraction=shares.filter(bool),
    max_entities=st.none() | st.integers(0, 4),
    max_tokens=st.none() | st.integers(1, 6),
    rejected=st.sampled_from(["sentence", "tokens"]),
)


def _candidates(drawn) -> list[Candidate]:
    return [
        Candidate(
            Sentence(str(number), ["t"] * len(tags), tags),
            spans_of(tags),
            np.array(scores[: len(spans_of(tags))]),
            np.array(scores[::-1][: len(spans_of(tags))]),
            confidence,
        )
        for number, (tags, scores, confidence) in enumerate(drawn)
    ]


@given(drawn, criteria)
def test_what_passes_meets_every_criterion_and_nothing_is_lost_from_the_counts(drawn, settings):
    candidates = _candidates(drawn)
    kept, counts = select(candidates, settings)
    for candidate in kept:
        assert candidate.sentence_confidence >= settings.sentence_confidence
        assert settings.max_tokens is None or len(candidate.sentence.tokens) <= settings.max_tokens
        assert settings.max_entities is None or len(candidate.spans) <= settings.max_entities
        assert settings.rejected == "tokens" or not candidate.rejected
        for position, confidence in enumerate(candidate.entity_confidence):
            assert position in candidate.rejected or confidence >= settings.entity_confidence
        for position, agreement in enumerate(candidate.entity_agreement):
            assert position in candidate.rejected or agreement >= settings.entity_agreement
    assert len(kept) + sum(counts["rejected_sentences"].values()) == counts["sentences"]
    for name, number in counts["entities"].items():
        rejected = sum(own.get(name, 0) for own in counts["rejected_entities"].values())
        left = number - rejected
        assert left <= np.ceil(settings.top_fraction * number)
        assert counts["kept_entities"].get(name, 0) <= left


@given(drawn, shares, shares)
def test_a_higher_threshold_keeps_no_sentence_more(drawn, first, second):
    low, high = sorted([first, second])
    keep = [
        {c.sentence.id for c in select(_candidates(drawn), FilterSettings(**{key: value}))[0]}
        for key in ("sentence_confidence", "entity_confidence")
        for value in (low, high)
    ]
    assert keep[1] <= keep[0] and keep[3] <= keep[2]
