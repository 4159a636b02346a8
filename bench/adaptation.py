"""Masked-language modelling as the encoder stage does it beside a plain transformers Trainer."""

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import torch
from transformers import (
    BertConfig,
    BertForMaskedLM,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainingArguments,
)

from bench.measure import Case, Run
from bench.sentences import labelled_words, origin
from clner.encoders.adaptation import Guessing, adapt, sequences
from clner.encoders.settings import AdaptationSettings
from clner.encoders.vocabulary import train_tokenizer
from clner.text.sentence import Sentence

SENTENCES = 256
SETTINGS = AdaptationSettings(epochs=1)
MINI = {"hidden_size": 384, "num_hidden_layers": 12, "intermediate_size": 1536}
"""Of multilingual MiniLM, whose vocabulary is XLM-R's."""
TINY = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
VOCABULARY = 250_002


def made(geometry: dict, count: int) -> tuple:
    """A model, a tokenizer and `count` sentences."""
    texts = [words for words, _ in labelled_words(count)]
    torch.manual_seed(0)
    model = BertForMaskedLM(BertConfig(vocab_size=VOCABULARY, **geometry))
    sentences = [Sentence(str(number), tokens) for number, tokens in enumerate(texts)]
    return model, train_tokenizer(texts, 12_000, 1), sentences


def run_of(method, geometry: dict, count: int) -> Run:
    """A pass over `count` sentences."""
    inputs = made(geometry, count)

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            method(*inputs, Path(folder, "checkpoints"))

    return run


def ours(model, tokenizer, sentences: list[Sentence], folder: Path) -> None:
    adapt(model, tokenizer, sentences, SETTINGS, folder)


def plain(model, tokenizer, sentences: list[Sentence], folder: Path) -> None:
    arguments = TrainingArguments(
        str(folder),
        num_train_epochs=SETTINGS.epochs,
        per_device_train_batch_size=SETTINGS.batch_size,
        bf16=torch.cuda.is_available(),
        use_cpu=not torch.cuda.is_available(),
        save_strategy="epoch",
        report_to=[],
        disable_tqdm=True,
    )
    collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=SETTINGS.masked)
    data = sequences(tokenizer, sentences, SETTINGS)
    Trainer(model=model, args=arguments, train_dataset=data, data_collator=collator).train()


def check() -> None:
    """Both have the same loss."""
    model, tokenizer, sentences = made(TINY, 8)
    collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=SETTINGS.masked)
    batch = dict(collator(sequences(tokenizer, sentences, SETTINGS)))
    expected = model.eval()(**batch).loss
    with tempfile.TemporaryDirectory() as folder:
        trainer = Guessing(model=model, args=TrainingArguments(folder, report_to=[], use_cpu=True))
    own = trainer.compute_loss(model, batch)
    torch.testing.assert_close(own, expected)


def cases(device: str, quick: bool) -> Iterator[Case]:
    if device == "cpu" and torch.cuda.is_available():
        return
    count, geometry = (64, TINY) if quick else (SENTENCES, MINI)
    own, other = (partial(run_of, method, geometry, count) for method in (ours, plain))
    size = f"{count} sentences of {origin()}, {VOCABULARY:,} subwords"
    yield Case("masked LM", size, own, {"Trainer": other})
