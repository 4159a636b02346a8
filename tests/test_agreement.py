"""Agreement of code-switched views: where an entity of a view stands in the text, and shares."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clner import predict
from clner.codeswitching.switchable import switchable_target
from clner.lexicons.lexicon import Lexicon
from clner.tagging.agreement import agreement_of_models, agreement_of_views
from clner.tagging.predictions import Predictions, read_predictions
from clner.text.sentence import Sentence, write_sentences
from clner.text.spans import ScoredSpan
from clner.text.tags import spans_of
from tests.small_taggers import train

WORDS = ["casa", "de", "vive", "Lima", "Ana", "hoy"]
INTO = {"casa": ["house"], "de": ["out of"], "vive": ["is alive"], "hoy": ["today"]}
TAGS = ["O", "B-PER", "I-PER", "B-LOC"]


def repaired(tags):
    """BIO2: what continues nothing begins."""
    before = ["O", *tags]
    return [
        "B-PER" if tag == "I-PER" and "PER" not in last else tag
        for last, tag in zip(before, tags, strict=False)
    ]


def scored(tags):
    return [ScoredSpan(*span, 0.5) for span in spans_of(tags)]


@st.composite
def tagged(draw):
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6))
    tags = draw(st.lists(st.sampled_from(TAGS), min_size=len(words), max_size=len(words)))
    return words, repaired(tags)


@given(st.lists(tagged(), min_size=1, max_size=5), st.integers(1, 3), st.data())
@settings(deadline=None)
def test_an_entity_is_found_again_where_its_words_went_as_a_loop_says(drawn, views, data):
    # All phrases are replaced, so that a loop can follow each word.
    texts = [Sentence(str(n), words, tags) for n, (words, tags) in enumerate(drawn)]
    found = [scored(text.tags) for text in texts]
    switchables = switchable_target(texts, Lexicon(INTO), 1.0)
    counts = [Counter() for _ in texts]
    asked = [
        n
        for n, (words, tags) in enumerate(drawn)
        if found[n] and any(w in INTO and t == "O" for w, t in zip(words, tags, strict=True))
    ]

    def tag(lists):
        said = []
        assert len(lists) == len(asked)
        for number, tokens in zip(asked, lists, strict=True):
            came_from = []
            for place, (word, was) in enumerate(zip(*drawn[number], strict=True)):
                new = INTO[word][0].split() if was == "O" and word in INTO else None
                came_from += [place] if new is None else [None] * len(new)
            assert len(came_from) == len(tokens)
            tags = data.draw(
                st.lists(st.sampled_from(TAGS), min_size=len(tokens), max_size=len(tokens))
            )
            said.append(scored(repaired(tags)))
            for start, end, kind, *_ in said[-1]:
                places = came_from[start:end]
                if None not in places and places[-1] - places[0] == end - start - 1:
                    counts[number][places[0], places[-1] + 1, kind] += 1
        return said

    result = agreement_of_views(found, switchables, views, tag)
    for number, (own, before) in enumerate(zip(result, found, strict=True)):
        once = number in asked
        assert own == [counts[number][span[:3]] / views if once else 1 for span in before]


def test_views_differ_and_only_sentences_with_entities_and_phrases_are_asked_again():
    tokens = [["hoy", "vive", "Ana"], ["de"], ["Lima", "Ana"]]
    tags = [["O", "O", "B-PER"], ["O"], ["B-LOC", "O"]]
    texts = [Sentence(str(n), *own) for n, own in enumerate(zip(tokens, tags, strict=True))]
    asked = []

    def tag(lists):
        asked.extend(lists)
        # Found in half of the views, as another type in the others.
        kinds = ["B-PER" if len(asked) % 2 else "B-LOC" for _ in lists]
        return [
            scored(["O"] * (len(own) - 1) + [kind]) for own, kind in zip(lists, kinds, strict=True)
        ]

    switchables = switchable_target(texts, Lexicon(INTO), 0.5)
    result = agreement_of_views([scored(text.tags) for text in texts], switchables, 8, tag)
    assert result == [[0.5], [], [1.0]]
    assert len(asked) == 8
    assert len({tuple(own) for own in asked}) > 2
    assert all(own[-1] == "Ana" for own in asked)


def told(spans, agreement):
    return Predictions(["a"], [["w"] * 4], [], [], [spans], TAGS, [agreement])


def test_models_agree_by_the_mean_of_what_those_say_that_find_an_entity():
    here, there = ScoredSpan(0, 2, "PER", 0.9), ScoredSpan(3, 4, "LOC", 0.8)
    models = [
        told([here, there], [1.0, 0.5]),
        told([here._replace(confidence=0.2)], [0.25]),
        told([here._replace(end=1), there._replace(type="PER")], [1.0, 1.0]),
        told([there], [0.5]),
    ]
    new = ScoredSpan(2, 3, "LOC", 0.6)
    assert agreement_of_models([[here, there, new]], models) == [[1.25 / 4, 1 / 4, 0]]


@pytest.fixture(scope="module")
def small_taggers(tmp_path_factory):
    return train(tmp_path_factory.mktemp("taggers"))


@pytest.mark.parametrize("head", ["tags", "token_pair"])
def test_predicted_entities_carry_the_share_of_views_that_have_them(small_taggers, tmp_path, head):
    texts = [["Ana", "vive", "en", "Lima", "."], ["El", "río", "de", "Bonn"], ["Hoy", "no", "."]]
    write_sentences(tmp_path / "texts", [Sentence(f"es-{n}", own) for n, own in enumerate(texts)])
    (tmp_path / "lexicon.tsv").write_text("lives\tvive\nin\ten\nof\tde\nriver\trío\n")
    files = {"model": small_taggers[head], "texts": [tmp_path / "texts"]}
    own = predict.PredictSettings(switched_views=4)
    lexicon = {"lexicon": [tmp_path / "lexicon.tsv"], "target": "es"}
    predict.run(own, **files, **lexicon, output=tmp_path / "viewed")
    predict.run(own, **files, output=tmp_path / "plain")
    viewed, plain = read_predictions(tmp_path / "viewed"), read_predictions(tmp_path / "plain")
    assert viewed.tags == plain.tags
    assert any(viewed.spans), "the tagger finds nothing: nothing is tested"
    assert {share for own in viewed.agreement for share in own} <= {0, 0.25, 0.5, 0.75, 1}
    assert [len(own) for own in viewed.agreement] == [len(own) for own in viewed.spans]
    assert viewed.spans == plain.spans
    assert plain.agreement == [[1] * len(own) for own in plain.spans]
