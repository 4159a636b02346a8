"""The translate stage: engines behind EasyNMT, from dictionary to a model on disk."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clner.errors import ClnerError
from clner.stage import main
from clner.text.sentence import Sentence, read_sentences, write_sentences
from clner.translate import TranslateSettings, run
from clner.translation.cache import TranslationCache
from clner.translation.engines.models import model_engine
from clner.translation.record import read_records

TAGS = ["B-PER", "I-PER", "O", "B-LOC", "I-LOC", "O"]
SENTENCES = [
    Sentence("en-train-0", ["Anna", "Smith", "saw", "New", "York", "."], TAGS),
    Sentence("en-train-1", ["She", "saw", "10", "%", "."], ["O"] * 5),
]


@pytest.fixture
def folder(tmp_path):
    write_sentences(tmp_path / "source.jsonl", SENTENCES)
    (tmp_path / "lexicon.tsv").write_text("new york\tNueva York\nsaw\tvio\n", encoding="utf-8")
    return tmp_path


def translate(folder, lexicon=None, source="en", target="es", **settings):
    run(
        TranslateSettings(**settings),
        source=source,
        target=target,
        sentences=folder / "source.jsonl",
        cache=folder / "cache.sqlite",
        output=folder / "out.jsonl",
        lexicon=lexicon,
    )
    return read_records(folder / "out.jsonl")


def test_lexicon_in_all_forms(folder):
    forms = ["sentence", "marked", "entities"]
    first, second = translate(folder, folder / "lexicon.tsv", forms=forms).values()
    assert first.tokens == ["Anna", "Smith", "vio", "Nueva", "York", "."]
    assert first.alignment[2:4] == [(2, 3, 2, 3), (3, 5, 3, 5)]
    assert first.marked == "<e1> Anna Smith </e1> vio <e2> Nueva York </e2> ."
    assert first.entities == ["Anna Smith", "Nueva York"]
    assert (second.engine, second.entities) == ("lexicon", [])


def test_changed_lexicon_changes_the_translation(folder):
    path = folder / "lexicon.tsv"
    translate(folder, path)
    path.write_text("saw\tsierra\n", encoding="utf-8")
    assert translate(folder, path)["en-train-1"].tokens[1] == "sierra"


def test_growing_sample_keeps_what_was_translated(folder):
    few = translate(folder, folder / "lexicon.tsv")
    grown = [*SENTENCES, Sentence("en-train-2", ["He", "saw", "it"])]
    write_sentences(folder / "source.jsonl", grown[::-1])
    many = translate(folder, folder / "lexicon.tsv")
    assert list(many) == ["en-train-2", "en-train-1", "en-train-0"]
    assert {key: many[key] for key in few} == few


def test_each_sentence_is_translated_by_one_of_several_engines(folder):
    sentences = [Sentence(f"en-train-{n}", ["saw", str(n)], ["O", "O"]) for n in range(60)]
    write_sentences(folder / "source.jsonl", sentences)
    memory = folder / "memory.tsv"
    memory.write_text("".join(f"saw {n}\tvi {n}\n" for n in range(60)), encoding="utf-8")
    engines = ["lexicon", f"memory:{memory}"]
    records = translate(folder, folder / "lexicon.tsv", engine=engines)
    assert list(records) == [sentence.id for sentence in sentences]
    assert {r.engine: r.tokens[0] for r in records.values()} == {
        "lexicon": "vio",
        f"memory:{memory}": "vi",
    }
    by_lexicon = [r.engine for r in records.values()].count("lexicon")
    assert 15 < by_lexicon < 45
    few = [sentence for sentence in sentences if sentence.id.endswith("7")]
    write_sentences(folder / "source.jsonl", few)
    again = translate(folder, folder / "lexicon.tsv", engine=engines)
    assert again == {sentence.id: records[sentence.id] for sentence in few}


def test_an_engine_that_knows_none_of_the_sentences_is_an_error(folder):
    memory = folder / "memory.tsv"
    memory.write_text("Hello\tHola\n", encoding="utf-8")
    with pytest.raises(
        ClnerError, match="no translation of any of its 2 sentences; give an engine"
    ):
        translate(folder, engine=f"memory:{memory}")
    assert not (folder / "out.jsonl").exists()


def test_one_of_several_engines_may_know_none_of_its_share(folder):
    memory = folder / "memory.tsv"
    memory.write_text("Hello\tHola\n", encoding="utf-8")
    sentences = [Sentence(f"en-train-{n}", ["saw"], ["O"]) for n in range(20)]
    write_sentences(folder / "source.jsonl", sentences)
    engines = ["lexicon", f"memory:{memory}"]
    records = translate(folder, folder / "lexicon.tsv", engine=engines)
    assert {bool(record.tokens) for record in records.values()} == {True, False}


def test_a_pair_may_have_an_engine_of_its_own(folder):
    memory = folder / "memory.tsv"
    memory.write_text("She saw 10%.\tElla vio 10%.\n", encoding="utf-8")
    settings = {"engine": "opus-mt", "pairs": {"en-es": f"memory:{memory}"}}
    assert translate(folder, **settings)["en-train-1"].tokens == ["Ella", "vio", "10", "%", "."]


def test_capitals_reach_a_model_as_usual_text_and_come_back_as_capitals(folder, marian):
    headline = ["ANNA", "SAW", "NEW", "YORK"]
    seen = Sentence("en-train-1", ["So", "Anna", "saw", "New", "York"], ["O"] * 5)
    tags = ["B-PER", "O", "B-LOC", "I-LOC"]
    write_sentences(folder / "source.jsonl", [Sentence("en-train-0", headline, tags), seen])
    record = translate(folder, engine=str(marian), beam_size=1)["en-train-0"]
    with TranslationCache(
        folder / "cache.sqlite", model_engine(str(marian), "en", "es", 1, {}).identity
    ) as known:
        assert "Anna saw New York" in known.find(["Anna saw New York", "ANNA SAW NEW YORK"])
    assert "".join(record.tokens) == "".join(record.tokens).upper()


def test_headlines_are_usual_text_in_every_form(folder, marian):
    headline = ["ANNA", "SAW", "NEW", "YORK"]
    seen = Sentence("en-train-1", ["So", "Anna", "saw", "New", "York"], ["O"] * 5)
    tags = ["B-PER", "O", "B-LOC", "I-LOC"]
    write_sentences(folder / "source.jsonl", [Sentence("en-train-0", headline, tags), seen])
    forms = ["marked", "entities"]
    record = translate(folder, engine=str(marian), beam_size=1, forms=forms)["en-train-0"]
    identity = model_engine(str(marian), "en", "es", 1, {}).identity
    texts = ["<e1> Anna </e1> saw <e2> New York </e2>", "New York"]
    with TranslationCache(folder / "cache.sqlite", identity) as known:
        assert set(known.find(texts)) == set(texts)
    assert all(text == text.upper() for text in [record.marked, *record.entities])


def test_a_file_of_ones_own_and_no_workflow(folder):
    (folder / "news.txt").write_text("She saw New York.\n", encoding="utf-8")
    arguments = ["--source", "en", "--target", "es", "--sentences", str(folder / "news.txt")]
    arguments += ["--output", str(folder / "out.jsonl"), "--lexicon", str(folder / "lexicon.tsv")]
    assert main(run, arguments) == 0
    assert read_records(folder / "out.jsonl")["news-0"].tokens == [
        "She",
        "vio",
        "Nueva",
        "York",
        ".",
    ]
    assert (folder / "out.jsonl.cache.sqlite").exists()


def test_command_line(folder, capsys):
    arguments = ["--source", "en", "--target", "es", "--sentences", str(folder / "source.jsonl")]
    arguments += ["--cache", str(folder / "m"), "--output", str(folder / "out.jsonl")]
    assert main(run, [*arguments, "--lexicon", str(folder / "lexicon.tsv")]) == 0
    assert main(run, arguments) == 1
    assert capsys.readouterr().err.endswith("needs a dictionary: give --lexicon FILE\n")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"engine": "deepl"},
            "unknown engine 'deepl': known are lexicon, apertium, memory:FILE, opus-mt",
        ),
        ({"target": "en"}, "source and target are both en"),
        ({"engine": "."}, "neither easynmt.json nor config.json"),
    ],
)
def test_impossible_requests(folder, monkeypatch, settings, message):
    monkeypatch.chdir(folder)
    with pytest.raises(ClnerError, match=message):
        translate(folder, **settings)
    assert not (folder / "out.jsonl").exists()


def test_untagged_sentences_have_no_entities_to_translate(folder):
    write_sentences(folder / "source.jsonl", [Sentence("en-train-0", ["saw"])])
    with pytest.raises(ClnerError, match="en-train-0 has no tags"):
        translate(folder, folder / "lexicon.tsv", forms=["entities"])
    assert translate(folder, folder / "lexicon.tsv")["en-train-0"].tokens == [
        "Vio"[0].lower() + "io"
    ]


@pytest.mark.parametrize("engine", ["opus-mt", "m2m_100_418M"])
def test_unreachable_model_says_how_to_run_offline(folder, monkeypatch, engine):
    monkeypatch.setenv("EASYNMT_CACHE", str(folder / "cache"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(
        ClnerError, match="without network, give as engine a model's local dir"
    ) as e:
        translate(folder, engine=engine)
    assert "\n" not in str(e.value)


@pytest.fixture(scope="module")
def pieces(tmp_path_factory):
    """A tiny sentencepiece model, trained here."""
    import sentencepiece

    folder = tmp_path_factory.mktemp("pieces")
    text = folder / "text.txt"
    lines = [" ".join(sentence.tokens) for sentence in SENTENCES]
    text.write_text("\n".join([*lines, "<a> </a> <b> vio Ana Nueva"] * 20), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(text),
        model_prefix=str(folder / "spm"),
        vocab_size=48,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spm.model"))
    return [processor.id_to_piece(number) for number in range(len(processor))], folder / "spm.model"


SIZES = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
}


def save(model, folder):
    model.generation_config.max_length = 12
    model.save_pretrained(folder)


@pytest.fixture(scope="module")
def marian(tmp_path_factory, pieces):
    """A Marian checkpoint with random weights, as Hugging Face saves one."""
    import torch
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    names, model_file = pieces
    folder = tmp_path_factory.mktemp("marian")
    names = ["</s>", "<unk>", *(name for name in names if name not in ("<s>", "</s>", "<unk>"))]
    names.append("<pad>")
    vocabulary = folder / "vocabulary.json"
    vocabulary.write_text(json.dumps({name: number for number, name in enumerate(names)}))
    tokenizer = MarianTokenizer(str(model_file), str(model_file), str(vocabulary))
    pad = tokenizer.pad_token_id
    torch.manual_seed(0)
    config = MarianConfig(
        vocab_size=len(names),
        pad_token_id=pad,
        decoder_start_token_id=pad,
        eos_token_id=0,
        forced_eos_token_id=0,
        **SIZES,
    )
    save(MarianMTModel(config), folder / "model")
    tokenizer.save_pretrained(folder / "model")
    return folder / "model"


def test_local_checkpoint_translates(folder, marian):
    forms = ["sentence", "marked", "entities"]
    first = translate(folder, engine=str(marian), forms=forms, beam_size=2)["en-train-0"]
    assert first.tokens and first.alignment is None
    assert isinstance(first.marked, str) and len(first.entities) == 2
    cache = folder / "cache.sqlite"
    identity = model_engine(str(marian), "en", "es", 2, {}).identity
    with TranslationCache(cache, identity) as known:
        texts = [
            "Anna Smith saw New York.",
            "<e1> Anna Smith </e1> saw <e2> New York </e2>.",
            "New York",
        ]
        assert set(known.find(texts)) == set(texts)


def test_identity_follows_the_weights_not_the_path(marian, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(marian, copy)
    same = model_engine(str(copy), "en", "es", 1, {}).identity
    assert same == model_engine(str(marian), "en", "es", 1, {}).identity
    assert same != model_engine(str(marian), "en", "es", 2, {}).identity
    (copy / "model.safetensors").write_bytes(b"other")
    assert same != model_engine(str(copy), "en", "es", 1, {}).identity


def test_easynmt_directory_translates_the_same(folder, marian, tmp_path):
    from easynmt import EasyNMT
    from easynmt.models import AutoModel

    plain = translate(folder, engine=str(marian), beam_size=1)
    EasyNMT(translator=AutoModel(str(marian))).save(str(tmp_path / "saved"))
    saved = translate(folder, engine=str(tmp_path / "saved"), beam_size=1)
    assert [r.tokens for r in saved.values()] == [r.tokens for r in plain.values()]


def test_a_saved_model_that_lacks_the_pair_says_which_it_has(folder, marian, tmp_path):
    from easynmt import EasyNMT
    from easynmt.models import AutoModel

    saved = EasyNMT(translator=AutoModel(str(marian)))
    saved._lang_pairs = frozenset(["en-fr", "en-de", "fr-de", "nl-es"])
    saved.save(str(tmp_path / "saved"))
    with pytest.raises(ClnerError, match=r"has no en-es; it has en-de, en-fr, nl-es$"):
        translate(folder, engine=str(tmp_path / "saved"), beam_size=1)


@pytest.fixture(scope="module")
def m2m(tmp_path_factory, pieces):
    """A multilingual M2M-100 checkpoint with random weights."""
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    names, model_file = pieces
    folder = tmp_path_factory.mktemp("m2m")
    names = [
        "<s>",
        "<pad>",
        "</s>",
        "<unk>",
        *(n for n in names if n not in ("<s>", "</s>", "<unk>")),
    ]
    vocabulary = folder / "vocabulary.json"
    vocabulary.write_text(json.dumps({name: number for number, name in enumerate(names)}))
    tokenizer = M2M100Tokenizer(str(vocabulary), str(model_file))
    torch.manual_seed(0)
    size = max(tokenizer.lang_code_to_id.values()) + 1
    config = M2M100Config(vocab_size=size, decoder_start_token_id=2, **SIZES)
    save(M2M100ForConditionalGeneration(config), folder / "model")
    tokenizer.save_pretrained(folder / "model")
    return folder / "model"


def test_multilingual_checkpoint_is_told_the_languages(folder, m2m):
    spanish = translate(folder, engine=str(m2m), beam_size=1)
    german = translate(folder, engine=str(m2m), beam_size=1, target="de")
    mapped = translate(
        folder, engine=str(m2m), beam_size=1, target="xx", language_codes={"xx": "es"}
    )
    assert spanish != german
    assert [r.tokens for r in mapped.values()] == [r.tokens for r in spanish.values()]
    with pytest.raises(ClnerError, match="en to xx: KeyError 'xx'; does the model know"):
        translate(folder, engine=str(m2m), beam_size=1, target="xx")


DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.mark.skipif(not DATA.is_dir(), reason="shared/data is not beside the repository")
def test_muse_covers_most_words_of_real_text(tmp_path):
    lines = (DATA / "ner/conll/en/dev.conll").read_text(encoding="utf-8").split("\n\n")
    sentences = [
        Sentence(f"en-dev-{n}", [line.partition("\t")[0] for line in block.splitlines()])
        for n, block in enumerate(lines[:1000])
        if block.strip()
    ]
    write_sentences(tmp_path / "source.jsonl", sentences)
    records = translate(tmp_path, DATA / "dictionaries/en-es.tsv")
    tokens = [t for s in read_sentences(tmp_path / "source.jsonl") for t in s.tokens]
    same = [a == b for s in sentences for a, b in zip(s.tokens, records[s.id].tokens, strict=True)]
    assert len(same) == len(tokens)
    assert 0.3 < same.count(False) / len(same) < 0.7


def test_start_without_a_model_imports_no_torch():
    code = "import sys, clner.translate, clner.project, clner.codeswitch; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "clner.translate" in output.split() and "torch" not in output.split()
