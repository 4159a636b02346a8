"""Tables of scores for people: GitHub Markdown with the protocol beside the numbers."""

import pandas as pd

from clner.reporting.blocks import MISSING
from clner.reporting.tables import mean_and_deviation, over_seeds, pair_table, split_table

OTHER_SPLITS = ("source-test", "target-dev")


def report(final: pd.DataFrame, split: str, metric: str, selection: str) -> str:
    """A table of `split`, one of the other splits, and the protocol behind both.

    `final` are the scores of `final_scores`; `selection` is the sentence of the protocol that says
    how checkpoints were selected.
    """
    name = metric.capitalize()
    shown = final[final["split"] == split]
    parts = [
        f"## {name} on {split}",
        f"{name} of entities in percent: seqeval, mode strict, scheme IOB2, micro average. "
        f"{_seeds(shown)} {_rounds(shown)}{selection} {_entities(shown)}",
        _scores(pair_table(final, split, metric)),
    ]
    others = [other for other in OTHER_SPLITS if other != split and other in set(final["split"])]
    if others:
        parts += [
            f"## {name} on {' and '.join(others)}",
            "The same protocol; an average where there are several pairs of languages.",
            _scores(split_table(final, others, metric)),
        ]
    return "\n\n".join(parts) + "\n"


def _seeds(shown: pd.DataFrame) -> str:
    counts = shown.groupby(["pair", "variant", "model"], observed=True)["seed"].nunique()
    number = _span(counts.min(), counts.max(), " to ")
    return over_seeds(sorted(set(shown["seed"])), number).capitalize() + "."


def _rounds(shown: pd.DataFrame) -> str:
    rounds = shown.loc[shown["model"] == "student", "round"]
    if rounds.empty:
        return ""
    return f"Students are those of the last round ({_span(rounds.min(), rounds.max(), ' to ')}). "


def _entities(shown: pd.DataFrame) -> str:
    supports = shown.groupby("pair")["support"]
    counts = [f"{pair} {_span(of.min(), of.max(), ' to ')}" for pair, of in supports]
    return f"Gold entities: {'; '.join(counts)}."


def _span(low: int, high: int, joint: str) -> str:
    return f"{low:,}" if low == high else f"{low:,}{joint}{high:,}"


def _scores(by_seed: pd.DataFrame) -> str:
    mean, deviation = mean_and_deviation(by_seed)
    header = ["variant", *(" ".join(column) for column in mean.columns)]
    lines = []
    for variant in mean.index:
        cells = zip(mean.loc[variant], deviation.loc[variant], strict=True)
        lines.append([variant, *(cell(*pair) for pair in cells)])
    return table(header, lines, numbers=len(mean.columns))


def table(header: list[str], lines: list[list[str]], numbers: int) -> str:
    """A Markdown table; the last `numbers` columns are set to the right."""
    rule = ["---"] * (len(header) - numbers) + ["---:"] * numbers
    return "\n".join(f"| {' | '.join(line)} |" for line in [header, rule, *lines])


def cell(mean: float, deviation: float) -> str:
    """A mean with its deviation, if there is one; both may be NaN."""
    if pd.isna(mean):
        return MISSING
    return f"{mean:.1f}" if pd.isna(deviation) else f"{mean:.1f} ± {deviation:.1f}"
