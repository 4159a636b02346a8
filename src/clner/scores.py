"""Scores of taggers: how they are computed, and the columns of the table that holds them."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from clner.artifacts import finished_file
from clner.errors import ClnerError

MICRO = "micro"
MODELS = ("teacher", "student")
SPLITS = ("source-dev", "source-test", "target-dev", "target-test")

# What a score belongs to, then the score itself; together the columns of scores.tsv.
IDENTITY = {
    "source": str,
    "target": str,
    "variant": str,
    "seed": int,
    "model": str,
    "round": int,
    "split": str,
    "type": str,
}
VALUES = {"precision": float, "recall": float, "f1": float, "support": int}
COLUMNS = IDENTITY | VALUES


class Score(NamedTuple):
    """Precision, recall and F1 in 0..1 (0 where undefined), and the number of gold entities."""

    precision: float
    recall: float
    f1: float
    support: int


def strict_scores(gold: list[list[str]], predicted: list[list[str]]) -> dict[str, Score]:
    """Entity scores by type, and over all of them as "micro": seqeval, mode strict, scheme IOB2.

    Both arguments hold the tags of the same sentences in the same order. A type that occurs in
    neither has no entry; "micro" is always there.
    """
    from seqeval.metrics.v1 import precision_recall_fscore_support  # what mode="strict" calls
    from seqeval.scheme import IOB2, Entities

    entities = {"entities_true": Entities(gold, IOB2), "entities_pred": Entities(predicted, IOB2)}
    types = sorted(set().union(*(found.unique_tags for found in entities.values())))

    def score(average: str | None) -> tuple:
        return precision_recall_fscore_support(
            gold, predicted, average=average, scheme=IOB2, zero_division=0, **entities
        )

    by_type = dict(zip(types, zip(*score(None), strict=True), strict=True))
    return {
        kind: Score(float(precision), float(recall), float(f1), int(support))
        for kind, (precision, recall, f1, support) in {**by_type, MICRO: score(MICRO)}.items()
    }


def write_scores(path: Path, scores: pd.DataFrame) -> None:
    """Write `scores` as TSV, sorted by what they belong to, with six decimals."""
    ordered = scores[list(COLUMNS)].sort_values(list(IDENTITY))
    with finished_file(path) as partial:
        ordered.to_csv(partial, sep="\t", index=False, float_format="%.6f")


def read_scores(paths: list[Path]) -> pd.DataFrame:
    """The rows of all `paths`.

    Raises ClnerError for a file that is no table of scores, and for a score given twice.
    """
    scores = pd.concat([_read(path) for path in paths], ignore_index=True)
    twice = scores[scores.duplicated(list(IDENTITY))]
    if len(twice):
        row = ", ".join(f"{name}={twice.iloc[0][name]}" for name in IDENTITY)
        raise ClnerError(f"two scores for {row}; give each evaluation once")
    return scores


def _read(path: Path) -> pd.DataFrame:
    try:
        # Without na_filter the language `nan` (Southern Min) would become a missing value.
        scores = pd.read_csv(path, sep="\t", dtype=COLUMNS, na_filter=False)
    except FileNotFoundError:
        raise ClnerError(f"{path}: no such file") from None
    except ValueError as error:
        raise ClnerError(f"{path}: not a table of scores ({error}); evaluate again") from None
    if list(scores.columns) != list(COLUMNS):
        raise ClnerError(
            f"{path}: the columns are {', '.join(scores.columns)}, "
            f"not {', '.join(COLUMNS)}; evaluate again"
        )
    return scores
