"""Predictions: what a model says about each token of a text, as Parquet.

Columns: id, tokens, tags (the decoded BIO2 sequence), probabilities (a distribution over tags for
each token), spans (entities with their confidence, nested ones too), agreement (a number for each
of these); the order of the tags stands in the schema's metadata under `tag_names`. Every page of
data has a checksum, and so have these.
"""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np

from clner.errors import ClnerError
from clner.files.artifacts import damaged, finished_file
from clner.text.spans import ScoredSpan


@dataclass(slots=True)
class Predictions:
    """Sentences in the order of the text; `probabilities` a (N, T) float32 array for each."""

    ids: list[str]
    tokens: list[list[str]]
    tags: list[list[str]]
    probabilities: list[np.ndarray]
    spans: list[list[ScoredSpan]]
    tag_names: list[str]
    agreement: list[list[float]] = field(default_factory=list)
    """For each span the share (0..1) of several models, or views of the text, that find it in the
    same place with the same type; 1 if no other was asked."""

    def __post_init__(self) -> None:
        self.agreement = self.agreement or [[1.0] * len(own) for own in self.spans]


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Write a Parquet file, whole or not at all."""
    import pyarrow as pa
    from pyarrow import parquet

    lengths = [len(p) for p in predictions.probabilities]
    count = len(predictions.tag_names)
    values = pa.array(np.concatenate(predictions.probabilities).ravel(), pa.float32())
    by_token = pa.ListArray.from_arrays(np.arange(sum(lengths) + 1, dtype=np.int32) * count, values)
    by_sentence = pa.ListArray.from_arrays(np.cumsum([0, *lengths]).astype(np.int32), by_token)
    names = json.dumps(predictions.tag_names)
    table = pa.table(
        {
            "id": predictions.ids,
            "tokens": predictions.tokens,
            "tags": predictions.tags,
            "probabilities": by_sentence,
            "spans": [[span._asdict() for span in own] for own in predictions.spans],
            "agreement": predictions.agreement,
        },
        _schema().with_metadata({"tag_names": names, "sha256": sha256(names.encode()).hexdigest()}),
    )
    with finished_file(path) as partial:
        parquet.write_table(table, partial, compression="zstd", write_page_checksum=True)


def read_predictions(path: Path) -> Predictions:
    """Read a file of predictions. Raises ClnerError where there is none or it is damaged."""
    table = _read(path, _schema().names)
    names = table.schema.metadata[b"tag_names"]
    if sha256(names).hexdigest().encode() != table.schema.metadata[b"sha256"]:
        raise damaged(path, "the names of its tags are not as they were written")
    tag_names = json.loads(names)
    column = table["probabilities"].combine_chunks()
    ends = column.value_lengths().to_numpy().cumsum()
    flat = column.flatten().flatten().to_numpy()
    if not len(ends) or len(flat) != ends[-1] * len(tag_names):
        raise damaged(path, f"not {len(tag_names)} probabilities for each token")
    flat = flat.reshape(-1, len(tag_names))
    return Predictions(
        ids=table["id"].to_pylist(),
        tokens=table["tokens"].to_pylist(),
        tags=table["tags"].to_pylist(),
        probabilities=np.split(flat, ends[:-1]),
        spans=[[ScoredSpan(**span) for span in own] for own in table["spans"].to_pylist()],
        tag_names=tag_names,
        agreement=table["agreement"].to_pylist(),
    )


def read_tags(path: Path) -> dict[str, list[str]]:
    """The predicted BIO2 tags of each sentence, by id."""
    table = _read(path, ["id", "tags"])
    return dict(zip(table["id"].to_pylist(), table["tags"].to_pylist(), strict=True))


def _schema():
    import pyarrow as pa

    strings = pa.list_(pa.string())
    span = {"start": pa.int32(), "end": pa.int32(), "type": pa.string()}
    return pa.schema(
        {
            "id": pa.string(),
            "tokens": strings,
            "tags": strings,
            "probabilities": pa.list_(pa.list_(pa.float32())),
            "spans": pa.list_(pa.struct(span | {"confidence": pa.float32()})),
            "agreement": pa.list_(pa.float32()),
        }
    )


def _read(path: Path, columns: list[str]):
    """The table of these columns. Raises ClnerError where it is not as it was written."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path, columns=columns, page_checksum_verification=True)
    except FileNotFoundError:
        raise ClnerError(f"{path}: no such file") from None
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise damaged(path, f"not readable as Parquet ({reason})") from None
    expected = pa.schema([_schema().field(name) for name in columns])
    metadata = table.schema.metadata or {}
    if not table.schema.equals(expected) or {b"tag_names", b"sha256"} - metadata.keys():
        raise damaged(path, "other columns than predictions have")
    return table
