"""Count what the models of one pair, variant and seed got right and wrong, sentence by sentence.

For tests of significance, which resample sentences; for the errors themselves, each of one kind;
and for what another threshold of the filter would keep. Only people read what comes of it.
"""

import json
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path
from random import Random

from pydantic import Field

from clner.analysis.errors import KINDS, Error, errors_of
from clner.analysis.thresholds import curves
from clner.diagnostics.pseudo_labels import NO_GOLD, Gold, match_gold
from clner.evaluate import gold_by_split, predicted_tags
from clner.files.artifacts import write_text
from clner.filter import candidates_of
from clner.stage import Settings, main
from clner.tagging.predictions import read_predictions, read_tags
from clner.text.sentence import Sentence, read_all
from clner.text.tags import spans_of


class AnalyseSettings(Settings):
    """How much is kept for the reader."""

    examples: int = Field(
        10, ge=0, description="errors of each kind and split kept with their sentence, at most"
    )


def run(
    settings: AnalyseSettings,
    *,
    pair: str,
    variant: str,
    seed: int,
    predictions: list[Path],
    gold: list[Path],
    output: Path,
    unlabelled: list[Path] | None = None,
    labelled: list[Path] | None = None,
) -> None:
    """Write what is found to `output` (JSON).

    `predictions` are those of each model on the sentences of `gold`, in a folder of its name;
    `unlabelled` those that each round began with, and `labelled` the split behind that text.
    Raises ClnerError as `clner.evaluate` does.
    """
    source, _, target = pair.rpartition("-")
    splits = gold_by_split(gold, source.split("+"), target)
    analysis = {
        "pair": pair,
        "variant": variant,
        "seed": seed,
        "splits": {split: _size(sentences) for split, sentences in splits.items()},
        "models": {
            path.parent.name: _judge(path, splits, settings.examples, seed) for path in predictions
        },
        "thresholds": [
            {"round": number, **_curves(path, read_all(labelled or []))}
            for number, path in enumerate(unlabelled or [], start=1)
        ],
    }
    write_text(output, json.dumps(analysis, ensure_ascii=False) + "\n")


def _size(sentences: list[Sentence]) -> dict:
    """How much there is, and a digest that tells whether two analyses saw the same."""
    content = [[sentence.id, sentence.digest()] for sentence in sentences]
    return {
        "sentences": len(sentences),
        "entities": sum(len(spans_of(sentence.tags)) for sentence in sentences),
        "digest": sha256(json.dumps(content).encode()).hexdigest()[:16],
    }


def _judge(path: Path, splits: dict[str, list[Sentence]], examples: int, seed: int) -> dict:
    """Of each split the counts by sentence, those of errors, and examples."""
    predicted = read_tags(path)
    judged = {}
    for split, sentences in splits.items():
        gold = [spans_of(sentence.tags) for sentence in sentences]
        found = [spans_of(predicted_tags(sentence, predicted, path)) for sentence in sentences]
        errors = [
            (sentence, error)
            for sentence, *spans in zip(sentences, gold, found, strict=True)
            for error in errors_of(*spans)
        ]
        pairs = zip(gold, found, strict=True)
        judged[split] = {
            "right": [len(set(ours) & set(theirs)) for ours, theirs in pairs],
            "predicted": list(map(len, found)),
            "gold": list(map(len, gold)),
            "errors": _by_kind([error for _, error in errors]),
            "examples": _examples(errors, examples, seed),
        }
    return judged


def _by_kind(errors: list[Error]) -> dict[str, dict[str, int]]:
    """How many there are of each kind, by type."""
    counts = Counter((error.kind, error.type) for error in errors)
    types = sorted({error.type for error in errors})
    return {kind: {name: counts[kind, name] for name in types} for kind in KINDS}


def _examples(errors: list[tuple[Sentence, Error]], count: int, seed: int) -> list[dict]:
    """At most `count` errors of each kind, drawn with `seed`, in the order of the corpus."""
    draws = Random(seed)
    chosen = []
    for kind in KINDS:
        own = [number for number, (_, error) in enumerate(errors) if error.kind == kind]
        chosen += sorted(draws.sample(own, min(count, len(own))))
    return [_example(*errors[number]) for number in chosen]


def _example(sentence: Sentence, error: Error) -> dict:
    return {"id": sentence.id, "tokens": sentence.tokens, **error._asdict()}


def _curves(path: Path, labelled: list[Sentence]) -> dict:
    candidates = candidates_of(read_predictions(path))
    gold = Gold(missing=NO_GOLD)
    if labelled:
        gold = match_gold([candidate.sentence for candidate in candidates], labelled)
    return {"no_gold": gold.missing, **curves(candidates, gold)}


if __name__ == "__main__":
    sys.exit(main(run))
