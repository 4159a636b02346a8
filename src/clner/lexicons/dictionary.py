"""Bilingual dictionaries in files: a source phrase and a target phrase a line."""

import re
from pathlib import Path

from clner.errors import ClnerError
from clner.files.inputs import lines_of


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """The pairs of a dictionary file, in its order, as written.

    Two columns, separated by a tab; or by spaces, where both are single words (MUSE). Blank
    lines are skipped. Raises ClnerError with file and line for any other line, and for a file
    without pairs.
    """
    pairs = []
    for number, line in enumerate(lines_of(path), start=1):
        if not line.strip():
            continue
        columns = re.split("\t" if "\t" in line else " +", line.strip(" "))
        phrases = [" ".join(column.split()) for column in columns]
        if len(phrases) != 2 or not all(phrases):
            raise ClnerError(
                f"{path}:{number}: not a source phrase and a target phrase (with a tab between "
                f"them where one has several words): {line!r}"
            )
        pairs.append((phrases[0], phrases[1]))
    if not pairs:
        raise ClnerError(f"{path}: holds no pair of phrases")
    return pairs


def read_dictionary(path: Path) -> dict[str, list[str]]:
    """Source phrase -> target phrases, the preferred one first. Raises as `read_pairs` does."""
    dictionary: dict[str, list[str]] = {}
    for source, target in read_pairs(path):
        dictionary.setdefault(source, []).append(target)
    return dictionary
