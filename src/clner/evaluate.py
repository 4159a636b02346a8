"""Score what the models of one pair, variant and seed predict: seqeval, mode strict, scheme IOB2.

One table of precision, recall and F1 (0 to 1, six decimals) per model, split and entity type,
and over all types as `micro`. A split is source-dev, source-test, target-dev or target-test; the
corpora of several sources are pooled. A type that neither the gold nor the predicted tags of a
split contain has no row there.
"""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

from clner.errors import ClnerError
from clner.reporting.rows import MODELS, SPLITS, Row, write_scores
from clner.stage import Settings, main
from clner.tagging.predictions import read_tags
from clner.tagging.scores import MICRO, Score, strict_scores
from clner.text.sentence import Sentence, read_sentences

log = logging.getLogger(__name__)


class EvaluateSettings(Settings):
    """None: one protocol scores every model."""


def run(
    settings: EvaluateSettings,
    *,
    pair: str,
    variant: str,
    seed: int,
    predictions: list[Path],
    gold: list[Path],
    output: Path,
) -> None:
    """Write the scores of each model on the sentences of `gold` to `output` (TSV).

    `pair` joins the languages of several sources with `+`: en+nl-es. `predictions` are those of
    each model on the sentences of `gold`, in a folder of its name: `teacher` or `student-1`, with
    the round of self-training. Raises ClnerError for another name, and where a gold sentence has
    no tags, belongs to no split, occurs twice, or has no prediction of its length.
    """
    source, _, target = pair.rpartition("-")
    splits = gold_by_split(gold, source.split("+"), target)
    rows = []
    for path in predictions:
        model, round = _model(path)
        for split, kind, score in _scores(path, splits):
            rows.append(Row(source, target, variant, seed, model, round, split, kind, *score))
    write_scores(output, rows)


def _model(path: Path) -> tuple[str, int]:
    """Whose predictions a file holds, by its folder: teacher or student, and the round."""
    model, _, round = path.parent.name.partition("-")
    if model not in MODELS or round.isdecimal() == (model == "teacher"):
        raise ClnerError(
            f"{path}: its folder must have the name of a model, teacher or student-1, "
            f"not {path.parent.name!r}"
        )
    return model, int(round or 0)


def _scores(path: Path, splits: dict[str, list[Sentence]]) -> Iterator[tuple[str, str, Score]]:
    """Split, type and score of what a file predicts."""
    predicted = read_tags(path)
    for split, sentences in splits.items():
        tags = [predicted_tags(sentence, predicted, path) for sentence in sentences]
        scores = strict_scores([sentence.tags for sentence in sentences], tags)
        said = path.parent.name, split, scores[MICRO].f1, len(sentences)
        log.info("%s, %s: micro F1 %.4f on %d sentences", *said)
        for kind, score in scores.items():
            yield split, kind, score


def gold_by_split(paths: list[Path], sources: list[str], target: str) -> dict[str, list[Sentence]]:
    """The sentences of `paths` by split, as their ids (`en-test-17`) tell it."""
    splits: dict[str, list[Sentence]] = {}
    seen: set[str] = set()
    for path in paths:
        for sentence in read_sentences(path):
            if sentence.id in seen:
                raise ClnerError(f"{path}: {sentence.id} was read before; give each corpus once")
            if sentence.tags is None:
                raise ClnerError(f"{path}: {sentence.id} has no tags; give labelled corpora only")
            seen.add(sentence.id)
            splits.setdefault(_split(sentence.id, sources, target, path), []).append(sentence)
    return splits


def _split(id_: str, sources: list[str], target: str, path: Path) -> str:
    language, _, rest = id_.partition("-")
    side = "target" if language == target else "source" if language in sources else None
    split = f"{side}-{rest.partition('-')[0]}"
    if split not in SPLITS:
        raise ClnerError(
            f"{path}: {id_} is no sentence of the dev or test corpus of "
            f"{', '.join([*sources, target])}"
        )
    return split


def predicted_tags(sentence: Sentence, predicted: dict[str, list[str]], path: Path) -> list[str]:
    """The tags that the file at `path` holds for a gold sentence, as many as it has tokens."""
    tags = predicted.get(sentence.id)
    if tags is None:
        raise ClnerError(f"{path}: no prediction for {sentence.id}; predict this corpus first")
    if len(tags) != len(sentence.tags):
        raise ClnerError(
            f"{path}: {sentence.id} has {len(tags)} predicted tags for {len(sentence.tags)} "
            "tokens; the corpus has changed since: predict again"
        )
    return tags


if __name__ == "__main__":
    sys.exit(main(run))
