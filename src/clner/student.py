"""Distil a student from a teacher's distributions on the filtered unlabelled target text.

Soft (MSE on probabilities, KL divergence at a temperature), hard (cross-entropy on the teacher's
tags) or both; labelled views can be mixed in. Several rounds of it are self-training.
"""

import logging
import sys
from pathlib import Path
from typing import Literal

from pydantic import Field

from clner.codeswitching.switchable import Switchable, switchable_target
from clner.errors import ClnerError
from clner.jobs import ranks
from clner.lexicons.lexicon import read_inverse_lexicon
from clner.objectives.registry import StudentObjectives
from clner.stage import main
from clner.tagging.predictions import read_predictions
from clner.tagging.rounds import bettered, keep, read_round
from clner.tagging.settings import TrainingSettings
from clner.teacher import read_views
from clner.text.sentence import UNTRUSTED, Sentence, read_all, read_sentences
from clner.text.tags import tag_set

log = logging.getLogger(__name__)


class StudentSettings(TrainingSettings):
    """What the student starts from, what it sees, what it is trained for, and how."""

    rounds: int = Field(1, ge=0, description="rounds of distillation; 0: no student")
    start: Literal["encoder", "teacher"] = Field(
        "encoder", description="weights at the start: the encoder's, or those of its teacher"
    )
    stop: Literal["never", "source-dev"] = Field(
        "never",
        description="source-dev: a round after the first whose F1 on the sources' dev sets does "
        "not rise keeps the model of the round before, and no later one is trained",
    )
    views: list[Literal["source", "translation", "codeswitch"]] = Field(
        [],
        description="labelled views beside the target text: source, translation, codeswitch",
    )
    switch_target: float = Field(
        0.0,
        ge=0,
        le=1,
        description="probability that a phrase of the target text is replaced by the lexicon, "
        "read backwards, in a code-switched view of it; 0: no such view",
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
    lexicon: list[Path] | None = None,
    target: str | None = None,
    languages: list[str] | None = None,
) -> None:
    """Train a tagger and write it to the folder `output`.

    `teacher` is the folder of the model that made `predictions` (Parquet) on the target text, of
    which `pseudo_labels` are the sentences that passed the filter. `lexicon` are dictionaries
    into the target language (its code is `target`), read where `switch_target` asks. The rest as
    in the teacher.
    """
    from clner.tagging.rows import labelled_examples, pseudo_labelled_examples
    from clner.tagging.trainer import Training, train_tagger

    before = read_round(teacher)
    if settings.stop != "never" and before.stopped:
        if ranks.is_first():
            keep(teacher, output)
        return
    kept = read_sentences(pseudo_labels)
    views, switchables = read_views(settings, source, translation, codeswitch)
    start = encoder if settings.start == "encoder" else teacher
    training = Training(settings, start, tag_set(types), seed, languages or [])
    distilled = pseudo_labelled_examples(
        kept,
        _trusted(kept),
        _distributions(kept, predictions, training.tag_names),
        _switchables(kept, settings, lexicon, target),
        training.maker,
    )
    labelled = labelled_examples(views, switchables, training.maker)
    number = before.number + 1
    train_tagger(training, distilled + labelled, read_all(dev), output, checkpoints, number)
    if not ranks.is_first() or settings.stop == "never":
        return
    if not bettered(before, read_round(output)):
        log.info("round %d does not better round %d, which stays", number, before.number)
        keep(teacher, output)


def _switchables(
    kept: list[Sentence],
    settings: StudentSettings,
    lexicon: list[Path] | None,
    target: str | None,
) -> list[Switchable]:
    """What code-switched forms of the kept sentences are drawn from; none without a ratio."""
    if settings.switch_target == 0:
        return []
    if not lexicon:
        raise ClnerError("switch_target: needs a dictionary of the pair: --lexicon FILE")
    backwards = read_inverse_lexicon(lexicon, kept, target)
    return switchable_target(kept, backwards, settings.switch_target)


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
