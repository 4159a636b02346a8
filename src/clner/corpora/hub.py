"""Datasets of the Hugging Face hub, and local folders laid out like one."""

import logging
from functools import partial
from typing import TYPE_CHECKING

from clner.corpora.normal import RawSentence
from clner.errors import ClnerError
from clner.files.hub import not_had
from clner.files.inputs import expand

if TYPE_CHECKING:
    from datasets import Dataset

log = logging.getLogger(__name__)


def read_hub(
    name: str,
    split: str,
    *,
    config: str | None = None,
    folder: str | None = None,
    revision: str | None = None,
    token_column: str = "tokens",
    tag_column: str | None = "ner_tags",
    tag_names: list[str] | None = None,
) -> list[RawSentence]:
    """Read one split of a dataset, by its hub name or from a local folder.

    Tags are strings, class labels, or integers that index `tag_names`; `tag_column=None` reads
    none. Raises ClnerError where the dataset cannot be had or a row is faulty.
    """
    dataset = _load(name, split, config, folder, revision)
    columns = [token_column] if tag_column is None else [token_column, tag_column]
    for column in columns:
        if column not in dataset.column_names:
            raise ClnerError(
                f"{name}: no column {column!r}; there are {', '.join(dataset.column_names)}"
            )
    if tag_column is not None:
        tag_names = tag_names or _tag_names(dataset, tag_column)
    sentences = []
    for number, row in enumerate(dataset.select_columns(columns)):
        where = f"{name}: {split}, row {number}"
        tokens = _strings(row[token_column], token_column, where)
        tags = None
        if tag_column is not None:
            tags = _tags(row[tag_column], tag_names, tag_column, where)
            if len(tags) != len(tokens):
                raise ClnerError(f"{where}: {len(tokens)} tokens but {len(tags)} tags")
        sentences.append(RawSentence(tokens, tags, partial(_place, where)))
    return sentences


def _load(
    name: str, split: str, config: str | None, folder: str | None, revision: str | None
) -> "Dataset":
    import datasets

    # Its warning for each retry would bury the one line that says what to do.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    path = expand(name, "name")
    local = path.is_dir()
    if not local and (name.startswith(("/", ".", "~", "$")) or name.count("/") > 1):
        raise ClnerError(f"{path}: no such folder")
    log.info("loading %s, from the hub if it is neither a folder nor in the cache", name)
    try:
        return datasets.load_dataset(
            str(path) if local else name, config, data_dir=folder, revision=revision, split=split
        )
    except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        if local:
            reason = " ".join(str(error).split())
            raise ClnerError(f"{path}: cannot be read as a dataset: {reason}") from None
        raise ClnerError(
            f"{name}: {not_had(error)}; to work offline, load it once and set HF_HUB_OFFLINE=1, or "
            "give a local folder with the same files as name"
        ) from None


def _tag_names(dataset: "Dataset", column: str) -> list[str] | None:
    """What the integers of a column of class labels stand for; None for any other column."""
    return getattr(getattr(dataset.features[column], "feature", None), "names", None)


def _strings(value: object, column: str, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ClnerError(f"{where}: the column {column!r} is no list of strings")
    return value


def _tags(value: object, names: list[str] | None, column: str, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, int) for item in value):
        return _strings(value, column, where)
    if value and names is None:
        raise ClnerError(
            f"{where}: the column {column!r} holds integers without names; list them in tag_names"
        )
    for item in value:
        if not 0 <= item < len(names):
            raise ClnerError(f"{where}: tag {item}, but there are names for 0 to {len(names) - 1}")
    return [names[item] for item in value]


def _place(where: str, position: int) -> str:
    return f"{where}, token {position}"
