"""Small taggers of either head, trained on sentences of a few names, for tests of their use."""

from pathlib import Path

from clner import encoder, teacher
from clner.encoders.settings import ScratchSettings
from clner.text.sentence import Sentence, write_sentences

TYPES = ["PER", "LOC"]
PEOPLE = [["Ana"], ["José"], ["Núria", "Böll"], ["王", "芳"], ["Bo"], ["Eva", "Ray"]]
PLACES = [["Lima"], ["Roma"], ["San", "José"], ["北", "京"], ["Bonn"], ["上", "海"]]
TEMPLATES = [["P", "vive", "en", "L", "."], ["P", "住", "在", "L", "。"], ["L", ",", "P", "!"]]
TEMPLATES += [["👍🏽", "P"], ["Hoy", "no", "."], ["今", "天", "。"], ["El", "río", "de", "L"]]
HEADS = {"tags": {}, "token_pair": {"head": "token_pair", "token_pair": {"biaffine": 16}}}


def sentences() -> list[Sentence]:
    """All templates with all pairs of a person and a place."""
    filled = [
        (template, {"P": ("PER", person), "L": ("LOC", place)})
        for template in TEMPLATES
        for person in PEOPLE
        for place in PLACES
    ]
    return [Sentence(f"es-train-{n}", *_fill(*own)) for n, own in enumerate(filled)]


def _fill(template: list[str], names: dict) -> tuple[list[str], list[str]]:
    tokens, tags = [], []
    for word in template:
        kind, name = names.get(word, (None, [word]))
        tokens += name
        inside = [f"I-{kind}"] * (len(name) - 1)
        tags += [f"B-{kind}", *inside] if kind else ["O"]
    return tokens, tags


def train(folder: Path) -> dict[str, Path]:
    """Train a tagger of each head in `folder`; their folders by head."""
    write_sentences(folder / "source.jsonl", sentences())
    scratch = ScratchSettings(vocabulary=200, least=1, dimension=16, width=32, layers=1, heads=2)
    encoder.run(
        encoder.EncoderSettings(kind="scratch", scratch=scratch),
        output=folder / "encoder",
        checkpoints=folder / "none",
        sentences=[folder / "source.jsonl"],
    )
    for head, changes in HEADS.items():
        settings = {"views": ["source"], "epochs": 4, "batch_size": 16, "learning_rate": 5e-3}
        teacher.run(
            teacher.TeacherSettings.model_validate(settings | changes),
            encoder=folder / "encoder",
            types=TYPES,
            seed=1,
            dev=[folder / "source.jsonl"],
            output=folder / head,
            checkpoints=folder / f"{head}-checkpoints",
            source=[folder / "source.jsonl"],
            languages=["es", "zh"],
        )
    return {head: folder / head for head in HEADS}
