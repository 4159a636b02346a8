"""Look at the models of one pair, variant and seed: vectors, training, pseudo-labels.

Before and after training: cosines of source sentences with their translations, with their
code-switched forms and with each other, and relation vectors in the plane (of a head of tags, the
vectors of entity tokens). Of the training: loss terms, dev F1 and monitors over time. Of each
round: how many pseudo-labels the filter kept and, where the unlabelled text was drawn from a
labelled split, how many of them are right. Only people read what comes of it.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from clner.diagnostics.pseudo_labels import NO_GOLD, Gold, audit, match_gold
from clner.diagnostics.texts import Text, sample_texts
from clner.diagnostics.training import read_training
from clner.errors import ClnerError
from clner.files.artifacts import finished_folder, write_json
from clner.jobs.progress import progress
from clner.stage import Settings, main
from clner.tagging.predictions import read_predictions
from clner.text.sentence import Sentence, read_all, read_sentences

if TYPE_CHECKING:
    from clner.diagnostics.looks import Look


class DiagnoseSettings(Settings):
    """How much is looked at."""

    sentences: int = Field(300, ge=2, description="source sentences, each with its other views")
    vectors: int = Field(
        400, ge=3, description="token pairs in the plane at most; of a head of tags, tokens"
    )
    method: Literal["tsne", "pca"] = Field(
        "tsne", description="how these vectors come into the plane; pca is faster"
    )
    max_length: int = Field(128, ge=8, description="subwords of a sentence that are read")
    read_gold: bool = Field(
        True,
        description="compare pseudo-labels with the labels of the split that the unlabelled text "
        "was drawn from, if it was; false: read no label of the target",
    )


def run(
    settings: DiagnoseSettings,
    *,
    pair: str,
    variant: str,
    seed: int,
    encoder: Path,
    models: list[Path],
    source: list[Path],
    output: Path,
    translation: list[Path] | None = None,
    codeswitch: list[Path] | None = None,
    predictions: list[Path] | None = None,
    pseudo_labels: list[Path] | None = None,
    gold: list[Path] | None = None,
) -> None:
    """Write `diagnosis.json`, `relations.tsv` and three figures to the folder `output`.

    `models` are the folders of the teacher and of each round's student, trained from `encoder`
    with `seed`. `source`, `translation` and `codeswitch` (the stored forms) are labelled
    sentences. `predictions` and `pseudo_labels` are a file for each round, before and after the
    filter; `gold` is the labelled split behind the unlabelled text.
    """
    from clner.diagnostics.looks import look_at
    from clner.diagnostics.measures import cosines, statistics
    from clner.reporting.training import draw_training
    from clner.reporting.vectors import draw_cosines, draw_planes

    trained = read_training(models)
    others = {"translation": read_all(translation or []), "codeswitch": read_all(codeswitch or [])}
    texts = sample_texts(read_all(source), others, settings.sentences, seed)
    looks = []
    with progress(output, len(models) + 1, "models") as advance:
        for look in look_at(settings, texts, encoder, models, seed):
            looks.append(look)
            advance(1)
    diagnosis = {
        "pair": pair,
        "variant": variant,
        "seed": seed,
        "training": {model.name: model.record for model in trained},
        "vectors": {look.model: statistics(texts, look.vectors, look.cells) for look in looks},
        "pseudo_labels": list(
            _rounds(predictions or [], pseudo_labels or [], read_all(gold or []))
        ),
    }
    title = f"{pair}, {variant}, seed {seed}"
    with finished_folder(output) as partial:
        write_json(partial / "diagnosis.json", diagnosis)
        _write_places(partial / "relations.tsv", texts, looks)
        found = {look.model: cosines(texts, look.vectors.sentences) for look in looks}
        draw_cosines(partial / "cosines.png", found, title)
        draw_planes(partial / "relations.png", texts, looks, settings.method, title)
        draw_training(partial / "training.png", trained, title)


def _rounds(
    predictions: list[Path], pseudo_labels: list[Path], labelled: list[Sentence]
) -> Iterator[dict]:
    """The audit of each round. Raises ClnerError where the files do not belong together."""
    if len(predictions) != len(pseudo_labels):
        raise ClnerError(
            f"--predictions names {len(predictions)} files, --pseudo-labels {len(pseudo_labels)}: "
            "give one of each for a round"
        )
    for number, (tagged, kept) in enumerate(zip(predictions, pseudo_labels, strict=True), start=1):
        stored = read_predictions(tagged)
        columns = zip(stored.ids, stored.tokens, stored.tags, strict=True)
        predicted = [Sentence(*row) for row in columns]
        gold = match_gold(predicted, labelled) if labelled else Gold(missing=NO_GOLD)
        yield {"round": number, **audit(predicted, read_sentences(kept), gold)}


def _write_places(path: Path, texts: list[Text], looks: list["Look"]) -> None:
    """The places of every model in the plane, as TSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(["model", "sentence", "view", "first", "second", "label", "x", "y"])
        for look in looks:
            for cell, (x, y) in zip(look.cells, look.plane, strict=True):
                text = texts[cell.text]
                place = [cell.first, cell.second, cell.label, f"{x:.4f}", f"{y:.4f}"]
                writer.writerow([look.model, text.sentence.id, text.view, *place])


if __name__ == "__main__":
    sys.exit(main(run))
