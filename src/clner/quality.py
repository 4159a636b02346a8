"""Measure code-switched sentences, and drop those below a threshold.

How much is replaced, whether entities survive, how much the dictionary covers, how near the
sentence vectors of source and mixed form are, how likely the mixed words are, and how diverse what
can be drawn. Measures are of the stored form of a sentence, and what the filter drops leaves both
files: with the defaults, which drop nothing, they say what they said, and the measures beside it.
"""

import logging
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from clner.codeswitching.corpus_measures import corpus_measures, spread
from clner.codeswitching.measures import coverage, mixing_index, substituted_share
from clner.codeswitching.pairs import Pair, read_pairs
from clner.codeswitching.switchable import write_switchables
from clner.errors import ClnerError
from clner.files.artifacts import write_json
from clner.stage import Settings, main
from clner.text.sentence import Sentence, read_sentences, write_sentences

log = logging.getLogger(__name__)

CRITERIA = (
    "least_substituted",
    "most_substituted",
    "least_coverage",
    "least_similarity",
    "least_ratio",
)
"""Each a bound and the measure that it bounds, in the order in which they are applied."""


class QualitySettings(Settings):
    """What is measured, and criteria that a sentence must meet; by default there is none.

    A sentence passes a criterion whose measure it lacks.
    """

    sample: int = Field(
        1000,
        ge=0,
        description="sentences at most whose similarity is measured (all with "
        "least_similarity); 0: none, and no encoder is read",
    )
    max_length: int = Field(128, ge=8, description="subwords of a sentence that are compared")
    order: int = Field(6, ge=1, description="characters that the likelihood of a word looks at")
    seed: int = Field(0, ge=0, description="of the sample")
    least_substituted: float | None = Field(
        None, ge=0, le=1, description="least share of the tokens that is replaced"
    )
    most_substituted: float | None = Field(
        None, ge=0, le=1, description="greatest share of the tokens that is replaced"
    )
    least_coverage: float | None = Field(
        None, ge=0, le=1, description="least share of the context that could be replaced"
    )
    least_similarity: float | None = Field(
        None, ge=-1, le=1, description="least cosine of the vectors of source and mixed sentence"
    )
    least_ratio: float | None = Field(
        None, ge=0, description="least likelihood of the mixed words, to the source's (about 1)"
    )

    @model_validator(mode="after")
    def _some_share_passes(self) -> Self:
        least, most = self.least_substituted, self.most_substituted
        if least is not None and most is not None and least > most:
            raise ValueError(f"least_substituted {least} is above most_substituted {most}")
        return self

    @property
    def reads_encoder(self) -> bool:
        """Whether any similarity is measured."""
        return self.sample > 0 or self.least_similarity is not None


def run(
    settings: QualitySettings,
    *,
    source: str,
    target: str,
    branch: str,
    switched: list[Path],
    switchable: list[Path],
    unlabelled: Path,
    output: Path,
    phrases: Path,
    summary: Path,
    encoder: Path | None = None,
) -> None:
    """Write the sentences kept, with their measures, to `output`, and their phrases to `phrases`.

    `switched` and `switchable` are the two files of `clner.codeswitch` of each source; `source`
    (en, en+nl), `target` and `branch` name them in `summary` (JSON): what was measured on all
    sentences, and how many were dropped by what. `unlabelled` is target text; `encoder` a folder.
    Raises ClnerError where files do not belong together, or no sentence is left.
    """
    if len(switchable) != len(switched):
        raise ClnerError(
            f"--switchable names {len(switchable)} files, --switched {len(switched)}: give one of "
            "each for a source"
        )
    corpora = [read_pairs(*files) for files in zip(switchable, switched, strict=True)]
    pairs = [pair for corpus in corpora for pair in corpus]
    measures = {
        "substituted": np.array([substituted_share(pair) for pair in pairs]),
        "mixing": np.array([mixing_index(pair) for pair in pairs]),
        "coverage": np.array([coverage(pair) for pair in pairs]),
        "similarity": _similarities(pairs, encoder, settings, str(output)),
        "ratio": _ratios(corpora, target, unlabelled, settings.order),
    }
    kept, dropped = _select(measures, settings)
    write_sentences(output, (_with_measures(pairs[n].mixed, measures, n) for n in kept))
    write_switchables(phrases, (pairs[n].switchable for n in kept))
    result = {
        "pair": f"{source}-{target}",
        "branch": branch,
        "sentences": len(pairs),
        "kept": len(kept),
        "dropped": dropped,
        **corpus_measures(pairs),
        "measures": {name: spread(values) for name, values in measures.items()},
    }
    write_json(summary, result)
    _report(result)


def _similarities(
    pairs: list[Pair], encoder: Path | None, settings: QualitySettings, job: str
) -> np.ndarray:
    """(M,) cosines; NaN for sentences that are not in the sample."""
    measured = np.full(len(pairs), np.nan)
    if not settings.reads_encoder:
        return measured
    if encoder is None:
        raise ClnerError("quality: similarity needs --encoder FOLDER; or set sample to 0")
    from clner.codeswitching.similarity import similarities

    sample = range(len(pairs))
    if settings.least_similarity is None and settings.sample < len(pairs):
        sample = sorted(Random(settings.seed).sample(sample, settings.sample))
    sources = [pairs[n].source.tokens for n in sample]
    forms = [pairs[n].mixed.tokens for n in sample]
    measured[list(sample)] = similarities(encoder, sources, forms, settings.max_length, job)
    return measured


def _ratios(corpora: list[list[Pair]], target: str, unlabelled: Path, order: int) -> np.ndarray:
    """(M,) ratios; NaN for sentences with words of a further language, which has no text here."""
    from clner.codeswitching.likelihood import likelihood_ratios
    from clner.codeswitching.spelling import SpellingModel

    text = (sentence.tokens for sentence in read_sentences(unlabelled))
    spelling = SpellingModel.of_text(text, order)
    ratios = []
    for corpus in corpora:
        sources = [pair.source.tokens for pair in corpus]
        forms = [pair.mixed.tokens for pair in corpus]
        own = likelihood_ratios(sources, forms, spelling)
        own[[not {target}.issuperset(pair.mixed.origin["languages"]) for pair in corpus]] = np.nan
        ratios.append(own)
    return np.concatenate(ratios)


def _select(
    measures: dict[str, np.ndarray], settings: QualitySettings
) -> tuple[np.ndarray, dict[str, int]]:
    """The places of the sentences that pass, and how many fail by the first criterion they fail.

    Raises ClnerError where none passes.
    """
    faults = np.full(len(measures["ratio"]), "", dtype=object)
    for name in CRITERIA:
        bound = getattr(settings, name)
        if bound is not None:
            side, _, measure = name.partition("_")
            values = measures[measure]
            fails = values < bound if side == "least" else values > bound
            faults[fails & (faults == "")] = name
    dropped = dict(sorted(Counter(faults[faults != ""].tolist()).items()))
    kept = np.flatnonzero(faults == "")
    if not len(kept):
        said = ", ".join(f"{name}: {count}" for name, count in dropped.items())
        raise ClnerError(f"quality: all {len(faults)} sentences are dropped ({said}); loosen these")
    return kept, dropped


def _with_measures(mixed: Sentence, measures: dict[str, np.ndarray], number: int) -> Sentence:
    own = {name: values[number] for name, values in measures.items()}
    known = {name: round(float(value), 6) for name, value in own.items() if not np.isnan(value)}
    return replace(mixed, origin=mixed.origin | {"quality": known})


def _report(result: dict) -> None:
    found = result["entities"]
    if found["survived"] not in (1.0, None):
        log.warning("%.2f %% of the entities did not survive", 100 * (1 - found["survived"]))
    for name, values in result["measures"].items():
        if values["mean"] is not None:
            log.info("%s: %.3f on %d sentences", name, values["mean"], values["sentences"])
    log.info("%d of %d code-switched sentences are kept", result["kept"], result["sentences"])


if __name__ == "__main__":
    sys.exit(main(run))
