"""ONNX models beside the taggers that they were exported from."""

import argparse

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForTokenClassification

from clner.encoders.scratch import make_encoder
from clner.encoders.settings import ScratchSettings
from clner.errors import ClnerError
from clner.prediction import export
from clner.relations.settings import TokenPairSettings
from clner.tagging.model import load_tagger, new_tagger
from clner.tagging.settings import HeadSettings
from clner.text.tags import tag_set

TAGS = tag_set(["PER", "LOC"])
SMALL = {"vocab_size": 60, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
SCRATCH = ScratchSettings(vocabulary=120, dimension=8, width=16, layers=1, heads=2)


def bert(folder):
    names = dict(enumerate(TAGS))
    labels = {"id2label": names, "label2id": {name: n for n, name in names.items()}}
    config = BertConfig(**SMALL, intermediate_size=32, **labels)
    BertForTokenClassification(config).save_pretrained(folder)


def scratch(folder, head="tags"):
    model, _ = make_encoder([["Ana", "lives", "in", "Rome"]] * 4, {}, SCRATCH)
    model.save_pretrained(folder / "encoder")
    settings = HeadSettings(head=head, token_pair=TokenPairSettings(biaffine=4))
    new_tagger(folder / "encoder", TAGS, settings, seed=1).save_pretrained(folder)


def exported(folder):
    output = folder / "model.onnx"
    export.run(argparse.Namespace(model=folder, output=output))
    return output


@pytest.mark.slow
@pytest.mark.parametrize("make", [bert, scratch])
def test_outputs_are_equal_for_any_number_and_length_of_texts(make, tmp_path, capsys, recwarn):
    pytest.importorskip("onnxscript", reason="needs the extra onnx")
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs the extra onnx")
    make(tmp_path)
    capsys.readouterr()
    recwarn.clear()
    output = exported(tmp_path)
    said = capsys.readouterr()
    assert said.out.startswith(f"{output}: 0.") and said.out.count("\n") == 1
    assert (said.err, list(recwarn)) == ("", [])
    session = onnxruntime.InferenceSession(output, providers=["CPUExecutionProvider"])
    model = load_tagger(tmp_path).eval()
    for rows, width in ((1, 3), (1, 9), (4, 17), (2, 300)):
        inputs = {"input_ids": torch.randint(5, 40, (rows, width))}
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
        inputs["attention_mask"][0, 1 + width // 2 :] = 0
        [found] = session.run(None, {name: values.numpy() for name, values in inputs.items()})
        with torch.inference_mode():
            expected = model(**inputs).logits.numpy()
        real = inputs["attention_mask"].bool().numpy()
        assert found.shape == (rows, width, len(TAGS))
        np.testing.assert_allclose(found[real], expected[real], atol=2e-5)
        assert np.array_equal(found[real].argmax(-1), expected[real].argmax(-1))


def test_what_cannot_be_exported_is_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "NEEDED", ())
    scratch(tmp_path, head="token_pair")
    with pytest.raises(ClnerError, match="has a head of token pairs"):
        exported(tmp_path)
    monkeypatch.setattr(export, "NEEDED", ("no_such_library",))
    with pytest.raises(ClnerError, match=r"needs no_such_library: pip install -e '\.\[onnx\]'"):
        exported(tmp_path)
    assert not (tmp_path / "model.onnx").exists()
