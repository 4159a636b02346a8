"""Make the table of syntactic distances anew, from URIEL as the wheel of lang2vec holds it.

    pip download --no-deps lang2vec==1.1.2 && unzip lang2vec-1.1.2-py3-none-any.whl
    python -m bench.syntactic_distances lang2vec/data > src/clner/studies/syntactic.tsv

The distance is 1 - cosine of the 103 binary features `syntax_knn`: word order, agreement, articles
and the like, those that no source states filled in from the nearest languages.
"""

import json
import sys
from itertools import combinations
from pathlib import Path

import numpy as np

XTREME = (
    "af ar bg bn de el en es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr ms my nl pt ru sw "
    "ta te th tl tr ur vi yo zh"
)
"""The languages of XTREME-40."""

HEADER = """\
# Syntactic distances of the languages of XTREME-40: 1 - cosine of URIEL's features syntax_knn.
# Source: URIEL (Littell et al. 2017), data of lang2vec 1.1.2; licence CC BY-SA 4.0, as this table.
# Made by bench/syntactic_distances.py."""


def main(folder: Path) -> None:
    """Print the table; `folder` is lang2vec/data."""
    codes = json.loads((folder / "letter_codes.json").read_text(encoding="utf-8"))
    stored = np.load(folder / "feature_predictions.npz", allow_pickle=True)
    syntactic = [name.startswith("S_") for name in stored["feats"]]
    languages = XTREME.split()
    places = [list(stored["langs"]).index(codes[language]) for language in languages]
    features = stored["data"][places][:, syntactic, 0].astype(float)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    distances = 1 - unit @ unit.T
    print(HEADER)
    for one, other in combinations(range(len(languages)), 2):
        print(languages[one], languages[other], f"{distances[one, other]:.4f}", sep="\t")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
