"""Word links of sentences and their translations as JSON lines: `id`, and `links`."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from clner.errors import ClnerError
from clner.files.artifacts import damaged, read_lines, write_lines


def write_links(path: Path, links: Iterable[tuple[str, np.ndarray]]) -> int:
    """Write the links (K, 2) of each sentence, by its id, a line each; return how many."""
    return write_lines(path, ({"id": own, "links": found.tolist()} for own, found in links))


def read_links(path: Path) -> dict[str, np.ndarray]:
    """The links of each sentence by its id: (K, 2) int64.

    Raises ClnerError for a damaged file, or an id that comes twice.
    """
    links: dict[str, np.ndarray] = {}
    for number, record in enumerate(read_lines(path), start=1):
        identity, pairs = record.get("id"), record.get("links")
        if not isinstance(identity, str) or not _are_pairs(pairs):
            raise damaged(f"{path}:{number}", "no id with pairs of positions")
        if identity in links:
            raise ClnerError(f"{path}:{number}: second links of {identity}")
        links[identity] = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return links


def _are_pairs(value: object) -> bool:
    """Whether a value read from JSON is a list of pairs of positions."""
    return isinstance(value, list) and all(
        isinstance(pair, list) and [*map(type, pair)] == [int, int] and min(pair) >= 0
        for pair in value
    )
