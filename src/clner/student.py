"""Distil a student from a teacher's distributions on the filtered unlabelled target text.

Soft (MSE on probabilities, KL divergence at a temperature), hard (cross-entropy on the teacher's
tags) or both; labelled views can be mixed in.
"""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field

from clner.errors import ClnerError
from clner.filter import UNTRUSTED
from clner.objectives.settings import StudentObjectives
from clner.predictions import read_predictions
from clner.stage import main
from clner.tagging.settings import TrainingSettings
from clner.teacher import View, read_views
from clner.text.sentence import Sentence, read_sentences
from clner.text.tags import tag_set


class StudentSettings(TrainingSettings):
    """What the student starts from, what it sees, what it is trained for, and how."""

    rounds: int = Field(1, ge=0, description="rounds of distillation; 0: no student")
    start: Literal["encoder", "teacher"] = Field(
        "encoder", description="weights at the start: the encoder's, or those of its teacher"
    )
    views: list[View] = Field(
        [], description="labelled views beside the target text: source, translation, codeswitch"
    )
    objectives: StudentObjectives = Field(
        StudentObjectives(), description="weight and settings of each objective"
    )


def run(
    settings: StudentSettings,
    *,
    encoder: Path,
    teacher: Path,
    types: list[str],
    seed: int,
    pseudo_labels: Path,
    predictions: Path,
    dev: list[Path],
    output: Path,
    checkpoints: Path,
    source: list[Path] | None = None,
    translation: list[Path] | None = None,
    codeswitch: list[Path] | None = None,
) -> None:
    """Train a tagger and write it to the folder `output`.

    `teacher` is the folder of the model that made `predictions` (Parquet) on the target text, of
    which `pseudo_labels` are the sentences that passed the filter. The rest as in the teacher.
    """
    from clner.encoders.tokenizer import load_tokenizer
    from clner.tagging.model import new_tagger
    from clner.tagging.pieces import Pieces
    from clner.tagging.rows import labelled_examples, pseudo_labelled_examples
    from clner.tagging.trainer import train_tagger

    views = read_views(settings.views, source, translation, codeswitch)
    start = encoder if settings.start == "encoder" else teacher
    tag_names = tag_set(types)
    tokenizer = load_tokenizer(start)
    pieces = Pieces(tokenizer, settings.max_length)
    tagger = new_tagger(start, tag_names, seed)
    kept = read_sentences(pseudo_labels)
    distilled = pseudo_labelled_examples(
        kept, _trusted(kept), _distributions(kept, predictions, tag_names), pieces, tag_names
    )
    train_tagger(
        tagger,
        tokenizer,
        pieces,
        distilled + labelled_examples(views, pieces, tag_names),
        [sentence for path in dev for sentence in read_sentences(path)],
        settings,
        settings.objectives,
        seed,
        output,
        checkpoints,
    )


def _trusted(kept: list[Sentence]) -> list:
    """For each sentence a (N,) bool array: false where the filter put a token aside."""
    import numpy as np

    masks = []
    for sentence in kept:
        mask = np.ones(len(sentence.tokens), dtype=bool)
        mask[sentence.origin.get(UNTRUSTED, [])] = False
        masks.append(mask)
    return masks


def _distributions(kept: list[Sentence], path: Path, tag_names: list[str]) -> list:
    """The teacher's (N, T) distributions of the kept sentences.

    Raises ClnerError where the files do not belong together.
    """
    predictions = read_predictions(path)
    if predictions.tag_names != tag_names:
        raise ClnerError(f"{path}: tags {predictions.tag_names}, but the student has {tag_names}")
    by_id = dict(zip(predictions.ids, predictions.probabilities, strict=True))
    missing = next((sentence.id for sentence in kept if sentence.id not in by_id), None)
    if missing is not None:
        raise ClnerError(f"{path}: no prediction for the pseudo-labelled sentence {missing!r}")
    return [by_id[sentence.id] for sentence in kept]


if __name__ == "__main__":
    sys.exit(main(run))
