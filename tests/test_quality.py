"""Quality of code-switched text: each measure, the filter, and the stage."""

import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.codeswitching.corpus_measures import corpus_measures, spread
from clner.codeswitching.likelihood import likelihood_ratios
from clner.codeswitching.measures import (
    coverage,
    diversity,
    entities,
    mixing_index,
    substituted_by_language,
    substituted_share,
)
from clner.codeswitching.pairs import Pair
from clner.codeswitching.phrases import Phrase, lexicon_phrases
from clner.codeswitching.spelling import SpellingModel
from clner.codeswitching.switchable import Switchable, read_switchables, write_switchables
from clner.corpora import demo
from clner.errors import ClnerError
from clner.lexicons.lexicon import Lexicon
from clner.quality import QualitySettings, run
from clner.reporting.blocks import Table
from clner.reporting.quality import code_switched
from clner.text.sentence import Sentence, read_sentences, write_sentences

# Spelling --------------------------------------------------------------------------------------

WORDS = st.text(alphabet="abc", max_size=5)


def naive(counts: Counter, order: int, word: str) -> float:
    """The log probability of a word, character by character, straight from the definition."""
    grams: Counter = Counter()
    for known, count in counts.items():
        padded = "<" * (order - 1) + known + ">"
        for end in range(order, len(padded) + 1):
            for length in range(1, order + 1):
                grams[padded[end - length : end]] += count
    alphabet = {gram for gram in grams if len(gram) == 1}

    def chance(context: str, character: str) -> float:
        shorter = chance(context[1:], character) if context else 1 / (len(alphabet) + 1)
        following = [grams[context + other] for other in alphabet if context + other in grams]
        if not following:
            return shorter
        total, types = sum(following), len(following)
        return (grams[context + character] + types * shorter) / (total + types)

    padded = "<" * (order - 1) + word + ">"
    places = range(order - 1, len(padded))
    return sum(math.log(chance(padded[n - order + 1 : n], padded[n])) for n in places)


@given(
    st.dictionaries(WORDS, st.integers(1, 5), max_size=6),
    st.lists(st.text(alphabet="abcd", max_size=5), min_size=1, max_size=4),
    st.integers(1, 4),
)
def test_a_word_is_as_likely_as_a_naive_count_has_it(counts, words, order):
    found = SpellingModel(Counter(counts), order).log_probabilities(words)
    expected = [naive(Counter(counts), order, word) for word in words]
    assert found == pytest.approx(expected)


def test_a_word_is_likelier_than_its_letters_shuffled_in_any_case_and_script():
    model = SpellingModel.of_text([["la", "casa", "blanca", "東京"]] * 3, 4)
    casa, upper, shuffled, unseen = model.log_probabilities(["casa", "CASA", "aasc", "дом"])
    assert casa == upper > max(shuffled, unseen)
    assert min(shuffled, unseen) > -np.inf


# Likelihood ------------------------------------------------------------------------------------

SOURCE = [["the", "dog"], ["a", "cat", "sees"], ["the", "cat"], ["dogs", "see"]]
TARGET = SpellingModel.of_text([["el", "perro"], ["ve", "el", "gato"]], 3)


def test_a_ratio_is_that_of_the_definition():
    mixed = [["el", "dog"], ["a", "gato", "sees"], ["the", "cat"], ["xq", "vwz"]]
    found = likelihood_ratios(SOURCE, mixed, TARGET)

    def log_chance(tokens: list[str], number: int) -> float:
        others = [other for n, other in enumerate(SOURCE) if n % 2 != number % 2]
        own = SpellingModel.of_text(others, 3)
        both = [np.exp(model.log_probabilities(tokens)) for model in (own, TARGET)]
        return np.log(np.mean(both, axis=0)).sum()

    expected = [
        math.exp(
            (log_chance(form, n) - log_chance(tokens, n)) / sum(len(word) + 1 for word in tokens)
        )
        for n, (tokens, form) in enumerate(zip(SOURCE, mixed, strict=True))
    ]
    assert found == pytest.approx(expected)
    assert found[2] == 1
    assert found[3] < min(found[:3])


def test_one_sentence_has_a_ratio():
    (ratio,) = likelihood_ratios([["the"]], [["el"]], TARGET)
    assert 0 < ratio < np.inf


def demo_pairs(count: int) -> list[Pair]:
    """Sentences of the demo, half of their context by the Spanish dictionary."""
    dictionary: dict[str, list[str]] = {}
    for phrase, translation in demo.lexicon("es"):
        dictionary.setdefault(phrase, []).append(translation)
    lexicon = Lexicon(dictionary)
    pairs = []
    for number, (tokens, tags) in enumerate(demo.sentences("en", "train")[:count]):
        sentence = Sentence(f"en-train-{number}", tokens, tags)
        phrases = {"es": lexicon_phrases(sentence, lexicon, "first")}
        switchable = Switchable(sentence, phrases, 0.5)
        pairs.append(Pair(switchable, switchable.draw(Random(number))))
    return pairs


def in_each_place(pair: Pair, change: Callable[[list[str]], list[str]]) -> list[str]:
    """The mixed sentence with its new tokens changed."""
    tokens, position = [], 0
    for _, _, start, end in pair.mixed.origin["spans"]:
        tokens += pair.mixed.tokens[position:start] + change(pair.mixed.tokens[start:end])
        position = end
    return tokens + pair.mixed.tokens[position:]


def test_garbled_words_are_less_likely_than_translations():
    pairs = [pair for pair in demo_pairs(600) if pair.mixed.origin["substituted"]]
    target = SpellingModel.of_text([tokens for tokens, _ in demo.sentences("es", "train")], 6)
    entries, rng = [text.split() for _, text in demo.lexicon("es")], Random(0)

    def ratios(change: Callable[[list[str]], list[str]]) -> np.ndarray:
        forms = [in_each_place(pair, change) for pair in pairs]
        return likelihood_ratios([pair.source.tokens for pair in pairs], forms, target)

    real = ratios(list)
    other = ratios(lambda _: rng.choice(entries))
    shuffled = ratios(lambda words: ["".join(rng.sample(word, len(word))) for word in words])
    # The demo's dictionary is small and its words all common: chance would be a half.
    assert (real > other).mean() > 0.7 and np.median(real) > np.median(other)
    assert (real > shuffled).mean() > 0.9


# Measures --------------------------------------------------------------------------------------


def pair_of(switchable: Switchable, seed: int = 0) -> Pair:
    return Pair(switchable, switchable.draw(Random(seed)))


MIXED = pair_of(
    Switchable(
        Sentence(
            "en-train-0",
            ["The", "big", "dog", "saw", "New", "York", "and", "Bonn", "."],
            ["O", "O", "O", "O", "B-LOC", "I-LOC", "O", "B-LOC", "O"],
        ),
        {
            "de": [Phrase(0, 1, [["Der"]])],
            "es": [
                Phrase(1, 3, [["perro", "muy", "grande"]]),
                Phrase(4, 6, [["Nueva", "York", "1"]], "LOC"),
            ],
        },
        1.0,
    )
)


def test_shares_and_languages_of_what_is_replaced():
    assert MIXED.mixed.tokens[:4] == ["Der", "perro", "muy", "grande"]
    assert substituted_share(MIXED) == 5 / 9
    assert substituted_by_language(MIXED) == {"de": 1, "es": 4}
    # Words: Der | perro muy grande Nueva York | saw and Bonn; 1 and . are of no language.
    assert mixing_index(MIXED) == pytest.approx(1 - 5 / 9)
    # Context: The big dog saw and; all but two can be replaced.
    assert coverage(MIXED) == 3 / 5


def test_what_is_not_mixed_has_no_mixing():
    untouched = pair_of(Switchable(Sentence("x", ["a", "."]), {"es": []}, 1.0))
    assert mixing_index(untouched) == 0
    assert mixing_index(pair_of(Switchable(Sentence("x", ["1"]), {"es": []}, 1.0))) == 0
    assert (substituted_share(untouched), coverage(untouched)) == (0, 0)
    whole = pair_of(Switchable(Sentence("x", ["a"]), {"es": [Phrase(0, 1, [["b"]])]}, 1.0))
    assert (mixing_index(whole), substituted_share(whole), coverage(whole)) == (0, 1, 1)


def test_entities_survive_and_some_are_replaced():
    assert entities(MIXED) == (2, 2, 1)


@pytest.mark.parametrize(
    ("tags", "tokens", "expected"),
    [
        ({7: "O"}, {}, (2, 1, 1)),  # Nueva York without its last token
        ({9: "B-PER"}, {}, (2, 1, 1)),
        ({9: "O"}, {}, (2, 1, 1)),
        ({0: "B-PER"}, {}, (3, 2, 1)),
        ({}, {9: "Berlin"}, (2, 1, 1)),
    ],
)
def test_lost_entities_are_seen_in_the_tags(tags, tokens, expected):
    mixed = MIXED.mixed
    changed = Sentence(
        mixed.id,
        [tokens.get(n, token) for n, token in enumerate(mixed.tokens)],
        [tags.get(n, tag) for n, tag in enumerate(mixed.tags)],
        mixed.origin,
    )
    assert entities(Pair(MIXED.switchable, changed)) == expected


def test_diversity_is_that_of_many_draws():
    phrases = {
        "es": [Phrase(0, 1, [["El"], ["la"], ["LA"], ["los"]]), Phrase(1, 2, [["perro"]])],
        "de": [Phrase(0, 1, [["der"]])],
    }
    switchable = Switchable(Sentence("x", ["The", "dog"]), phrases, 0.6)
    found = diversity([switchable])
    drawn: dict[str, Counter] = {"the": Counter(), "dog": Counter()}
    rng = Random(0)
    for _ in range(20000):
        mixed = switchable.draw(rng)
        for start, _, first, _ in mixed.origin["spans"]:
            word = switchable.sentence.tokens[start].lower()
            drawn[word][mixed.tokens[first].lower()] += 1
    assert (found.words, found.translations) == (2, (4 + 1) / 2)
    assert [len(drawn["the"]), len(drawn["dog"])] == [4, 1]
    total = sum(own.total() for own in drawn.values())
    bits = sum(n * math.log2(own.total() / n) for own in drawn.values() for n in own.values())
    assert found.entropy == pytest.approx(bits / total, abs=0.02)


def test_what_cannot_be_drawn_has_no_diversity():
    words, *others = diversity([Switchable(MIXED.source, MIXED.switchable.phrases, 0.0)])
    assert words == 0 and all(map(math.isnan, others))


def test_a_corpus_is_counted_as_a_whole():
    found = corpus_measures([MIXED, MIXED])
    assert found["languages"] == {"de": round(1 / 9, 6), "es": round(4 / 9, 6)}
    assert found["entities"] == {"expected": 4, "survived": 1.0, "replaced": 0.5}
    assert corpus_measures([pair_of(Switchable(Sentence("x", ["a"]), {}, 1.0))])["entities"] == {
        "expected": 0,
        "survived": None,
        "replaced": None,
    }


def test_a_spread_leaves_out_what_was_not_measured():
    found = spread(np.array([np.nan, *range(11)]))
    assert found == {"sentences": 11, "mean": 5.0, "deciles": list(range(11))}
    assert spread(np.array([np.nan])) == {"sentences": 0, "mean": None, "deciles": None}


# Similarity ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> Path:
    from clner import encoder
    from clner.encoders.settings import ScratchSettings

    folder = tmp_path_factory.mktemp("encoder")
    texts = [
        Sentence(f"s-{n}", tokens) for n, (tokens, _) in enumerate(demo.sentences("en", "dev"))
    ]
    write_sentences(folder / "texts.jsonl", texts)
    scratch = ScratchSettings(vocabulary=300, least=1, dimension=8, width=16, layers=1, heads=2)
    encoder.run(
        encoder.EncoderSettings(kind="scratch", scratch=scratch),
        output=folder / "encoder",
        checkpoints=folder / "checkpoints",
        sentences=[folder / "texts.jsonl"],
        lexicon=[],
    )
    return folder / "encoder"


@pytest.mark.slow
def test_similarities_do_not_depend_on_the_batch(encoder):
    from clner.codeswitching.similarity import similarities

    pairs = demo_pairs(50)
    source = [pair.source.tokens for pair in pairs]
    mixed = [pair.mixed.tokens for pair in pairs]
    found = similarities(encoder, source, mixed, 128)
    alone = [similarities(encoder, [s], [m], 128)[0] for s, m in zip(source, mixed, strict=True)]
    assert found == pytest.approx(alone, abs=1e-5)
    same = np.array([s == m for s, m in zip(source, mixed, strict=True)])
    assert found[same] == pytest.approx(1) and (found[~same] < 1 - 1e-6).all()
    with pytest.raises(ClnerError, match="no usable"):
        similarities(encoder.parent, source, mixed, 128)


# The stage -------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path) -> Path:
    pairs = demo_pairs(60)
    write_switchables(tmp_path / "phrases.jsonl", (pair.switchable for pair in pairs))
    write_sentences(
        tmp_path / "switched.jsonl",
        (Sentence(f"{p.mixed.id}~es", p.mixed.tokens, p.mixed.tags, p.mixed.origin) for p in pairs),
    )
    text = demo.sentences("es", "train")[:100]
    unlabelled = [Sentence(f"es-unlabelled-{n}", tokens) for n, (tokens, _) in enumerate(text)]
    write_sentences(tmp_path / "unlabelled.jsonl", unlabelled)
    return tmp_path


def measure(folder: Path, files: dict | None = None, **changed) -> dict:
    given = {
        "source": "en",
        "target": "es",
        "branch": "shared",
        "switched": [folder / "switched.jsonl"],
        "switchable": [folder / "phrases.jsonl"],
        "unlabelled": folder / "unlabelled.jsonl",
        "output": folder / "out" / "train.jsonl",
        "phrases": folder / "out" / "phrases.jsonl",
        "summary": folder / "out" / "quality.json",
    }
    run(QualitySettings(**{"sample": 0} | changed), **given | (files or {}))
    return json.loads((folder / "out" / "quality.json").read_text())


def test_without_criteria_nothing_but_the_measures_changes(files):
    found = measure(files)
    assert (found["sentences"], found["kept"], found["dropped"]) == (60, 60, {})
    assert (files / "out/phrases.jsonl").read_bytes() == (files / "phrases.jsonl").read_bytes()
    before, after = (read_sentences(files / name) for name in ("switched.jsonl", "out/train.jsonl"))
    measures = [sentence.origin.pop("quality") for sentence in after]
    assert after == before
    for sentence, own in zip(before, measures, strict=True):
        assert "similarity" not in own
        assert (own["ratio"] == 1) == (sentence.origin["substituted"] == 0)
    mean = np.mean([own["ratio"] for own in measures])
    assert found["measures"]["ratio"]["mean"] == pytest.approx(mean, abs=1e-6)
    assert found["entities"]["survived"] == 1.0


def test_criteria_drop_from_both_files_and_are_counted_once(files):
    measure(files)
    everything = {s.id: s.origin["quality"] for s in read_sentences(files / "out/train.jsonl")}
    found = measure(files, least_substituted=0.2, most_substituted=0.45, least_ratio=0.8)
    kept = read_sentences(files / "out/train.jsonl")
    expected = [
        identity
        for identity, own in everything.items()
        if 0.2 <= own["substituted"] <= 0.45 and own["ratio"] >= 0.8
    ]
    assert [s.id for s in kept] == expected
    phrases = read_switchables(files / "out/phrases.jsonl")
    assert [s.id for s in phrases] == [s.origin["source_id"] for s in kept]
    assert 0 < found["kept"] == len(kept) < 60
    few = sum(own["substituted"] < 0.2 for own in everything.values())
    many = sum(own["substituted"] > 0.45 for own in everything.values())
    rest = 60 - few - many - found["kept"]
    assert found["dropped"] == {
        "least_ratio": rest,
        "least_substituted": few,
        "most_substituted": many,
    }
    tables = [block for block in code_switched([found]) if isinstance(block, Table)]
    assert ["en-es", "shared", "least_ratio", str(rest)] in tables[-1].lines


def test_where_all_are_dropped_the_criteria_are_named(files):
    with pytest.raises(ClnerError, match=r"all 60 sentences.*least_ratio: 60.*loosen"):
        measure(files, least_ratio=50.0)
    assert not (files / "out").exists()


def test_a_language_without_text_has_no_ratio_and_is_not_judged_by_it(files):
    path = files / "switched.jsonl"
    sentences = read_sentences(path)
    strange = sentences[0].origin
    strange["languages"] = ["de"] * len(strange["languages"])
    assert strange["languages"]
    write_sentences(path, sentences)
    found = measure(files, least_ratio=0.9)
    first = read_sentences(files / "out/train.jsonl")[0]
    assert first.id == sentences[0].id and "ratio" not in first.origin["quality"]
    assert found["measures"]["ratio"]["sentences"] == 59
    assert set(found["languages"]) == {"de", "es"}


def test_sources_are_measured_each_by_its_own_text(files):
    measure(files)
    alone = read_sentences(files / "out/train.jsonl")
    both = {
        name: [files / f"{name}.jsonl", files / f"german-{name}.jsonl"]
        for name in ("switched", "phrases")
    }
    for one, other in both.values():
        text = one.read_text(encoding="utf-8").splitlines(keepends=True)[:20]
        other.write_text("".join(text).replace("en-train", "de-train"), encoding="utf-8")
    found = measure(files, {"switched": both["switched"], "switchable": both["phrases"]})
    together = read_sentences(files / "out/train.jsonl")
    assert found["sentences"] == len(together) == 80
    assert together[:60] == alone
    assert [s.id for s in together[60:]] == [s.id.replace("en-", "de-") for s in alone[:20]]
    assert [s.origin["quality"]["ratio"] for s in together[60:]] != [
        s.origin["quality"]["ratio"] for s in alone[:20]
    ]


def test_files_that_do_not_belong_together_are_refused(files):
    path = files / "switched.jsonl"
    sentences = read_sentences(path)
    with pytest.raises(ClnerError, match="--switchable names 1 files, --switched 2"):
        measure(files, {"switched": [path, path]})
    with pytest.raises(ClnerError, match="needs --encoder"):
        measure(files, sample=3)
    write_sentences(path, sentences[1:])
    with pytest.raises(ClnerError, match=r"switched\.jsonl: not drawn from the phrases of"):
        measure(files)
    for sentence in sentences:
        del sentence.origin["languages"]
    write_sentences(path, sentences)
    with pytest.raises(ClnerError, match="en-train-0~es does not say its languages"):
        measure(files)


def test_shares_that_exclude_each_other_are_refused():
    with pytest.raises(ValueError, match=r"least_substituted 0\.8 is above most_substituted 0\.2"):
        QualitySettings(least_substituted=0.8, most_substituted=0.2)


@pytest.mark.slow
def test_a_sample_is_compared_or_all_where_the_filter_asks(files, encoder):
    sampled = measure(files, {"encoder": encoder}, sample=7)
    assert sampled["measures"]["similarity"]["sentences"] == 7
    ids = [
        s.id
        for s in read_sentences(files / "out/train.jsonl")
        if "similarity" in s.origin["quality"]
    ]
    measure(files, {"encoder": encoder}, sample=7, seed=1)
    other = [
        s.id
        for s in read_sentences(files / "out/train.jsonl")
        if "similarity" in s.origin["quality"]
    ]
    assert len(ids) == 7 and ids != other
    median = sampled["measures"]["similarity"]["deciles"][5]
    found = measure(files, {"encoder": encoder}, sample=7, least_similarity=median)
    assert found["measures"]["similarity"]["sentences"] == 60
    assert 0 < found["dropped"]["least_similarity"] < 60
