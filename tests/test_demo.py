"""The embedded demo: what its tests measure must not have been seen in training."""

import json
import os
import re
import subprocess
import sys
import unicodedata

import pytest

from clner.corpora.demo import LANGUAGES, SOURCE, TARGETS, lexicon, sentences
from clner.corpora.demo.grammar import TYPES, read_rules, slots
from clner.corpora.demo.names import names_of, read_names
from clner.errors import ClnerError
from clner.text.tags import spans_of, tags_of

SPLITS = ("train", "dev", "test")
PARTS = ("train", "shared", "test")
EVERY_SPLIT = [(language, split) for language in LANGUAGES for split in SPLITS]


def written(language, tokens):
    return ("" if language == "zh" else " ").join(tokens)


def entities(language, split):
    """All entities of a split as they are written, with their types."""
    return [
        (written(language, tokens[span.start : span.end]), span.type)
        for tokens, tags in sentences(language, split)
        for span in spans_of(tags)
    ]


def text(language, split):
    return "\n".join(written(language, tokens) for tokens, _ in sentences(language, split))


def test_the_same_in_every_process():
    code = (
        "import json; from clner.corpora import demo; print(json.dumps([[demo.sentences(l, s) "
        f"for l in demo.LANGUAGES for s in {SPLITS}], [demo.lexicon(t) for t in demo.TARGETS]]))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    here = [
        [sentences(language, split) for language in LANGUAGES for split in SPLITS],
        [lexicon(target) for target in TARGETS],
    ]
    assert json.loads(outputs.pop()) == json.loads(json.dumps(here))


@pytest.mark.parametrize(
    ("language", "sizes"),
    [("en", (1500, 250, 300)), *((target, (3000, 200, 300)) for target in TARGETS)],
)
def test_sizes(language, sizes):
    assert tuple(len(sentences(language, split)) for split in SPLITS) == sizes


@pytest.mark.parametrize(("language", "split"), EVERY_SPLIT)
def test_valid_bio2_in_nfc(language, split):
    longest = 40 if language == "zh" else 25
    for tokens, tags in sentences(language, split):
        assert 5 <= len(tokens) == len(tags) <= longest
        assert tags_of(spans_of(tags), len(tags)) == tags
        for token in tokens:
            assert token and not re.search(r"\s|[{}|]", token)
            assert unicodedata.is_normalized("NFC", token)


@pytest.mark.parametrize(("language", "split"), EVERY_SPLIT)
def test_every_type_is_frequent_and_some_sentences_have_none(language, split):
    kinds = [kind for _, kind in entities(language, split)]
    assert set(kinds) == set(TYPES)
    assert all(kinds.count(kind) > len(kinds) / 6 for kind in TYPES)
    assert any(set(tags) == {"O"} for _, tags in sentences(language, split))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_in_two_splits(language):
    texts = [" ".join(tokens) for split in SPLITS for tokens, _ in sentences(language, split)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_grammars_are_complete(language):
    rules = read_rules(language)
    names = {kind for part in PARTS for kind in names_of(language, part)}
    used = {
        slot for alternatives in rules.values() for text in alternatives for slot in slots(text)
    }
    assert used <= set(rules) | names
    assert set(rules) <= used | {"train", "heldout"}
    assert all(rules.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_templates_of_the_splits_are_disjoint(language):
    rules = read_rules(language)
    train = {rule for rule in rules if rule.split(".")[-1] == "train"}
    heldout = {rule for rule in rules if rule.split(".")[-1] == "heldout"}
    assert len(train) == len(heldout) == 5
    assert reached(rules, "train") & heldout == set()
    assert reached(rules, "heldout") & train == set()
    shared = {t for rule in train for t in rules[rule]} & {t for r in heldout for t in rules[r]}
    assert shared == set()


def reached(rules, start):
    seen, waiting = set(), [start]
    while waiting:
        rule = waiting.pop()
        if rule not in seen:
            seen.add(rule)
            waiting += [slot for text in rules.get(rule, []) for slot in slots(text)]
    return seen


@pytest.mark.parametrize("language", LANGUAGES)
def test_parts_share_no_name(language):
    forms = {
        part: {name for names in names_of(language, part).values() for name in names}
        for part in PARTS
    }
    assert not forms["train"] & forms["shared"]
    assert not forms["train"] & forms["test"]
    assert not forms["shared"] & forms["test"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("split", ["dev", "test"])
def test_no_entity_of_a_test_is_in_english_training_text(language, split):
    assert not set(entities(language, split)) & set(entities(SOURCE, "train"))


@pytest.mark.parametrize("target", TARGETS)
def test_four_in_ten_entities_of_a_target_test_are_made_of_names_seen_unlabelled(target):
    names = [
        name
        for kind, forms in names_of(target, "shared").items()
        if not kind.endswith(".gen")
        for name in forms
    ]

    def is_shared(entity):
        return any(name.lower() in entity.lower() for name in names)

    tested = [entity for entity, _ in entities(target, "test")]
    unlabelled = {entity for entity, _ in entities(target, "train")}
    assert 0.33 < sum(map(is_shared, tested)) / len(tested) < 0.47
    assert all(is_shared(entity) for entity in unlabelled.intersection(tested))
    read = text(target, "train")
    assert sum(name in read for name in names) > 0.95 * len(names)


@pytest.mark.parametrize("target", TARGETS)
def test_lexicon_covers_most_words_but_not_all(target):
    entries = lexicon(target)
    assert len(set(entries)) == len(entries)
    assert len({phrase for phrase, _ in entries}) < len(entries)
    assert all(1 <= len(phrase.split()) <= 4 for phrase, _ in entries)
    assert all(unicodedata.is_normalized("NFC", translation) for _, translation in entries)
    assert 0.80 <= coverage(entries) <= 0.88


def coverage(entries):
    """Share of the words of English training text inside a phrase, the longest phrase first."""
    phrases = {tuple(phrase.split()) for phrase, _ in entries}
    words = covered = 0
    for tokens, _ in sentences(SOURCE, "train"):
        position = 0
        while position < len(tokens):
            size = next(
                (n for n in (4, 3, 2, 1) if found(tuple(tokens[position : position + n]), phrases)),
                0,
            )
            covered += size
            words += size or any(letter.isalpha() for letter in tokens[position])
            position += size or 1
    return covered / words


def found(phrase, phrases):
    return phrase in phrases or tuple(word.lower() for word in phrase) in phrases


@pytest.mark.parametrize("target", TARGETS)
def test_lexicon_knows_no_name_of_the_tests(target):
    phrases = {phrase for phrase, _ in lexicon(target)}
    words = {phrase for phrase in phrases if phrase.islower()}
    unseen = {row["en"] for row in read_names() if row["part"] != "train"} - {""}
    assert not unseen & (phrases - words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_with_more_than_one_type(language):
    kinds = {}
    for name, kind in entities(language, "train"):
        kinds.setdefault(name, set()).add(kind)
    assert sum(len(found) > 1 for found in kinds.values()) > 10
    washington = "华盛顿" if language == "zh" else "Washington"
    assert {"PER", "LOC"} <= kinds[washington]


@pytest.mark.parametrize(
    ("language", "phenomena"),
    [
        (
            "en",
            [
                r"\w 's ",  # possessive
                r"\ban (engineer|airport|empty|agreement|old|expensive)",
                r"turkey|rose|nice|baker",  # words that are names elsewhere
                r"University of \w+",
            ],
        ),
        (
            "es",
            [
                r"\b(del|al) ",  # contractions
                r"(museo|puente) (nuevo|viejo|moderno)",  # adjectives after the noun, agreeing
                r"(escuela|fábrica) (nueva|vieja|moderna)",
                r"(?m)^(Viajó|Trabajó|Estudió)",  # no subject
                r"(Robles|Cruz|Paz) (Robles|Montero|Pastor)",  # two surnames
                r"(portugueses|noruegos|chilenos)",
            ],
        ),
        (
            "de",
            [
                r"dass .* (wird|hat|haben|war|wurde|werde|sind|hatten)\b",  # verb last
                r"(?m)^Am \w+ (sagte|erklärte|bestätigte|verkündete) ",  # verb second
                r"den (neuen|alten|großen|kleinen) ",
                r"des (Brotes|Weins|Stahls|Holzes|Sturms)",
                r"Berlins|Hamburgs|Wiens|Geneva?s|Oslos",  # genitive names
                r"Der Bäcker",
            ],
        ),
        (
            "zh",
            [
                r"(昨天|上周|去年)[^，。]*(建了|参观了|签了)",  # time before the verb
                r"[一那][座所家]",  # measure words
                r"国王|紧张|高兴|马上",  # characters of surnames inside words
                r"[\u4e00-\u9fff]+·[\u4e00-\u9fff]+",  # transliterated names
            ],
        ),
    ],
)
def test_phenomena(language, phenomena):
    for pattern in phenomena:
        assert re.search(pattern, text(language, "train")), pattern


def test_chinese_is_one_character_a_token():
    for split in SPLITS:
        for tokens, _ in sentences("zh", split):
            assert all(len(token) == 1 or re.fullmatch("[A-Za-z0-9]+", token) for token in tokens)


def test_unknown_language_and_split():
    with pytest.raises(ClnerError, match="'fr'"):
        sentences("fr", "train")
    with pytest.raises(ClnerError, match="'unlabelled'"):
        sentences("en", "unlabelled")
    with pytest.raises(ClnerError, match="'en'"):
        lexicon("en")
