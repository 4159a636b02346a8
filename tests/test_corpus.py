"""The corpus stage: any format in, the normal form out."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.corpora import demo
from clner.corpora.normal import Inventory, RawSentence, normal_form
from clner.corpora.sampling import SampleSettings
from clner.corpus import CorpusSettings, run
from clner.errors import ClnerError
from clner.stage import main, read_settings
from clner.text.schemes import to_bio2
from clner.text.sentence import read_sentences
from clner.text.tags import spans_of, tags_of

TYPES = ["PER", "LOC", "ORG", "MISC"]
SHARED = Path(__file__).parents[2] / "shared" / "data" / "ner"
real_data = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the real data in ../shared/data is absent"
)


def conll(tmp_path, content, split="train", **settings):
    path = tmp_path / f"{split}.conll"
    path.write_text(content, encoding="utf-8")
    return CorpusSettings(format="conll", **{split: str(path)}, **settings)


def sentences_of(settings, tmp_path, split="train", language="en", types=TYPES):
    output = tmp_path / "output.jsonl"
    run(settings, language=language, split=split, types=types, output=output)
    return read_sentences(output)


def test_tokens_are_nfc_and_ids_are_positions(tmp_path):
    settings = conll(tmp_path, "man\u0303ana O\n\nKo\u0308ln B-LOC\n")
    first, second = sentences_of(settings, tmp_path, language="de")
    assert (first.id, first.tokens) == ("de-train-0", ["ma\u00f1ana"])
    assert (second.id, second.tokens, second.tags) == ("de-train-1", ["K\u00f6ln"], ["B-LOC"])


def test_the_scheme_is_detected(tmp_path):
    settings = conll(tmp_path, "Ada I-PER\nBob B-PER\nsees O\nParis I-LOC\n")
    [sentence] = sentences_of(settings, tmp_path)
    assert sentence.tags == ["B-PER", "B-PER", "O", "B-LOC"]


def test_a_mixed_file_is_an_error_unless_declared_bio(tmp_path):
    content = "Ada B-PER\nsees O\n\nParis I-LOC\n"
    with pytest.raises(ClnerError, match=r"train\.conll:4: I-LOC continues no entity"):
        sentences_of(conll(tmp_path, content), tmp_path)
    sentences = sentences_of(conll(tmp_path, content, scheme="BIO"), tmp_path)
    assert [sentence.tags for sentence in sentences] == [["B-PER", "O"], ["B-LOC"]]


def test_types_are_renamed_and_ignored(tmp_path):
    content = "Ada B-person\nLovelace I-person\nBob B-PER\nCup B-event\nFinal I-event\n"
    settings = conll(tmp_path, content, rename={"person": "PER", "event": "EVE"}, ignore=["EVE"])
    [sentence] = sentences_of(settings, tmp_path)
    assert sentence.tags == ["B-PER", "I-PER", "B-PER", "O", "O"]


def test_an_unknown_type_names_file_line_and_types(tmp_path):
    settings = conll(tmp_path, "Ada B-PER\n\nCup B-EVENT\n")
    message = r"train\.conll:3: unknown tag 'B-EVENT', as the types are PER, LOC"
    with pytest.raises(ClnerError, match=message):
        sentences_of(settings, tmp_path)


def test_an_entity_survives_the_loss_of_invisible_tokens(tmp_path, caplog):
    caplog.set_level("INFO")
    content = (
        "\u200b B-PER\nAda I-PER\n\u00a0 I-PER\nLovelace I-PER\nx O\n\n\u3000 O\n\nBob B-PER\n"
    )
    first, second = sentences_of(conll(tmp_path, content), tmp_path)
    assert (first.tokens, first.tags) == (
        ["Ada", "Lovelace", "x"],
        ["B-PER", "I-PER", "O"],
    )
    assert second.id == "en-train-2"
    assert "left out 3 invisible tokens and 1 sentences" in caplog.text


INVENTORY = Inventory(["PER", "LOC"], {}, [])


@given(st.lists(st.tuples(st.sampled_from(["a", "\u200b", ""]), st.sampled_from("PLO"))))
def test_leaving_out_tokens_keeps_every_visible_part_of_an_entity(words):
    kinds = {"P": "I-PER", "L": "I-LOC", "O": "O"}
    tags = to_bio2([kinds[letter] for _, letter in words], "BIO")
    raw = RawSentence([token for token, _ in words], tags, "{}".format)
    result = normal_form([raw], corpus="en-train", scheme="BIO2", inventory=INVENTORY)
    parts = [
        (span.type, sum(word == "a" for word, _ in words[span.start : span.end]))
        for span in spans_of(tags)
    ]
    found = [(s.type, s.end - s.start) for one in result for s in spans_of(one.tags)]
    assert found == [(kind, length) for kind, length in parts if length]


def test_spaces_inside_a_token_become_no_break_spaces(tmp_path):
    [sentence] = sentences_of(conll(tmp_path, " New York \tB-LOC\n", separator="tab"), tmp_path)
    assert sentence.tokens == ["New\u00a0York"]


def test_token_prefixes_are_removed(tmp_path):
    content = "en:Ada\tB-PER\nen:en:x\tO\n"
    [sentence] = sentences_of(conll(tmp_path, content, token_prefix="en:"), tmp_path)
    assert sentence.tokens == ["Ada", "en:x"]


def test_unlabelled_text_has_no_tags_whatever_they_were(tmp_path):
    settings = conll(tmp_path, "Ada B-PER\nsees wrong\n")
    [sentence] = sentences_of(settings, tmp_path, split="unlabelled", language="es")
    assert (sentence.id, sentence.tokens, sentence.tags) == (
        "es-unlabelled-0",
        ["Ada", "sees"],
        None,
    )
    assert "PER" not in (tmp_path / "output.jsonl").read_text()


def test_unlabelled_text_comes_from_its_own_file_or_another_split(tmp_path):
    dev = conll(tmp_path, "dev O\n", split="dev", unlabelled_from="dev")
    assert sentences_of(dev, tmp_path, split="unlabelled")[0].tokens == ["dev"]
    own = conll(tmp_path, "plain\n", split="unlabelled")
    assert sentences_of(own, tmp_path, split="unlabelled")[0].tokens == ["plain"]


def test_samples_touch_train_and_limits_touch_unlabelled(tmp_path):
    content = "".join(f"w{n} B-PER\n\n" for n in range(50))
    few = conll(tmp_path, content, sample=SampleSettings(fraction=0.1, seed=3), max_unlabelled=7)
    train = sentences_of(few, tmp_path)
    unlabelled = sentences_of(few, tmp_path, split="unlabelled")
    dev = sentences_of(
        conll(tmp_path, content, "dev", sample=SampleSettings(fraction=0.1)), tmp_path, "dev"
    )
    assert [len(train), len(unlabelled), len(dev)] == [5, 7, 50]
    assert all(sentence.tokens == [f"w{sentence.id.split('-')[2]}"] for sentence in train)


@pytest.mark.parametrize(
    ("arguments", "content", "message"),
    [
        (["--split", "train"], "", "the split train holds no sentence"),
        (["--split", "train"], "-DOCSTART- O\n\n", "the split train holds no sentence"),
        (["--split", "train"], "Ada B-PER\nx\n", r"train.conll:2: 1 column where line 1 has 2"),
        (["--split", "train"], "Ada B-X\n", "train.conll:1: unknown tag 'B-X'"),
        (["--split", "train"], "Ada ADA\n", "train.conll:1: unknown tag 'ADA'"),
        (["--split", "dev"], "", "corpora.en.dev is not set"),
        (["--split", "tran"], "", "no split 'tran'; there are train, dev, test, unlabelled"),
        (["--split", "dev", "--dev", "$NOWHERE/x"], "", "NOWHERE is not set"),
        (["--split", "dev", "--dev", "/no/x"], "", "/no/x: No such file"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    tmp_path, capsys, monkeypatch, arguments, content, message
):
    monkeypatch.delenv("NOWHERE", raising=False)
    path = tmp_path / "train.conll"
    path.write_text(content, encoding="utf-8")
    common = ["--language", "en", "--types", "PER", "--output", str(tmp_path / "x.jsonl")]
    assert main(run, [*common, "--format", "conll", "--train", str(path), *arguments]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"format": "demo", "train": "x"}, "train is for format conll, but format is demo"),
        ({"format": "conll", "name": "x"}, "name is for format hub, but format is conll"),
        ({"format": "hub"}, "format hub needs a name"),
        ({"format": "conl"}, "format = 'conl'"),
        ({"scheme": "IOB"}, "scheme = 'IOB': Input should be 'auto', 'BIO', 'BIO2'"),
        ({"unlabelled_from": "all"}, "unlabelled_from = 'all'"),
        ({"sample": {"fracton": 0.1}}, "unknown setting sample.fracton; did you mean 'fraction'"),
        ({"train": False}, "train = False: .*YAML"),
    ],
)
def test_impossible_settings_name_the_key(values, message):
    with pytest.raises(ClnerError, match=message):
        read_settings(CorpusSettings, values, "corpora.en")


def test_every_split_of_the_demo(tmp_path):
    for language in demo.LANGUAGES:
        for split in ("train", "dev", "test", "unlabelled"):
            types = ["PER", "LOC", "ORG", "MISC"]
            sentences = sentences_of(CorpusSettings(), tmp_path, split, language, types)
            assert sentences[0].id == f"{language}-{split}-0"
            for sentence in sentences:
                assert all(unicodedata.is_normalized("NFC", token) for token in sentence.tokens)
                assert (sentence.tags is None) == (split == "unlabelled")


def test_an_unknown_language_of_the_demo(tmp_path):
    with pytest.raises(ClnerError, match=r"the demo has no language 'xx'; choose en"):
        sentences_of(CorpusSettings(), tmp_path, language="xx")


REAL_TEST_SETS = {
    "conll/en": (3_453, 5_648),
    "conll/es": (1_523, 3_560),
    "conll/nl": (5_202, 3_941),
    "europarl/de": (799, 693),
    "wikiann/sw": (1_000, 1_194),
    "human/ar": (924, 2_041),
    "human/ja": (1_069, 2_029),
    "human/zh": (1_721, 1_930),
}


@real_data
@pytest.mark.parametrize("corpus", REAL_TEST_SETS)
def test_real_test_sets_are_complete(corpus, tmp_path):
    settings = CorpusSettings(format="conll", test=str(SHARED / corpus / "test.conll"))
    sentences = sentences_of(settings, tmp_path, split="test", language=corpus[-2:])
    entities = [spans_of(sentence.tags) for sentence in sentences]
    assert (len(sentences), sum(map(len, entities))) == REAL_TEST_SETS[corpus]
    for sentence, spans in zip(sentences, entities, strict=True):
        assert tags_of(spans, len(sentence.tokens)) == sentence.tags


@real_data
@pytest.mark.slow
def test_every_real_test_set_keeps_its_text(tmp_path):
    paths = sorted(SHARED.glob("*/*/test.conll"))
    assert len(paths) == 16
    for path in paths:
        lines = path.read_text(encoding="utf-8").split("\n")
        rows = [line.split("\t") for line in lines if line]
        settings = CorpusSettings(format="conll", test=str(path))
        sentences = sentences_of(settings, tmp_path, split="test")
        assert [[t, g] for s in sentences for t, g in zip(s.tokens, s.tags, strict=True)] == rows
