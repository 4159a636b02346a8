"""Names that lean to what they are elsewhere, against plain loops."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from clner import predict
from clner.tagging.decoding import decode, entities
from clner.tagging.names import lean_names
from clner.tagging.predictions import read_predictions
from clner.text.sentence import Sentence, write_sentences
from clner.text.tags import spans_of
from tests.small_taggers import train

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


@st.composite
def texts(draw):
    """Sentences of few words, and a distribution over tags for each of their tokens."""
    words = st.lists(st.sampled_from(["efe", "EFE", "de", "(", ")"]), min_size=1, max_size=6)
    tokens = draw(st.lists(words, min_size=1, max_size=5))
    scores = st.floats(1 / 64, 1, width=32)
    shapes = [(len(own), len(TAGS)) for own in tokens]
    drawn = [draw(arrays.arrays(np.float32, shape, elements=scores)) for shape in shapes]
    return tokens, [rows / rows.sum(1, keepdims=True) for rows in drawn]


def occurrences(tokens, tags):
    """Where names stand: as found, then from left to right in what is left, the longest first."""
    found = [spans_of(own) for own in tags]
    names = {
        tuple(words[start:end])
        for words, own in zip(tokens, found, strict=True)
        for start, end, _ in own
    }
    for number, (words, own) in enumerate(zip(tokens, found, strict=True)):
        taken = {place for start, end, _ in own for place in range(start, end)}
        places = [(start, end) for start, end, _ in own]
        for start in range(len(words)):
            for end in range(len(words), start, -1):
                if tuple(words[start:end]) in names and not taken & {*range(start, end)}:
                    places.append((start, end))
                    taken |= {*range(start, end)}
        for start, end in places:
            yield number, start, end


def chances(rows):
    """How likely these tokens are an entity, and of which type."""
    masses = [rows[0][[1, 3]], *(row[[2, 4]] for row in rows[1:])]
    return min(own.sum() for own in masses), np.mean([own / own.sum() for own in masses], axis=0)


def naive(tokens, probabilities, weight):
    """By loops over entities, contexts and tokens, in float64."""
    told = defaultdict(lambda: defaultdict(list))
    found = []
    pooled = [rows.astype(np.float64) for rows in probabilities]
    for number, start, end in occurrences(tokens, decode(probabilities, TAGS)):
        words, (present, types) = tokens[number], chances(pooled[number][start:end])
        name = tuple(word.lower() for word in words[start:end])
        before = words[start - 1].lower() if start else None
        after = words[end].lower() if end < len(words) else None
        told[name][before, after].append(present * types)
        found.append((number, start, end, name, present, types))
    for number, start, end, name, present, types in found:
        mean = np.mean([np.mean(each, axis=0) for each in told[name].values()], axis=0)
        types = (1 - weight) * types + weight * mean / mean.sum()
        leaning = max(present, (1 - weight) * present + weight * mean.sum())
        for place in range(start, end):
            row = pooled[number][place]
            columns = [1, 3] if place == start else [2, 4]
            mass = max(row[columns].sum(), leaning)
            row *= (1 - mass) / (1 - row[columns].sum())
            row[columns] = mass * types
    return pooled


@settings(deadline=None)
@given(texts(), st.sampled_from([0.0, 0.3, 1.0]))
def test_names_lean_to_what_they_are_in_all_their_contexts_as_a_loop_says(text, weight):
    tokens, probabilities = text
    before = [rows.copy() for rows in probabilities]
    pooled = lean_names(tokens, probabilities, TAGS, weight)
    for found, expected, given_rows, kept in zip(
        pooled, naive(tokens, probabilities, weight), probabilities, before, strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-6)
        np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)
        assert (given_rows == kept).all()


def certain(tags, sure=0.9):
    """Distributions that are `sure` of these tags."""
    rows = np.full((len(tags), len(TAGS)), (1 - sure) / (len(TAGS) - 1), dtype=np.float32)
    rows[np.arange(len(tags)), [TAGS.index(tag) for tag in tags]] = sure
    return rows


def test_a_phrase_that_is_repeated_counts_once_among_the_contexts_of_a_name():
    repeated = (["(", "Efe", ")"], certain(["O", "B-LOC", "O"]))
    others = [
        (["dijo", "a", "Efe", "ayer"], certain(["O", "O", "B-PER", "O"])),
        (["agencia", "EFE", "."], certain(["O", "B-PER", "O"])),
    ]
    tokens, probabilities = zip(*[repeated] * 9, *others, strict=True)
    pooled = lean_names(list(tokens), list(probabilities), TAGS, 1.0)
    found = [[span.type for span in own] for own in entities(pooled, TAGS)]
    assert found == [["PER"]] * 11


def test_a_name_is_found_where_it_was_missed_and_as_it_is_written():
    repeated = (["(", "Efe", ")"], certain(["O", "O", "O"]))
    others = [(["a", "Efe", word], certain(["O", "B-PER", "O"])) for word in ("dijo", "cree", "va")]
    common = [(["el", "Estado", word], certain(["O", "O", "O"])) for word in ("de", "que", "y")]
    mistaken = (["un", "Estado", "rico"], certain(["O", "B-LOC", "O"], 0.7))
    written_otherwise = (["no", "efe", "sé"], certain(["O", "O", "O"]))
    texts = [*[repeated] * 9, *others, *common, mistaken, written_otherwise]
    tokens, probabilities = zip(*texts, strict=True)
    pooled = lean_names(list(tokens), list(probabilities), TAGS, 0.9)
    found = [[(span.start, span.type) for span in own] for own in entities(pooled, TAGS)]
    assert found == [[(1, "PER")]] * 12 + [[]] * 3 + [[(1, "LOC")]] + [[]]


def test_what_is_found_once_stays_as_it_is_however_certain():
    rows = np.array([[0.3, 0.45, 0.25, 0, 0], [1e-7, 1, 0, 1e-7, 0]], dtype=np.float32)
    (pooled,) = lean_names([["Efe", "Ana"]], [rows.copy()], TAGS, 0.9)
    np.testing.assert_allclose(pooled, rows, atol=1e-6)
    assert (pooled >= 0).all()


@pytest.fixture(scope="module")
def small_taggers(tmp_path_factory):
    return train(tmp_path_factory.mktemp("taggers"))


# The small grid is certain of all that it finds, so that next to nothing is left to lean.
@pytest.mark.parametrize(("head", "least"), [("tags", 1e-3), ("token_pair", 0.0)])
def test_the_names_of_a_text_are_those_of_no_other_text(small_taggers, tmp_path, head, least):
    tagger = small_taggers[head]
    texts = [[["Ana", "vive", "en", "Lima", "."], ["Hoy", "Lima", "."]], [["Lima", "vive", "."]]]
    paths = [tmp_path / f"text-{number}" for number in range(2)]
    for path, own in zip(paths, texts, strict=True):
        write_sentences(path, [Sentence(f"{path.name}-{n}", words) for n, words in enumerate(own)])
    found = {}
    for weight, files in ((0.0, paths), (0.9, paths), (0.9, paths[:1]), (0.9, paths[1:])):
        output = tmp_path / "predictions"
        own = predict.PredictSettings(names=weight)
        predict.run(own, model=tagger, texts=files, output=output)
        found[weight, len(files), files[0]] = read_predictions(output)
    apart = [found[0.9, 1, path] for path in paths]
    together, plain = found[0.9, 2, paths[0]], found[0.0, 2, paths[0]]
    for number, rows in enumerate(row for own in apart for row in own.probabilities):
        np.testing.assert_allclose(together.probabilities[number], rows, atol=1e-5)
    spans = [[span[:3] for span in own] for each in apart for own in each.spans]
    assert [[span[:3] for span in own] for own in together.spans] == spans
    assert any(
        (abs(a - b) > least).any()
        for a, b in zip(together.probabilities, plain.probabilities, strict=True)
    )
    assert together.tags == decode(together.probabilities, together.tag_names)
