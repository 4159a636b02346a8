"""Stages that are killed as they read or as they write; then the same command again.

What the kernel cuts off is a file of exactly so many bytes: beyond its limit on a file's size it
ends the process on the spot, as SIGKILL does.
"""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from clner.text.sentence import Sentence, write_sentences

LIMITED = """
import resource, runpy, signal, sys
size = int(sys.argv.pop(1))
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""
"""A stage that dies as one of its files grows beyond so many bytes."""


class Stage:
    """A stage by hand, always with the same options."""

    def __init__(self, module: str, output: Path, **options) -> None:
        self.module, self.output = module, output
        given = {**options, "output": output}
        self.options = [str(word) for name in given for word in (f"--{name}", given[name])]

    def start(self, *program: str) -> subprocess.Popen:
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "HF_HUB_OFFLINE": "1"}
        command = [sys.executable, *program, self.module, *self.options]
        return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)

    def finish(self) -> bytes:
        """Run to the end; what it made."""
        assert self.start("-m").wait() == 0
        assert self.left() == []
        return self.output.read_bytes()

    def cut_off(self, size: int) -> None:
        """Die as the output would grow beyond `size` bytes."""
        assert self.start("-c", LIMITED, str(size)).wait() == -signal.SIGXFSZ
        assert not self.output.exists()
        assert [path.stat().st_size for path in self.left()] == [size]

    def left(self) -> list[Path]:
        """What lies in the folder beside the output."""
        return sorted(path for path in self.output.parent.iterdir() if path != self.output)


def kill_as_it_reads(stage: Stage, path: Path) -> None:
    """SIGKILL once the stage has read half of the file at `path`, which is whole again after."""
    content = path.read_bytes()
    path.unlink()
    os.mkfifo(path)
    process = stage.start("-m")
    with path.open("wb", buffering=0) as pipe:
        pipe.write(content[: len(content) // 2])
        process.kill()
        assert process.wait() == -signal.SIGKILL
    path.unlink()
    path.write_bytes(content)
    assert not stage.output.parent.exists() or stage.left() == []


def comes_through(stage: Stage, read: Path) -> None:
    """Kill the stage as it reads and as it writes; it ends with the same bytes nevertheless."""
    whole = stage.finish()
    stage.output.unlink()
    kill_as_it_reads(stage, read)
    for size in (1, len(whole) // 2, len(whole) - 1):
        stage.cut_off(size)
    assert stage.finish() == whole


@pytest.fixture(scope="module", autouse=True)
def no_limit_here():
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_corpus(tmp_path):
    text = tmp_path / "train.conll"
    names = [f"Ana{number}" for number in range(3000)]
    text.write_text("".join(f"{name} B-PER\nlebt O\n\n" for name in names), encoding="utf-8")
    output = tmp_path / "made" / "train.jsonl"
    given = {"language": "en", "split": "train", "types": "PER", "format": "conll", "train": text}
    comes_through(Stage("clner.corpus", output, **given), text)


@pytest.mark.slow
def test_predictions(tmp_path):
    text = tmp_path / "unlabelled.jsonl"
    write_sentences(text, [Sentence(f"es-{n}", ["Ana", "vive"]) for n in range(500)])
    tagger(tmp_path / "model")
    output = tmp_path / "made" / "unlabelled.parquet"
    comes_through(Stage("clner.predict", output, model=tmp_path / "model", texts=text), text)


def tagger(folder: Path) -> None:
    """A tagger that has learnt nothing."""
    from transformers import BertConfig, BertForTokenClassification

    from clner.encoders.vocabulary import train_tokenizer

    tokenizer = train_tokenizer([["Ana", "vive"]], 100, 1)
    tokenizer.save_pretrained(folder)
    names = dict(enumerate(["O", "B-PER", "I-PER"]))
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        id2label=names,
        label2id={name: number for number, name in names.items()},
    )
    BertForTokenClassification(config).save_pretrained(folder)
