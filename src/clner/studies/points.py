"""The numbers of a study, as data frames: scores, pseudo-labels and timings of its variants."""

from pathlib import Path

import pandas as pd

from clner.errors import ClnerError
from clner.files.artifacts import damaged, read_json
from clner.reporting.rows import Row
from clner.reporting.tables import AVERAGE, final_scores
from clner.studies.settings import StudySettings, varied
from clner.tagging.scores import MICRO


def last_scores(rows: list[Row], settings: StudySettings) -> pd.DataFrame:
    """The last model's scores in percent: a row a (variant, seed), a column a pair.

    The last model is the student of the last round, or the teacher where there is none. Several
    pairs get an average. Raises ClnerError where a variant lacks the score of a seed or a pair.
    """
    scored = set(settings.scored())
    final = final_scores([row for row in rows if row.variant in scored], settings.scored())
    shown = final[final["split"] == settings.split].sort_values("round")
    last = shown.groupby(["variant", "seed", "pair"], observed=True)[settings.metric].last()
    cells = [settings.scored(), sorted(set(shown["seed"])), sorted(set(shown["pair"]))]
    whole = pd.MultiIndex.from_product(cells, names=["variant", "seed", "pair"])
    missing = whole.difference(last.index)
    if len(missing) or shown.empty:
        lacking = ", ".join(map(str, missing[0])) if len(missing) else "any of its variants"
        raise ClnerError(f"the scores have no {settings.split} of {lacking}, which the study reads")
    scores = 100 * last.reindex(whole).unstack("pair")
    if scores.shape[1] > 1:
        scores[AVERAGE] = scores.mean(axis=1)
    return scores


def entities(rows: list[Row], settings: StudySettings) -> dict[str, int]:
    """The gold entities that the scores of each pair count."""
    return {
        f"{row.source} → {row.target}": row.support
        for row in rows
        if row.split == settings.split and row.type == MICRO
    }


def steps(settings: StudySettings, by_variant: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Rows of `by_variant` (indexed by variant) by (axis, variant, step), in the study's order."""
    names = {
        (axis, variant, label): varied(variant, axis, label)
        for axis, own in settings.axes.items()
        for variant in settings.variants
        for label in own.labels
    }
    index = pd.MultiIndex.from_tuples(names, names=["axis", "variant", "step"])
    return pd.DataFrame(by_variant).reindex(list(names.values())).set_axis(index)


def pseudo_labels(diagnoses: list[Path]) -> pd.DataFrame:
    """Of the last round of each variant, means over pairs and seeds; indexed by variant.

    `kept`: entities that the filter let through; `right`: of those with gold beside them the
    share that agrees; both in percent.
    """
    rows = []
    for path in diagnoses:
        diagnosis = read_json(path, ["variant", "pseudo_labels"])
        if diagnosis["pseudo_labels"]:
            last = diagnosis["pseudo_labels"][-1]["types"][MICRO]
            rows.append((diagnosis["variant"], last["share"], last.get("precision")))
    found = pd.DataFrame(rows, columns=["variant", "kept", "right"]).astype(
        {"kept": float, "right": float}
    )
    return 100 * found.groupby("variant").mean()


def unlabelled(diagnoses: list[Path]) -> dict[str, int]:
    """How many unlabelled sentences the teachers of each pair have tagged."""
    found = {}
    for path in diagnoses:
        diagnosis = read_json(path, ["pair", "pseudo_labels"])
        if diagnosis["pseudo_labels"]:
            source, _, target = diagnosis["pair"].rpartition("-")
            found[f"{source} → {target}"] = diagnosis["pseudo_labels"][0]["sentences"]
    return found


def seconds(timings: dict[str, list[Path]]) -> pd.Series:
    """The wall time of each variant's training, by Snakemake's files of benchmarks; a mean."""
    means = {variant: pd.Series(map(_seconds, paths)).mean() for variant, paths in timings.items()}
    return pd.Series(means, name="seconds", dtype=float).rename_axis("variant")


def _seconds(path: Path) -> float:
    try:
        return float(pd.read_csv(path, sep="\t")["s"].mean())
    except FileNotFoundError:
        raise ClnerError(f"{path}: no such file") from None
    except (KeyError, TypeError, ValueError):
        raise damaged(path, "not a benchmark of Snakemake, which has a column s") from None
