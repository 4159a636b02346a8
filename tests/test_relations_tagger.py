"""The token-pair tagger's folder, and what else can be read from it."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForTokenClassification,
    BertConfig,
    BertModel,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from clner.encoders.scratch import make_encoder
from clner.encoders.settings import ScratchSettings
from clner.errors import ClnerError
from clner.relations.settings import TokenPairSettings
from clner.relations.tagger import TokenPairTagger, new_pair_tagger
from clner.text.tags import tag_set

SETTINGS = TokenPairSettings(biaffine=8, distances=3)
NAMES = tag_set(["PER", "LOC"])
SIZES = {
    "vocab_size": 40,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}
SCRATCH = ScratchSettings(vocabulary=120, dimension=8, width=16, layers=1, heads=2, dropout=0.0)


@pytest.fixture(autouse=True)
def _the_same_numbers_each_time():
    torch.manual_seed(0)


@pytest.fixture(params=["bert", "xlm-roberta", "scratch"])
def encoder(request, tmp_path):
    """The folder of a tiny encoder."""
    if request.param == "bert":
        model = BertModel(BertConfig(**SIZES))
    elif request.param == "xlm-roberta":
        model = XLMRobertaModel(XLMRobertaConfig(**SIZES))
    else:
        model, _ = make_encoder([["Ana", "lives", "in", "Rome"]] * 4, {}, SCRATCH)
    model.save_pretrained(tmp_path / "encoder")
    return tmp_path / "encoder"


def config_of(folder):
    config = AutoConfig.from_pretrained(folder)
    config.id2label = dict(enumerate(NAMES))
    config.label2id = {name: number for number, name in enumerate(NAMES)}
    return config


def new(folder, settings=SETTINGS):
    return new_pair_tagger(folder, config_of(folder), settings)


def batch():
    words = torch.tensor([[4, 0, 0, 1, 2, 3, 4], [4, 0, 1, 1, 1, 4, 4]])
    return {
        "input_ids": torch.randint(5, 30, (2, 7)),
        "attention_mask": torch.tensor([[1] * 7, [1] * 6 + [0]]),
        "words": words,
        "mask": torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]).bool(),
    }


def test_a_tagger_comes_back_as_it_was(encoder, tmp_path):
    tagger = new(encoder)
    for weight in tagger.head.parameters():
        torch.nn.init.normal_(weight)
    tagger.save_pretrained(tmp_path / "tagger")
    again = TokenPairTagger.from_pretrained(tmp_path / "tagger")
    inputs = batch()
    first, second = tagger.eval()(**inputs), again(**inputs)
    assert first.logits.shape == (2, 4, 4, 4)
    assert {layer.shape for layer in first.layers} == {(2, 7, 16)}
    assert torch.equal(first.logits, second.logits)
    assert torch.equal(first.words[1, 2:], torch.zeros(2, 16))
    assert again.config.id2label == dict(enumerate(NAMES))
    assert again.config.head == {"kind": "token_pair", **SETTINGS.model_dump()}
    assert again.pooling == SETTINGS.pooling


def test_plain_transformers_reads_the_encoder_of_a_tagger(encoder, tmp_path):
    tagger = new(encoder).eval()
    tagger.save_pretrained(tmp_path / "tagger")
    inputs = batch()
    read = {name: inputs[name] for name in ("input_ids", "attention_mask")}
    expected = tagger(**inputs).layers[-1]
    bare = AutoModel.from_pretrained(tmp_path / "tagger").eval()
    assert torch.equal(bare(**read).last_hidden_state, expected)
    classifier = AutoModelForTokenClassification.from_pretrained(tmp_path / "tagger").eval()
    output = classifier(**read, output_hidden_states=True)
    assert torch.equal(output.hidden_states[-1], expected)
    assert output.logits.shape == (2, 7, len(NAMES))


def encoder_weights(tagger):
    return tagger.base_model.state_dict()


def test_a_new_tagger_takes_the_encoder_of_any_folder(tmp_path):
    BertModel(BertConfig(**SIZES)).save_pretrained(tmp_path / "encoder")
    config = config_of(tmp_path / "encoder")
    tags = AutoModelForTokenClassification.from_pretrained(tmp_path / "encoder", config=config)
    tags.save_pretrained(tmp_path / "tags")
    new(tmp_path / "encoder").save_pretrained(tmp_path / "pairs")
    expected = AutoModel.from_pretrained(tmp_path / "encoder").state_dict()
    for folder in ("encoder", "tags", "pairs"):
        tagger = new(tmp_path / folder, TokenPairSettings(biaffine=5))
        assert tagger.training
        assert tagger.head.biaffine.shape == (4, 6, 6)
        for name, weight in encoder_weights(tagger).items():
            assert torch.equal(weight, expected[name])


def test_a_head_of_the_same_settings_is_trained_on_and_another_is_drawn(encoder, tmp_path):
    first = new(encoder)
    first.config.untrained_layers = False
    first.save_pretrained(tmp_path / "tagger")
    same, other = new(tmp_path / "tagger"), new(tmp_path / "tagger", TokenPairSettings(biaffine=9))
    assert torch.equal(same.head.biaffine, first.head.biaffine)
    assert other.head.biaffine.shape == (4, 10, 10)
    assert not torch.equal(other.head.scorer.weight, first.head.scorer.weight)


def test_seeds_draw_the_layers_of_an_untrained_encoder_and_keep_its_vectors(tmp_path):
    model, _ = make_encoder([["Ana", "lives", "in", "Rome"]] * 4, {}, SCRATCH)
    model.save_pretrained(tmp_path)
    taggers = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        taggers.append(new(tmp_path))
    first, again, other = (tagger.state_dict() for tagger in taggers)
    assert all(torch.equal(first[name], again[name]) for name in first)
    layer = next(name for name in first if name.endswith("attention.self.query_proj.weight"))
    assert not torch.equal(first[layer], other[layer])
    for tagger in taggers:
        vectors = tagger.get_input_embeddings().weight
        assert torch.equal(vectors, model.get_input_embeddings().weight)


def test_gradients_reach_the_vectors_with_checkpointing_and_without(encoder):
    tagger = new(encoder, TokenPairSettings(biaffine=8, dropout=0.0))
    inputs = batch()
    gradients = []
    for _ in range(2):
        tagger.zero_grad()
        tagger(**inputs).logits.square().sum().backward()
        gradients.append(tagger.get_input_embeddings().weight.grad.clone())
        tagger.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    assert gradients[0].abs().max() > 0
    assert all(p.grad is not None for p in tagger.parameters())
    assert torch.allclose(*gradients, rtol=1e-4, atol=1e-5)


def broken(folder, change):
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: w.pop("head.scorer.weight"), "head.scorer.weight"),
        (lambda w: w.pop("bert.encoder.layer.0.output.dense.bias"), "bert.encoder.layer.0"),
        (lambda w: w.update({"head.bias": torch.zeros(3, 4)}), "head.bias"),
    ],
)
def test_weights_that_are_missing_or_misshapen_are_an_error(tmp_path, change, words):
    BertModel(BertConfig(**SIZES)).save_pretrained(tmp_path / "encoder")
    new(tmp_path / "encoder").save_pretrained(tmp_path / "tagger")
    broken(tmp_path / "tagger", change)
    with pytest.raises(ClnerError, match=words) as error:
        TokenPairTagger.from_pretrained(tmp_path / "tagger")
    assert "\n" not in str(error.value)


def test_folders_that_hold_no_token_pair_tagger_are_an_error(tmp_path):
    with pytest.raises(ClnerError, match="no usable model"):
        TokenPairTagger.from_pretrained(tmp_path / "nothing")
    BertModel(BertConfig(**SIZES)).save_pretrained(tmp_path / "encoder")
    with pytest.raises(ClnerError, match="names no token_pair head"):
        TokenPairTagger.from_pretrained(tmp_path / "encoder")
    new(tmp_path / "encoder").save_pretrained(tmp_path / "tagger")
    (tmp_path / "tagger" / "model.safetensors").write_bytes(b"half")
    with pytest.raises(ClnerError, match="no usable token-pair tagger"):
        TokenPairTagger.from_pretrained(tmp_path / "tagger")
    (tmp_path / "tagger" / "model.safetensors").unlink()
    with pytest.raises(ClnerError, match="no usable token-pair tagger"):
        TokenPairTagger.from_pretrained(tmp_path / "tagger")
    config = json.loads((tmp_path / "tagger" / "config.json").read_text())
    config["head"]["biafine"] = 3
    (tmp_path / "tagger" / "config.json").write_text(json.dumps(config))
    with pytest.raises(ClnerError, match="unknown setting biafine; did you mean 'biaffine'"):
        TokenPairTagger.from_pretrained(tmp_path / "tagger")
