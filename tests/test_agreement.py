"""Agreement of code-switched views: where an entity of a view stands in the text, and shares."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clner import predict
from clner.lexicons.lexicon import Lexicon
from clner.tagging.agreement import agreement_of_views
from clner.tagging.predictions import read_predictions
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
    counts = [Counter() for _ in texts]
    asked = [n for n, own in enumerate(found) if own]

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

    result = agreement_of_views(found, texts, Lexicon(INTO), views, 1.0, tag)
    for own, before, count in zip(result, found, counts, strict=True):
        assert own == [count[span[:3]] / views for span in before]


def test_views_differ_and_only_sentences_with_entities_are_asked_again():
    texts = [
        Sentence("a", ["hoy", "vive", "Ana"], ["O", "O", "B-PER"]),
        Sentence("b", ["de"], ["O"]),
    ]
    asked = []

    def tag(lists):
        asked.extend(lists)
        return [scored(["O"] * (len(tokens) - 1) + ["B-PER"]) for tokens in lists]

    result = agreement_of_views(
        [scored(text.tags) for text in texts], texts, Lexicon(INTO), 8, 0.5, tag
    )
    assert result == [[1.0], []]
    assert len(asked) == 8
    assert len({tuple(tokens) for tokens in asked}) > 2
    assert all(tokens[-1] == "Ana" for tokens in asked)


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
