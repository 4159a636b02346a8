"""The engine of converted models: it translates as EasyNMT's own does, and converts once."""

import json
import multiprocessing
import os
import shutil
import signal

import pytest

from clner.errors import ClnerError
from clner.files.digests import WORTH_KEEPING
from clner.translation.engines import converted
from clner.translation.engines.conversion import content_of, convert
from clner.translation.engines.converted import converted_engine
from clner.translation.engines.models import model_engine

TEXTS = [
    "Anna saw New York.",
    "She saw ten men in the old town of Lima and none in the new one.",
    "Ana",
    "The men of the town saw her.",
    "10 % of it, she said",
    "New York and Lima saw the old men; none of them said it to Anna.",
    "unheard æøå",
    "Lima " * 60,
]
POSITIONS = 48
"""The last text is longer."""
SIZES = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "max_position_embeddings": POSITIONS,
}
END_BIAS = 14.0
"""Without it hardly any of Marian's translations would end."""
FIRST = ["<s>", "<pad>", "</s>", "<unk>"]
CODES = {
    "marian": {},
    "m2m": {},
    "nllb": {"en": "eng_Latn", "es": "spa_Latn"},
    "mbart": {"en": "en_XX", "es": "es_XX"},
}


@pytest.fixture(scope="module")
def pieces(tmp_path_factory):
    """A sentencepiece model, trained here, and its pieces without the special ones."""
    import sentencepiece

    folder = tmp_path_factory.mktemp("pieces")
    (folder / "text.txt").write_text("\n".join(TEXTS[:-2] * 20), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "text.txt"),
        model_prefix=str(folder / "spm"),
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    file = str(folder / "spm.model")
    processor = sentencepiece.SentencePieceProcessor(model_file=file)
    names = [processor.id_to_piece(number) for number in range(len(processor))]
    return file, [name for name in names if name not in FIRST]


def vocabulary_file(folder, names):
    path = folder / "vocabulary.json"
    path.write_text(json.dumps({name: number for number, name in enumerate(names)}))
    return str(path)


def marian(folder, file, names):
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    names = ["</s>", "<unk>", *names, "<pad>"]
    vocabulary = vocabulary_file(folder, names)
    tokenizer = MarianTokenizer(file, file, vocabulary, model_max_length=POSITIONS)
    pad = tokenizer.pad_token_id
    config = MarianConfig(
        vocab_size=len(names),
        pad_token_id=pad,
        decoder_start_token_id=pad,
        eos_token_id=0,
        forced_eos_token_id=0,
        **SIZES,
    )
    model = MarianMTModel(config)
    model.final_logits_bias[0, 0] = END_BIAS
    model.generation_config.update(bad_words_ids=[[pad]], renormalize_logits=True)
    return model, tokenizer


def m2m(folder, file, names):
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    vocabulary = vocabulary_file(folder, FIRST + names)
    tokenizer = M2M100Tokenizer(vocabulary, file, model_max_length=POSITIONS)
    # As in the hub's special_tokens_map.json.
    tokenizer.add_special_tokens(
        {"additional_special_tokens": list(tokenizer.lang_code_to_token.values())}
    )
    size = max(tokenizer.lang_code_to_id.values()) + 9  # of which 8 that mean nothing
    config = M2M100Config(vocab_size=size, decoder_start_token_id=2, **SIZES)
    return M2M100ForConditionalGeneration(config), tokenizer


def nllb(folder, file, names):
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizerFast

    tokenizer = NllbTokenizerFast(file, model_max_length=POSITIONS)
    config = M2M100Config(vocab_size=len(tokenizer), decoder_start_token_id=2, **SIZES)
    return M2M100ForConditionalGeneration(config), tokenizer


def mbart(folder, file, names):
    from transformers import MBart50TokenizerFast, MBartConfig, MBartForConditionalGeneration

    tokenizer = MBart50TokenizerFast(file, model_max_length=POSITIONS)
    config = MBartConfig(
        vocab_size=len(tokenizer),
        decoder_start_token_id=2,
        forced_eos_token_id=2,
        tokenizer_class="MBart50Tokenizer",
        normalize_before=True,  # with the next one in the hub's configuration
        normalize_embedding=True,
        **SIZES,
    )
    return MBartForConditionalGeneration(config), tokenizer


def draw(model, tokenizer):
    """Random weights with which each step has a clear best token, and the text decides which.

    With the usual small ones all tokens are about as likely, so that rounding would choose, and
    a token is followed by itself for ever. Here layers outweigh the vectors that pass them by,
    the last norm sharpens, the end comes often and languages hardly ever.
    """
    import torch

    torch.manual_seed(4)
    decoder = model.get_decoder()
    last_norm = getattr(decoder, "layer_norm", None) or decoder.layers[-1].final_layer_norm
    with torch.no_grad():
        for weights in model.parameters():
            if weights.dim() == 2 and weights.requires_grad:
                weights.normal_(std=6 * weights.shape[1] ** -0.5)
        last_norm.weight.fill_(4)
        vectors = model.get_input_embeddings().weight.normal_(std=0.5)
        vectors[tokenizer.eos_token_id] *= 2
        vectors[tokenizer.additional_special_tokens_ids] *= 0.3
        vectors[tokenizer.pad_token_id] = 0


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory, pieces):
    """A tiny checkpoint of each family with random weights, as Hugging Face saves them."""
    folders = {}
    for family in (marian, m2m, nllb, mbart):
        folder = tmp_path_factory.mktemp(family.__name__)
        model, tokenizer = family(folder, *pieces)
        draw(model, tokenizer)
        # Without it Transformers goes on for a while after it has found enough.
        model.generation_config.update(max_length=24, num_beams=4, early_stopping=True)
        folders[family.__name__] = folder / "model"
        model.save_pretrained(folder / "model")
        tokenizer.save_pretrained(folder / "model")
    return folders


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def kept_here(monkeypatch, cache):
    monkeypatch.setenv("CLNER_CACHE", str(cache))


@pytest.fixture
def exact(monkeypatch):
    """Rounding is what differs from EasyNMT's engine by design: leave it out."""
    monkeypatch.setattr(converted, "fastest", lambda: ("cpu", "float32"))


def engines(checkpoint, beams, codes, batch=64):
    ours = converted_engine(str(checkpoint), "en", "es", beams, codes, batch)
    return ours, model_engine(str(checkpoint), "en", "es", beams, codes)


def changed(checkpoint, copy, name, **values):
    """A copy of a checkpoint with other values in one of its JSON files."""
    shutil.copytree(checkpoint, copy)
    content = json.loads((copy / name).read_text("utf-8"))
    (copy / name).write_text(json.dumps(content | values), encoding="utf-8")
    return copy


@pytest.mark.parametrize("beams", [1, 5])
@pytest.mark.parametrize("family", CODES)
def test_it_translates_as_easynmt_does(exact, checkpoints, family, beams):
    ours, easynmt = engines(checkpoints[family], beams, CODES[family])
    translations = ours.translate(TEXTS)
    assert translations == easynmt.translate(TEXTS)
    assert len(set(translations)) > len(TEXTS) / 2


@pytest.mark.parametrize(
    ("beams", "options"),
    [
        (1, {"max_length": 9}),
        (5, {"max_length": 9}),
        (1, {"max_new_tokens": 9}),
        (1, {"min_length": 20}),
        (5, {"length_penalty": 0.1}),
        (5, {"length_penalty": 3.0}),
        (1, {"no_repeat_ngram_size": 2}),
        (5, {"no_repeat_ngram_size": 2}),
        (1, {"repetition_penalty": 2.0}),
        (1, {"bad_words_ids": [[5], [6, 7]]}),
        (5, {"bad_words_ids": [[5], [6, 7]]}),
        (1, {"forced_eos_token_id": None}),
    ],
    ids=str,
)
def test_it_searches_as_the_model_says(exact, checkpoints, tmp_path, beams, options):
    given = checkpoints["marian"]
    other = changed(given, tmp_path / "model", "generation_config.json", **options)
    ours, easynmt = engines(other, beams, {})
    translations = ours.translate(TEXTS)
    assert translations == easynmt.translate(TEXTS)
    assert translations != engines(given, beams, {})[0].translate(TEXTS)


def test_an_older_model_says_so_in_its_configuration(exact, checkpoints, tmp_path):
    other = changed(checkpoints["marian"], tmp_path / "model", "config.json", max_length=7)
    (other / "generation_config.json").unlink()
    ours, easynmt = engines(other, 1, {})
    assert ours.translate(TEXTS) == easynmt.translate(TEXTS)


def test_many_batches_come_back_in_order(exact, checkpoints):
    texts = [f"{number} {text}" for number in range(20) for text in TEXTS]
    ours, _ = engines(checkpoints["m2m"], 1, {}, batch=2)
    assert ours.texts_per_call == 2 * converted.BATCHES_PER_CALL
    assert ours.translate(texts) == [ours.translate([text])[0] for text in texts]


def models_in(cache):
    return {path.parent.name: path.stat().st_ino for path in cache.glob("ctranslate2/*/model.bin")}


def test_a_model_is_converted_once_wherever_it_lies(exact, checkpoints, tmp_path, cache):
    copy = shutil.copytree(checkpoints["marian"], tmp_path / "copy")
    first, _ = engines(checkpoints["marian"], 1, {})
    translations = first.translate(TEXTS)
    before = models_in(cache)
    second, _ = engines(copy, 1, {})
    assert second.translate(TEXTS) == translations
    assert second.identity == first.identity
    assert models_in(cache) == before


def test_changed_weights_are_converted_anew(exact, checkpoints, tmp_path, cache):
    from safetensors.torch import load_file, save_file

    copy = shutil.copytree(checkpoints["marian"], tmp_path / "copy")
    before, _ = engines(copy, 1, {})
    translations = before.translate(TEXTS)
    weights = load_file(copy / "model.safetensors")
    weights["final_logits_bias"][0, 0] = 0
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    known = models_in(cache)
    after, easynmt = engines(copy, 1, {})
    assert after.identity != before.identity
    assert after.translate(TEXTS) == easynmt.translate(TEXTS) != translations
    assert len(models_in(cache)) == len(known) + 1


def test_translations_of_another_search_or_format_are_told_apart(checkpoints, monkeypatch):
    engine, _ = engines(checkpoints["marian"], 1, {})
    assert engines(checkpoints["marian"], 2, {})[0].identity != engine.identity
    monkeypatch.setattr(converted, "fastest", lambda: ("cpu", "float32"))
    assert engines(checkpoints["marian"], 1, {})[0].identity != engine.identity


def test_eight_bits_on_this_processor(checkpoints, cache):
    ours, _ = engines(checkpoints["marian"], 1, {})
    assert ours.identity["number_format"] == converted.fastest()[1]
    assert len(ours.translate(TEXTS)) == len(TEXTS)
    assert any("-int8-" in name for name in models_in(cache)) == ("int8" in ours.identity.values())


def killed_at_the_end(checkpoint):
    """Convert, and be killed when all is written but the last file."""
    from ctranslate2.specs.model_spec import ModelConfig

    ModelConfig.save_as_json = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    convert(checkpoint, content_of(checkpoint), "float32")


def in_a_process(target, *arguments):
    """A fresh one: a copy of this would wait for threads of CTranslate2 that it does not have."""
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    process.start()
    return process


@pytest.mark.slow
def test_a_killed_conversion_leaves_nothing_that_looks_finished(checkpoints, tmp_path, monkeypatch):
    monkeypatch.setenv("CLNER_CACHE", str(tmp_path))
    process = in_a_process(killed_at_the_end, checkpoints["marian"])
    process.join()
    assert process.exitcode == -signal.SIGKILL
    [left] = tmp_path.glob("ctranslate2/.*.part")
    assert (left / "model.bin").is_file()
    assert not models_in(tmp_path).keys() - {left.name}
    folder = convert(checkpoints["marian"], content_of(checkpoints["marian"]), "float32")
    assert (folder / "config.json").is_file()
    assert not left.exists()


def converting(checkpoint, found):
    """Convert, and tell which file was there afterwards."""
    folder = convert(checkpoint, content_of(checkpoint), "float32")
    (found / str(os.getpid())).write_text(str((folder / "model.bin").stat().st_ino))


@pytest.mark.slow
def test_two_processes_convert_once(checkpoints, tmp_path, monkeypatch):
    monkeypatch.setenv("CLNER_CACHE", str(tmp_path))
    found = tmp_path / "found"
    found.mkdir()
    processes = [in_a_process(converting, checkpoints["marian"], found) for _ in range(2)]
    for process in processes:
        process.join()
    told = [int(path.read_text()) for path in found.iterdir()]
    assert told == list(models_in(tmp_path).values()) * 2


@pytest.mark.parametrize(
    ("family", "codes", "message"),
    [
        ("m2m", {"es": "xx"}, "no language 'xx', but af, am, ar, .*, zu; give its own code in"),
        ("nllb", {}, "no language 'en', but ace_Arab, ace_Latn, .* language_codes"),
        ("mbart", {"es": "xx"}, "no language 'xx', but af_ZA"),
    ],
)
def test_a_language_that_a_model_lacks(checkpoints, tmp_path, monkeypatch, family, codes, message):
    monkeypatch.setenv("CLNER_CACHE", str(tmp_path))
    ours, _ = engines(checkpoints[family], 1, codes)
    with pytest.raises(ClnerError, match=message):
        ours.translate(TEXTS)
    assert not models_in(tmp_path)


def test_the_languages_of_mbart_need_no_codes(checkpoints):
    assert engines(checkpoints["mbart"], 1, {})[0].translate(TEXTS) == engines(
        checkpoints["mbart"], 1, CODES["mbart"]
    )[0].translate(TEXTS)


def test_a_model_that_easynmt_saved_keeps_its_codes(checkpoints, tmp_path, exact):
    from easynmt import EasyNMT
    from easynmt.models import AutoModel

    EasyNMT(translator=AutoModel(str(checkpoints["m2m"]), lang_map={"es": "pt"})).save(
        str(tmp_path / "saved")
    )
    ours, easynmt = engines(tmp_path / "saved", 1, {})
    translations = ours.translate(TEXTS)
    assert translations == easynmt.translate(TEXTS)
    assert translations == engines(checkpoints["m2m"], 1, {"es": "pt"})[0].translate(TEXTS)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("deepl", "unknown model 'deepl': known are opus-mt, m2m_100_418M, .* slash"),
        (".", "no config.json: not a Hugging Face checkpoint"),
        ("opus-mt", "Helsinki-NLP/opus-mt-en-es: cannot be had .* without network, give"),
        ("nowhere/nothing", "nowhere/nothing: cannot be had from http"),
        ("mbart50_m2en", "ctranslate2:mbart50_m2en has no en-es; it has \\*-en"),
    ],
)
def test_models_that_are_not_there(tmp_path, monkeypatch, model, message):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ClnerError, match=message):
        converted_engine(model, "en", "es", 1, {}, 64)


def test_a_model_that_ctranslate2_cannot_run(tmp_path):
    from transformers import ProphetNetConfig

    ProphetNetConfig().save_pretrained(tmp_path)
    with pytest.raises(
        ClnerError, match=r"CTranslate2 cannot run this model .* without ctranslate2"
    ):
        convert(tmp_path, "content", "float32")


def test_a_large_file_is_read_once_until_it_is_touched(tmp_path, cache):
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(bytes(WORTH_KEEPING))
    (tmp_path / "config.json").write_text("{}")
    content = content_of(tmp_path)
    [kept] = cache.glob("digests/*")
    kept.write_text("read from here")
    assert content_of(tmp_path) != content
    with weights.open("r+b") as file:
        file.write(b"other")
    os.utime(weights, (0, 0))
    other = content_of(tmp_path)
    assert len(list(cache.glob("digests/*"))) == 2
    assert other != content
