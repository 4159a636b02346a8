"""How the numbers came about: metric, sizes, selection, versions, settings."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

import yaml

from clner.reporting.blocks import MISSING, Fold, Table, Verbatim
from clner.reporting.page.comparison import baseline_of
from clner.reporting.page.evidence import Evidence
from clner.reporting.page.words import listed

PACKAGES = ("clner", "torch", "transformers", "tokenizers", "accelerate", "numpy", "scipy")
PACKAGES += ("scikit-learn", "seqeval", "pandas", "pyarrow", "matplotlib", "pydantic")
PACKAGES += ("easynmt", "ctranslate2", "sil-thot", "datasets", "snakemake")
"""Those that numbers or the page may depend on."""


def protocol(evidence: Evidence) -> Iterator:
    """Metric, choice of models, significance, and the size of each split."""
    settings = evidence.settings
    yield (
        "Scores are those of seqeval, mode strict, scheme IOB2: an entity is right if all of its "
        "tokens and its type are. Micro averages count all entities of a split together; averages "
        "over pairs of languages weigh each pair the same."
    )
    yield (
        f"{evidence.protocol} {_target_labels(evidence)} target-dev and target-test are scored "
        "afterwards. The student that is shown is that of the last round, whatever its score."
    )
    yield (
        f"Significance: paired bootstrap (Koehn 2004) against {baseline_of(evidence).phrase}. "
        f"Sentences of {evidence.split} are drawn with replacement, {settings.resamples:,} times "
        f"with seed {settings.seed}, within each test set, the same ones for all systems and seeds "
        "and for pairs that share it; F1 is averaged over seeds, then over pairs. The interval "
        f"holds the middle {100 * settings.level:.0f} % of the differences. The p-value is "
        "two-sided, the share of samples whose difference lies as far from the measured one as "
        "that from zero (Berg-Kirkpatrick et al. 2012)."
    )
    yield f"Seeds of training: {', '.join(map(str, evidence.seeds))}."
    yield Table(["pair", "split", "sentences", "gold entities"], list(_sizes(evidence)), numbers=2)


def _target_labels(evidence: Evidence) -> str:
    """Which variants learn from labels of the target language; but for ceilings, none."""
    views = {name: evidence.section(name, "teacher")["views"] for name in evidence.variants}
    ceilings = [name for name, own in views.items() if "target" in own]
    but = f" but in {listed(ceilings)}, for a ceiling" if ceilings else ""
    return (
        "No label of a target language takes part in training or in the choice of a checkpoint"
        f"{but};"
    )


def _sizes(evidence: Evidence) -> Iterator[list[str]]:
    seen = {}
    for analysis in evidence.analyses:
        for split, size in analysis["splits"].items():
            seen[analysis["pair"], split, size["digest"]] = size
    for (pair, split, _), size in seen.items():
        yield [pair, split, f"{size['sentences']:,}", f"{size['entities']:,}"]


def versions(evidence: Evidence) -> Iterator:
    """Versions where the page was made, and the whole configuration."""
    yield "Versions of what is installed where this page was made."
    lines = [["Python", platform.python_version()], ["platform", platform.platform()]]
    yield Table(["package", "version"], [*lines, *([name, _version(name)] for name in PACKAGES)], 0)
    yield Fold("The full configuration, defaults included", [Verbatim(_yaml(evidence))])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return MISSING


def _yaml(evidence: Evidence) -> str:
    return yaml.safe_dump(
        evidence.configuration, sort_keys=False, allow_unicode=True, width=88
    ).rstrip()
