"""Names of the demo: `names.tsv`, one name a row with its form in each language.

Every name belongs to one part: `train` (seen in every training split), `shared` (in the training
split of a target, whose labels nobody sees, and in tests) or `test`. A name with a form in one
language only is at home there and in no lexicon.
"""

import csv
from functools import cache
from importlib.resources import files


@cache
def read_names() -> tuple[dict[str, str], ...]:
    """The rows of the table: kind, part, and a column for each language, empty for no form."""
    with files(__package__).joinpath("names.tsv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, delimiter="\t"))


@cache
def names_of(language: str, part: str) -> dict[str, list[str]]:
    """Names of a part by kind, in the forms of a language; German adds genitives as `kind.gen`."""
    names: dict[str, list[str]] = {}
    for row in read_names():
        if row["part"] == part and row[language]:
            names.setdefault(row["kind"], []).append(row[language])
    if language == "de":
        names |= {f"{kind}.gen": [_genitive(n) for n in forms] for kind, forms in names.items()}
    return names


def _genitive(name: str) -> str:
    return name + ("'" if name[-1] in "sxzß" else "s")
