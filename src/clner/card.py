"""Write a student's model card: what it is, its use, scores, data and their licences.

Markdown with the front matter of the Hugging Face hub, so that the folder can be uploaded as it is.
"""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import Field

from clner import __version__
from clner.errors import ClnerError
from clner.files.artifacts import read_json, write_text
from clner.reporting.rows import Row, read_scores
from clner.stage import Settings, main
from clner.tagging.rounds import RECORD
from clner.tagging.scores import MICRO

NOT_STATED = "not stated"


class Origin(Settings):
    """Something that a student was made from."""

    use: str = Field(description="what it served for: dictionary, en-es")
    name: str = Field(description="its name, or its files as the configuration names them")
    licence: str = Field("", description="its licence")
    dataset: str | None = Field(None, description="its name on the hub, if it is a data set there")
    model: str | None = Field(None, description="its name on the hub, if it is a model there")


class CardSettings(Settings):
    """What the cards say that no artifact does."""

    licence: str = Field(
        "unknown",
        description="licence that you give the students away under, as the hub names it: "
        "apache-2.0, cc-by-nc-4.0, other",
    )
    data: list[Origin] = Field(
        [], description="what else the students were made from; a run names its own settings' data"
    )
    names: float = Field(
        0.0, ge=0, le=1, description="predict.names behind the scores; a run takes its own"
    )
    capitals: Literal["ignored", "required"] = Field(
        "ignored", description="predict.capitals behind the scores; a run takes its own"
    )


def run(settings: CardSettings, *, model: Path, scores: Path, output: Path) -> None:
    """Write the card of the student in folder `model`, whose scores `clner.evaluate` wrote.

    Raises ClnerError for a folder or a table that is not whole.
    """
    config = read_json(model / "config.json", ["id2label"])
    record = read_json(model / RECORD, ["round", "dev_f1", "stopped", "warnings"])
    rows = [row for row in read_scores([scores]) if row.round == record["round"]]
    if not rows:
        raise ClnerError(f"{scores}: no scores of round {record['round']}, which {model} is of")
    parts = [
        f"---\n{_front_matter(settings, config, rows)}\n---",
        f"# {_name(rows[0])}",
        _summary(rows[0], config, record),
        "## Use",
        _use(config),
        "## Scores",
        _scores(rows, settings),
        "## Data and licences",
        _data(settings),
    ]
    write_text(output, "\n\n".join(parts) + "\n")


def _front_matter(settings: CardSettings, config: dict, rows: list[Row]) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    tested = [row for row in rows if row.type == MICRO and row.split.endswith("-test")]
    results = [
        EvalResult(
            task_type="token-classification",
            dataset_type="-".join(_languages(row)),
            dataset_name=f"{row.split}, {' and '.join(_languages(row))}",
            metric_type=metric,
            metric_value=getattr(row, metric),
        )
        for row in tested
        for metric in ("f1", "precision", "recall")
    ]
    data = ModelCardData(
        language=[rows[0].target, *rows[0].source.split("+")],
        license=settings.licence,
        library_name="clner" if config.get("head") else "transformers",
        pipeline_tag="token-classification",
        tags=["named-entity-recognition", "cross-lingual", "clner", rows[0].variant],
        datasets=_distinct(origin.dataset for origin in settings.data),
        base_model=next(iter(_distinct(origin.model for origin in settings.data) or []), None),
        model_name=_name(rows[0]),
        eval_results=results,
    )
    return data.to_yaml()


def _distinct(names) -> list[str] | None:
    return list(dict.fromkeys(filter(None, names))) or None


def _languages(row: Row) -> list[str]:
    return [row.target] if row.split.startswith("target") else row.source.split("+")


def _name(row: Row) -> str:
    return f"{row.source}-{row.target} {row.variant}, seed {row.seed}, student {row.round}"


def _summary(row: Row, config: dict, record: dict) -> str:
    names = config["id2label"].values()
    types = ", ".join(name[2:] for name in names if name.startswith("B-"))
    head = "relations of token pairs" if config.get("head") else "a tag for each token"
    said = [
        f"Finds {types} in text in {row.target}, a language whose text had no labels in training; "
        f"the labels were in {row.source.replace('+', ' and ')}. Method `{row.variant}` of clner, "
        f"{head}, round {row.round} of self-training, seed {row.seed}."
    ]
    if record["stopped"]:
        said.append("This round bettered nothing: the model is that of an earlier one.")
    if record["dev_f1"] is not None:
        dev = f"{100 * record['dev_f1']:.1f}"
        said.append(f"F1 on the dev sets of {row.source}, in training: {dev}.")
    made_by = config.get("transformers_version", version("transformers"))
    said.append(
        f"Written with clner {__version__}, torch {version('torch')} and transformers {made_by}."
    )
    warned = [f"- {warning}" for warning in record["warnings"]]
    if warned:
        warned = ["\n\nThe monitors of its training warned of:\n", *warned]
    return " ".join(said) + "\n".join(warned)


def _use(config: dict) -> str:
    lines = [
        "On raw text, with exact places of characters:",
        "```sh\nclner predict FOLDER --file text.txt --json\n```",
        "```python\nfrom clner.prediction.tagger import Tagger\n\n"
        'Tagger.from_pretrained("FOLDER").tag(["…"])\n```',
    ]
    if config.get("head"):
        return "\n\n".join([*lines, "Plain transformers cannot read a head of token pairs."])
    plain = (
        "```python\nfrom transformers import pipeline\n\n"
        'tagger = pipeline("token-classification", "FOLDER", aggregation_strategy="first")\n```'
    )
    return "\n\n".join([*lines, "In plain transformers, on words with spaces between:", plain])


def _scores(rows: list[Row], settings: CardSettings) -> str:
    from clner.reporting.markdown import table

    lines = [
        [row.split, row.type, *(f"{100 * v:.1f}" for v in row[-4:-1]), f"{row.support:,}"]
        for row in sorted(rows, key=lambda row: (row.split, row.type != MICRO, row.type))
    ]
    said = (
        "Entities in percent: seqeval, mode strict, scheme IOB2, one seed. Splits are those of the "
        f"target ({rows[0].target}) and of the source ({rows[0].source}) language."
    )
    if settings.names:
        said += (
            " Each split was tagged as a whole, in which names lean to what they are elsewhere "
            f"(predict.names = {settings.names}); `clner predict` tags each sentence by itself."
        )
    if settings.capitals == "required":
        said += (
            " What was found in small letters, or in a first word that the text writes small "
            "elsewhere, was taken for no entity (predict.capitals = required); `clner predict` "
            "keeps it."
        )
    header = ["split", "type", "precision", "recall", "F1", "gold entities"]
    return f"{said}\n\n{table(header, lines, numbers=4)}"


def _data(settings: CardSettings) -> str:
    from clner.reporting.markdown import table

    lines = [[origin.use, origin.name, origin.licence or NOT_STATED] for origin in settings.data]
    said = (
        f"Licence of the model: {settings.licence}. It was made from the data below, whose "
        "licences may bind what is done with it."
    )
    return f"{said}\n\n{table(['use', 'name', 'licence'], lines, numbers=0)}"


if __name__ == "__main__":
    sys.exit(main(run))
