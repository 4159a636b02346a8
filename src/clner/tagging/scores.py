"""Scores of taggers: precision, recall and F1 of entities."""

from typing import NamedTuple

MICRO = "micro"


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
