"""The memory engine: translations looked up in a parallel file, and what is not in it."""

import logging
from pathlib import Path

import pytest

from clner import project
from clner.errors import ClnerError
from clner.files.artifacts import read_json
from clner.text.sentence import Sentence, read_sentences, write_sentences
from clner.translate import TranslateSettings, translate
from clner.translation.cache import TranslationCache
from clner.translation.engines.memory import memory_engine
from clner.translation.record import write_records

DATA = Path(__file__).parents[2] / "shared" / "data"
ANNA = Sentence(
    "en-1", ["Anna", "Smith", "did", "n't", "see", "York", "."], ["B-PER", "I-PER", *["O"] * 5]
)
RAIN = Sentence("en-2", ["It", "rains", "."], ["O"] * 3)


@pytest.fixture
def memory(tmp_path):
    path = tmp_path / "memory.tsv"
    path.write_text(
        "Anna Smith didn't see York.\tAnna Smith no vio York.\n"
        "Anna Smith didn't see York .\tNunca.\n"
        "Caf\u00e9?\t¿Un café?\nAnna Smith\tAna Smith\n",
        encoding="utf-8",
    )
    return path


def run(path, corpus, forms=("sentence",), source="en", target="es"):
    engine = memory_engine(path, source, target, list(forms))
    settings = TranslateSettings(engine=engine.name, forms=list(forms))
    with TranslationCache(path.with_name("cache.sqlite"), engine.identity) as cache:
        return translate(corpus, settings, engine, cache)


def test_tokens_find_their_untokenised_sentence_and_the_first_translation_wins(memory):
    [record] = run(memory, [ANNA])
    assert record.tokens == ["Anna", "Smith", "no", "vio", "York", "."]
    assert record.alignment is None and record.engine == f"memory:{memory}"


def test_text_is_compared_in_one_unicode_form_without_spaces(memory):
    [record] = run(memory, [Sentence("en-1", ["Cafe\u0301", "?"])])
    assert record.tokens == ["¿", "Un", "café", "?"]


def test_missing_sentence_is_empty_and_counted_at_every_run(memory, caplog):
    for _ in range(2):  # the second time from the cache
        caplog.clear()
        found, missing = run(memory, [ANNA, RAIN])
        assert found.tokens and missing.tokens == []
        [warning] = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
        assert warning.startswith(f"memory:{memory}, en to es: of 2 translations 1 are empty")
        assert warning.endswith("'It rains.'")


def test_projection_counts_a_missing_sentence_as_an_empty_translation(memory):
    folder, corpus = memory.parent, [ANNA, RAIN]
    write_sentences(folder / "source.jsonl", corpus)
    write_records(folder / "translated.jsonl", run(memory, corpus, ["sentence", "entities"]))
    project.run(
        project.ProjectSettings(method="span-match", threshold=0.7),
        source="en",
        target="es",
        sentences=folder / "source.jsonl",
        translations=folder / "translated.jsonl",
        output=folder / "projected.jsonl",
        summary=folder / "summary.json",
    )
    [projected] = read_sentences(folder / "projected.jsonl")
    assert projected.tokens[:3] == ["Anna", "Smith", "no"]
    assert projected.tags == ["B-PER", "I-PER", "O", "O", "O", "O"]
    assert read_json(folder / "summary.json")["sentences"]["dropped"] == {"empty translation": 1}


def test_grown_sample_may_miss_all_that_is_new(memory):
    assert run(memory, [ANNA])
    assert [bool(record.tokens) for record in run(memory, [ANNA, RAIN])] == [True, False]


def test_file_without_the_pair_names_its_languages(tmp_path):
    path = tmp_path / "memory.tmx"
    texts = "".join(f'<tuv xml:lang="{code}"><seg>a</seg></tuv>' for code in ("de-AT", "en"))
    path.write_text(f"<tmx><tu>{texts}</tu></tmx>")
    assert run(path, [Sentence("de-1", ["a"])], source="de", target="en")[0].tokens == ["a"]
    with pytest.raises(ClnerError, match=r"no unit has both en and es; .* are: de-at, en"):
        run(path, [RAIN])


def test_marked_sentences_are_refused_before_anything_is_read(memory):
    memory.write_text("no tab")
    with pytest.raises(ClnerError, match=r"has no sentence with its entities marked; leave marked"):
        run(memory, [ANNA], ["sentence", "marked"])


def test_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(ClnerError, match=r"engine memory:.*none.tmx: no such file"):
        memory_engine(tmp_path / "none.tmx", "en", "es", ["sentence"])


def test_identity_follows_the_content_not_the_folder(memory, tmp_path):
    def identity(path, target="es"):
        return memory_engine(path, "en", target, ["sentence"]).identity

    copy = tmp_path / "copy" / memory.name
    copy.parent.mkdir()
    copy.write_bytes(memory.read_bytes())
    assert identity(copy) == identity(memory) != identity(memory, "de")
    copy.write_text("a\tb\n")
    assert identity(copy) != identity(memory)


@pytest.mark.skipif(not DATA.is_dir(), reason="shared/data is not beside the repository")
def test_tokenised_corpus_finds_its_news_translations(tmp_path):
    """The file holds the Spanish CoNLL training sentences, tokenised."""
    blocks = (DATA / "ner/conll/es/train.conll").read_text(encoding="utf-8").split("\n\n")
    corpus = [
        Sentence(f"es-{n}", [line.partition("\t")[0] for line in block.splitlines()])
        for n, block in enumerate(blocks[:500])
    ]
    path = tmp_path / "memory.tsv"
    path.symlink_to(DATA / "parallel/news.es-en.tsv")
    records = run(path, corpus, source="es", target="en")
    found = [record for record in records if record.tokens]
    assert len(found) > 400
