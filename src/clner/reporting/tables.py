"""Scores as tables: rows (variant, seed) or variant, columns (pair or split, model), percent."""

import pandas as pd

from clner.reporting.rows import MODELS, Row
from clner.tagging.scores import MICRO

AVERAGE = "average"


def final_scores(rows: list[Row], variants: list[str]) -> pd.DataFrame:
    """Micro scores of the last rounds: the columns of `Row`, and `pair`.

    `variants` come first in the order of display, all others follow alphabetically.
    """
    return _last_rounds(_micro(_named(rows, variants)))


def round_table(rows: list[Row], variants: list[str], split: str, metric: str) -> pd.DataFrame:
    """One split by (pair, variant, round): `mean` and `deviation` over seeds, in percent."""
    scores = _micro(_named(rows, variants))
    shown = scores[scores["split"] == split]
    groups = shown.groupby(["pair", "variant", "round"], observed=True)[metric]
    return 100 * groups.agg(mean="mean", deviation="std")


def pair_table(final: pd.DataFrame, split: str, metric: str) -> pd.DataFrame:
    """One split by (pair, model), a row a (variant, seed); several pairs get an average."""
    table = _by_pair(final, split, metric)
    if table.columns.unique("pair").size == 1:
        return table
    average = pd.concat({AVERAGE: _average(table)}, axis=1, names=["pair", "model"])
    return pd.concat([table, average], axis=1)


def split_table(final: pd.DataFrame, splits: list[str], metric: str) -> pd.DataFrame:
    """Averages over pairs by (split, model), a row a (variant, seed)."""
    averages = {split: _average(_by_pair(final, split, metric)) for split in splits}
    return pd.concat(averages, axis=1, names=["split", "model"])


def average_table(final: pd.DataFrame, split: str, metric: str) -> pd.DataFrame:
    """Averages over pairs by model, a row a (variant, seed); of one pair, its scores."""
    return _average(_by_pair(final, split, metric))


def mean_and_deviation(by_seed: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean and sample standard deviation over seeds, a row a variant; NaN where there is none."""
    by_variant = by_seed.groupby(level="variant", observed=True)
    return by_variant.mean(), by_variant.std()


def over_seeds(seeds: list[int], number: str | None = None) -> str:
    """What ± is in a table over `seeds`, or why there is none.

    `number`: how many of them there are of a cell, where not all cells have all.
    """
    named = ", ".join(map(str, seeds))
    if (number or str(len(seeds))) == "1":
        return f"one seed ({named}), hence no deviation"
    return f"mean ± sample standard deviation over {number or len(seeds)} seeds ({named})"


def type_scores(rows: list[Row], variants: list[str], split: str) -> pd.DataFrame:
    """F1 in percent of the last rounds on one split, by (pair, type, variant, model).

    `mean` and `deviation` over seeds, and the gold entities as `support`.
    """
    last = _typed(rows, variants, split)
    last = last.assign(f1=100 * last["f1"])
    groups = last.groupby(["pair", "type", "variant", "model"], observed=True)
    return groups.agg(mean=("f1", "mean"), deviation=("f1", "std"), support=("support", "first"))


def type_table(rows: list[Row], variants: list[str], split: str) -> pd.DataFrame:
    """F1 in percent by (type, model), a row a (variant, seed); averages over pairs."""
    last = _typed(rows, variants, split)
    index = ["variant", "seed"]
    table = last.pivot_table(index=index, columns=["type", "model"], values="f1", observed=True)
    models = [model for model in MODELS if model in set(last["model"])]
    columns = pd.MultiIndex.from_product(
        [sorted(set(last["type"])), models], names=["type", "model"]
    )
    return 100 * table.reindex(columns=columns).sort_index()


def _named(rows: list[Row], variants: list[str]) -> pd.DataFrame:
    """Scores with the pair, and variants as categories in their order."""
    scores = pd.DataFrame(rows, columns=Row._fields)
    order = dict.fromkeys([*variants, *sorted(set(scores["variant"]))])
    return scores.assign(
        pair=scores["source"] + " → " + scores["target"],
        variant=pd.Categorical(scores["variant"], list(order)),
    )


def _micro(scores: pd.DataFrame) -> pd.DataFrame:
    return scores[scores["type"] == MICRO]


def _typed(rows: list[Row], variants: list[str], split: str) -> pd.DataFrame:
    """The scores of each type by the last rounds on one split."""
    scores = _named(rows, variants)
    return _last_rounds(scores[(scores["type"] != MICRO) & (scores["split"] == split)])


def _last_rounds(scores: pd.DataFrame) -> pd.DataFrame:
    last = scores.groupby(["source", "target", "variant", "model"], observed=True)["round"]
    return scores[scores["round"] == last.transform("max")]


def _by_pair(final: pd.DataFrame, split: str, metric: str) -> pd.DataFrame:
    scores = final[final["split"] == split]
    table = scores.pivot(index=["variant", "seed"], columns=["pair", "model"], values=metric)
    models = [model for model in MODELS if model in set(final["model"])]
    columns = pd.MultiIndex.from_product(
        [sorted(set(final["pair"])), models], names=["pair", "model"]
    )
    return 100 * table.reindex(columns=columns).sort_index()


def _average(by_pair: pd.DataFrame) -> pd.DataFrame:
    """Columns are models; NaN where a pair is missing, lest averages over unlike pairs compare."""
    return pd.DataFrame(
        {
            model: by_pair.xs(model, axis=1, level="model").mean(axis=1, skipna=False)
            for model in by_pair.columns.unique("model")
        }
    )
