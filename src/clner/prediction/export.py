"""Write a tagger as ONNX, for runtimes without torch.

The graph takes input_ids and attention_mask (batch, subwords), int64, as the tokenizer in the
model's folder makes them, and gives logits (batch, subwords, tags), float32: a token's tag is that
of its first subword. Heads of token pairs cannot be exported.
"""

from __future__ import annotations

import argparse
import logging
import warnings
from importlib.util import find_spec
from pathlib import Path

from clner.errors import ClnerError
from clner.files.artifacts import finished_file

NEEDED = ("onnx", "onnxscript")
INPUTS = ["input_ids", "attention_mask"]
OUTPUT = "logits"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("model", type=Path, metavar="MODEL", help="the folder of a tagger of tags")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="model.onnx")


def run(given: argparse.Namespace) -> None:
    """Write the model. Raises ClnerError where it cannot be exported."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ClnerError(f"export needs {' and '.join(missing)}: pip install -e '.[onnx]'")
    from clner.relations.tagger import TokenPairTagger
    from clner.tagging.model import load_tagger

    model = load_tagger(given.model)
    if isinstance(model, TokenPairTagger):
        raise ClnerError(
            f"{given.model}: has a head of token pairs, which torch cannot write as ONNX; "
            "students of the head tags (student.head) can be exported"
        )
    with finished_file(given.output) as partial, warnings.catch_warnings(action="ignore"):
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        _export(model, partial)
    size = given.output.stat().st_size / 1e6
    print(
        f"{given.output}: {size:.1f} MB, {' and '.join(INPUTS)} (batch, subwords) to "
        f"{OUTPUT} (batch, subwords, {model.config.num_labels})"
    )


def _export(model, path: Path) -> None:
    import torch

    model.config.return_dict = False
    shape = {0: "batch", 1: "subwords"}
    # Two tensors: of one for both, the graph would have a single input.
    examples = {name: torch.ones(2, 8, dtype=torch.int64) for name in INPUTS}
    torch.onnx.export(
        model.eval(),
        kwargs=examples,
        f=path,
        input_names=INPUTS,
        output_names=[OUTPUT],
        dynamic_shapes=dict.fromkeys(INPUTS, shape),
        dynamo=True,
        external_data=False,
        verbose=False,
    )
