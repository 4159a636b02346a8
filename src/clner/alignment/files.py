"""Word links of sentences and their translations as JSON lines: `id`, and `links`."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from clner.files.artifacts import damaged, read_lines, write_lines


def write_links(path: Path, links: Iterable[tuple[str, np.ndarray]]) -> int:
    """Write the links (K, 2) of each sentence, by its id, a line each; return how many."""
    return write_lines(path, ({"id": own, "links": found.tolist()} for own, found in links))


def read_links(path: Path) -> dict[str, np.ndarray]:
    """The links of each sentence by its id: (K, 2) int64. Raises ClnerError for a damaged file."""
    links: dict[str, np.ndarray] = {}
    for number, record in enumerate(read_lines(path), start=1):
        try:
            links[record["id"]] = np.array(record["links"], dtype=np.int64).reshape(-1, 2)
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(f"{path}:{number}", f"no word links ({error})") from None
    return links
