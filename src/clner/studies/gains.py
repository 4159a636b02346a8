"""The gain of variants over another one, against the distance of the languages."""

from functools import partial

import pandas as pd

from clner.errors import ClnerError
from clner.reporting.markdown import cell, table
from clner.reporting.rows import Row
from clner.reporting.tables import AVERAGE
from clner.studies.answer import Answer, protocol
from clner.studies.distances import Correlation, Distances, spearman
from clner.studies.gains_figure import draw_gains
from clner.studies.points import entities, last_scores
from clner.studies.settings import LEAST_LANGUAGES, StudySettings


def answer_gains(settings: StudySettings, rows: list[Row]) -> Answer:
    """The gain of every pair in points, and its rank correlation with their distance.

    A gain's deviation is that of the differences between models of one seed. Raises ClnerError
    for fewer than three pairs of languages.
    """
    scores = last_scores(rows, settings)
    pairs = [pair for pair in scores.columns if pair != AVERAGE]
    if len(pairs) < LEAST_LANGUAGES:
        raise ClnerError(
            f"a gain against distance needs {LEAST_LANGUAGES} pairs of languages or more; the "
            f"scores have {', '.join(pairs)}"
        )
    distances = _distances(Distances.given(settings.gain.distances), pairs)
    points = pd.concat(
        [_gains(scores, variant, settings.gain.over, distances) for variant in settings.variants]
    )
    said = {
        variant: _said(spearman(own["distance"].to_numpy(), own["gain"].to_numpy()))
        for variant, own in points.groupby("variant", sort=False)
    }
    parts = [
        protocol(settings, scores, entities(rows, settings)),
        f"## Gain over {settings.gain.over}, by distance",
        "Gains in points; distances are "
        f"{settings.gain.distances or 'syntactic (URIEL, 1 − cosine of the features syntax_knn)'}.",
        _table(points),
        "Spearman's rho of distance and mean gain, two-sided permutation test:",
        "\n".join(f"- {variant}: {words}" for variant, words in said.items()),
    ]
    title = f"gain in {settings.metric.capitalize()} over {settings.gain.over} (points)"
    return Answer(
        points,
        "\n\n".join(parts) + "\n",
        partial(draw_gains, points=points, said=said, name=title),
    )


def _distances(known: Distances, pairs: list[str]) -> pd.Series:
    """The distance of each pair, the nearest first."""
    apart = {}
    for pair in pairs:
        sources, _, target = pair.partition(" → ")
        apart[pair] = known.between(sources.split("+"), target)
    return pd.Series(apart).sort_values(kind="stable")


def _gains(scores: pd.DataFrame, variant: str, over: str, distances: pd.Series) -> pd.DataFrame:
    """A row a pair: its distance, the scores' means, the gain and its deviation."""
    by_variant = scores[distances.index]
    gains = by_variant.loc[variant] - by_variant.loc[over]
    return pd.DataFrame(
        {
            "variant": variant,
            "pair": distances.index,
            "distance": distances.to_numpy(),
            "baseline": by_variant.loc[over].mean().to_numpy(),
            "score": by_variant.loc[variant].mean().to_numpy(),
            "gain": gains.mean().to_numpy(),
            "deviation": gains.std().to_numpy(),
        }
    )


def _table(points: pd.DataFrame) -> str:
    lines = [
        [
            point.variant,
            point.pair,
            f"{point.distance:.3f}",
            f"{point.baseline:.1f}",
            f"{point.score:.1f}",
            cell(point.gain, point.deviation),
        ]
        for point in points.itertuples()
    ]
    header = ["variant", "pair", "distance", "baseline", "score", "gain"]
    return table(header, lines, numbers=4)


def _said(found: Correlation | None) -> str:
    if found is None:
        return "no correlation, as all distances or all gains are the same"
    return f"ρ = {found.rho:.2f}, p = {found.p:.3f}, n = {found.number}"
