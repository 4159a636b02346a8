"""Curves of thresholds: a naive count, and the filter itself, say the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clner.analysis.thresholds import THRESHOLDS, curves
from clner.diagnostics.pseudo_labels import NO_GOLD, Gold
from clner.filter import Candidate, FilterSettings, select
from clner.text.sentence import Sentence
from clner.text.tags import spans_of

TAGS = ["O", "B-PER", "I-PER", "B-LOC"]


@st.composite
def tagged(draw):
    """Candidates, and gold of some of them."""
    candidates, gold = [], {}
    confidence = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.5, 0.98, 1.0]))
    for number in range(draw(st.integers(1, 6))):
        tags = draw(st.lists(st.sampled_from(TAGS), min_size=1, max_size=6))
        spans = spans_of(tags)
        own = np.array([draw(confidence) for _ in spans], dtype=np.float32)
        sentence = Sentence(f"es-unlabelled-{number}", ["w"] * len(tags), tags)
        candidates.append(Candidate(sentence, spans, own, own, float(np.float32(draw(confidence)))))
        if draw(st.booleans()):
            gold[sentence.id] = draw(
                st.lists(st.sampled_from(TAGS), min_size=len(tags), max_size=len(tags))
            )
    return candidates, gold


@given(tagged(), st.sampled_from(range(len(THRESHOLDS))))
@settings(max_examples=200)
def test_a_threshold_keeps_what_the_filter_keeps(drawn, place):
    candidates, _ = drawn
    threshold = float(THRESHOLDS[place])
    found = curves(candidates, Gold(missing=NO_GOLD))
    total = sum(len(candidate.spans) for candidate in candidates)
    for name, setting in (("entity", "entity_confidence"), ("sentence", "sentence_confidence")):
        for candidate in candidates:
            candidate.rejected.clear()
        _, counts = select(candidates, FilterSettings(**{setting: threshold}))
        kept = sum(counts["kept_entities"].values())
        share = found[name]["share"][place]
        assert share == (pytest.approx(kept / total, abs=1e-6) if total else None)


@given(tagged(), st.sampled_from(range(len(THRESHOLDS))))
@settings(max_examples=200)
def test_precision_and_recall_are_those_of_a_loop(drawn, place):
    candidates, tags = drawn
    threshold = float(THRESHOLDS[place])
    found = curves(candidates, Gold(tags))
    total = sum(len(spans_of(own)) for own in tags.values())
    assert found["gold"] == total
    judged = right = 0
    for candidate in candidates:
        true = spans_of(tags.get(candidate.sentence.id, []))
        for span, confidence in zip(candidate.spans, candidate.entity_confidence, strict=True):
            if float(confidence) >= threshold and candidate.sentence.id in tags:
                judged += 1
                right += span in true
    precision = pytest.approx(right / judged, abs=1e-6) if judged else None
    assert found["entity"]["precision"][place] == precision
    recall = pytest.approx(right / total, abs=1e-6) if total else None
    assert found["entity"]["recall"][place] == recall


def test_a_text_without_entities_has_no_curve():
    silent = [
        Candidate(Sentence("es-unlabelled-0", ["w"], ["O"]), [], np.array([]), np.array([]), 0.9)
    ]
    found = curves(silent, Gold(missing=NO_GOLD))
    assert found["entities"] == 0
    assert set(found["entity"]["share"]) == {None}
