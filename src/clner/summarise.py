"""Gather the scores of all runs: one table of everything, one to read, and one figure.

The table to read and the figure show the micro scores of one split, variants against pairs of
languages, teacher and student of the last round side by side, in percent: the mean over seeds and
the sample standard deviation.
"""

import sys
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field

from clner.artifacts import finished_file, write_text
from clner.errors import ClnerError
from clner.scores import MICRO, MODELS, read_scores, write_scores
from clner.stage import Settings, main

AVERAGE = "average"
OTHER_SPLITS = ("source-test", "target-dev")
MISSING = "–"
BARS_A_ROW = 48


class SummariseSettings(Settings):
    variants: tuple[str, ...] = Field(
        (), description="order of the variants; those not named follow alphabetically"
    )
    split: Literal["target-test", "target-dev", "source-test", "source-dev"] = Field(
        "target-test", description="split that the table and the figure show"
    )
    metric: Literal["f1", "precision", "recall"] = Field(
        "f1", description="score that the table and the figure show"
    )
    selection: str = Field(
        "Checkpoints were selected on the development corpora of the source languages.",
        description="sentence of the protocol that says how checkpoints were selected",
    )


def run(
    settings: SummariseSettings, *, scores: list[Path], table: Path, figure: Path, output: Path
) -> None:
    """Write all rows of `scores` to `output` (TSV), and what they say to `table` and `figure`.

    `table` is GitHub Markdown, `figure` a PNG. Raises ClnerError where `scores` holds nothing of
    the split to show, or a score twice.
    """
    everything = read_scores(scores)
    shown = _final(everything, settings.variants)
    chosen = shown[shown["split"] == settings.split]
    if chosen.empty:
        raise ClnerError(
            f"split = {settings.split!r}: no such scores; there are those of "
            f"{', '.join(sorted(set(everything['split'])))}"
        )
    others = [split for split in OTHER_SPLITS if split != settings.split]
    by_seed = with_average(percent_by_seed(chosen, settings.metric))
    elsewhere = average_by_split(shown[shown["split"].isin(others)], settings.metric)

    write_scores(output, everything)
    write_text(table, _report(settings, chosen, by_seed, elsewhere))
    _draw(figure, by_seed, f"{_name(settings.metric)} on {settings.split}, in percent")


def _final(scores: pd.DataFrame, variants: tuple[str, ...]) -> pd.DataFrame:
    """Micro scores of the last rounds; pairs named, variants and models in order of display."""
    micro = scores[scores["type"] == MICRO]
    last = micro.groupby(["source", "target", "variant", "model"])["round"].transform("max")
    final = micro[micro["round"] == last]
    order = dict.fromkeys([*variants, *sorted(set(final["variant"]))])
    return final.assign(
        pair=final["source"] + " → " + final["target"],
        variant=pd.Categorical(final["variant"], [v for v in order if v in set(final["variant"])]),
        model=pd.Categorical(final["model"], MODELS),
    )


def percent_by_seed(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """One split's scores in percent: rows (variant, seed), columns (pair, model)."""
    return 100 * scores.pivot(
        index=["variant", "seed"], columns=["pair", "model"], values=metric
    ).sort_index().sort_index(axis=1)


def average_over_pairs(by_seed: pd.DataFrame) -> pd.DataFrame:
    """Columns are models; missing where a pair is."""
    by_model = by_seed.T.groupby(level="model", observed=True)
    return by_model.mean(skipna=False).T


def with_average(by_seed: pd.DataFrame) -> pd.DataFrame:
    """`by_seed` and, where it has several pairs, their average as one more."""
    if by_seed.columns.get_level_values("pair").nunique() == 1:
        return by_seed
    average = pd.concat({AVERAGE: average_over_pairs(by_seed)}, axis=1, names=["pair"])
    return pd.concat([by_seed, average], axis=1)


def average_by_split(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Averages over pairs, in percent: rows (variant, seed), columns (split, model)."""
    averages = {
        split: average_over_pairs(percent_by_seed(rows, metric))
        for split, rows in scores.groupby("split")
    }
    return pd.concat(averages, axis=1, names=["split"]) if averages else pd.DataFrame()


def mean_and_deviation(by_seed: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean and sample standard deviation over seeds, a row a variant; NaN where there is none."""
    by_variant = by_seed.groupby(level="variant", observed=True)
    return by_variant.mean(), by_variant.std()


def _report(
    settings: SummariseSettings, chosen: pd.DataFrame, by_seed: pd.DataFrame, elsewhere: pd.DataFrame
) -> str:
    name = _name(settings.metric)
    parts = [
        f"## {name} on {settings.split}",
        f"{_protocol(name)} {_seeds(chosen)} {_rounds(chosen)}{settings.selection} "
        f"{_entities(chosen)}",
        _markdown(by_seed),
    ]
    if not elsewhere.empty:
        parts += [
            f"## {name} on {' and '.join(elsewhere.columns.unique('split'))}",
            "The same protocol, averaged over all pairs of languages.",
            _markdown(elsewhere),
        ]
    return "\n\n".join(parts) + "\n"


def _protocol(name: str) -> str:
    return f"{name} of entities in percent: seqeval, mode strict, scheme IOB2, micro average."


def _seeds(chosen: pd.DataFrame) -> str:
    counts = chosen.groupby(["pair", "variant", "model"], observed=True)["seed"].nunique()
    seeds = ", ".join(str(seed) for seed in sorted(set(chosen["seed"])))
    if counts.max() == 1:
        return f"One seed a cell ({seeds}), hence no deviation."
    number = _span(counts.min(), counts.max(), " to ")
    return f"Mean ± sample standard deviation over {number} seeds ({seeds})."


def _rounds(chosen: pd.DataFrame) -> str:
    rounds = chosen.loc[chosen["model"] == "student", "round"]
    if rounds.empty:
        return ""
    return f"Students are those of the last round ({_span(rounds.min(), rounds.max(), ' to ')}). "


def _entities(chosen: pd.DataFrame) -> str:
    supports = chosen.groupby("pair")["support"].agg(["min", "max"])
    counts = [f"{pair} {_span(row['min'], row['max'], '–')}" for pair, row in supports.iterrows()]
    return f"Gold entities: {', '.join(counts)}."


def _span(low: int, high: int, joint: str) -> str:
    return f"{low:,}" if low == high else f"{low:,}{joint}{high:,}"


def _name(metric: str) -> str:
    return metric.capitalize()


def _markdown(by_seed: pd.DataFrame) -> str:
    mean, deviation = mean_and_deviation(by_seed)
    header = ["variant", *(" ".join(column) for column in mean.columns)]
    rows = [
        [variant, *(_cell(*pair) for pair in zip(mean.loc[variant], deviation.loc[variant], strict=True))]
        for variant in mean.index
    ]
    rule = ["---", *["---:"] * len(mean.columns)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [header, rule, *rows])


def _cell(mean: float, deviation: float) -> str:
    if pd.isna(mean):
        return MISSING
    return f"{mean:.1f}" if pd.isna(deviation) else f"{mean:.1f} ± {deviation:.1f}"


def _draw(path: Path, by_seed: pd.DataFrame, title: str) -> None:
    """Grouped bars: a group a pair, a colour a variant; teachers hatched, students filled."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    mean, deviation = mean_and_deviation(by_seed)
    groups = list(mean.columns.unique("pair"))
    bars = [
        (variant, model)
        for variant in mean.index
        for model in MODELS
        if mean.loc[variant].xs(model, level="model").notna().any()
    ]
    # Cividis: its brightness rises steadily, so variants differ in grey and to any eye.
    shades = colormaps["cividis"].resampled(max(2, len(mean.index)))
    colours = {variant: shades(n) for n, variant in enumerate(mean.index)}

