"""Lexicons of the demo: `lexicon.tsv` for words and phrases, `names.tsv` for names.

Words that a dictionary of this size would miss have no row, or an empty cell.
"""

import csv
from importlib.resources import files

from clner.corpora.demo.names import read_names


def entries(target: str) -> list[tuple[str, str]]:
    """English phrases and their translations; those of one phrase stand together, best first."""
    with files(__package__).joinpath("lexicon.tsv").open(encoding="utf-8", newline="") as file:
        words = [
            (row["en"], translation)
            for row in csv.DictReader(file, delimiter="\t")
            for translation in row[target].split(" / ")
            if translation
        ]
    return words + _names(target)


def _names(target: str) -> list[tuple[str, str]]:
    """Names of the training part, less every fourth: no dictionary knows all of them."""
    known = [
        (row["en"], row[target])
        for row in read_names()
        if row["part"] == "train" and row["en"] and row[target]
    ]
    return list(dict.fromkeys(pair for i, pair in enumerate(known) if i % 4))
