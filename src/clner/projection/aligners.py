"""The word links of a whole corpus and its translations, by the aligner that the settings name."""

from pathlib import Path

import numpy as np

from clner.errors import ClnerError
from clner.lexicons.dictionary import read_dictionary
from clner.projection.settings import EflomalSettings, ProjectSettings
from clner.text.scripts import tokenise
from clner.translation.parallel import read_parallel

Pair = tuple[list[str], list[str]]


def link(
    pairs: list[Pair],
    settings: ProjectSettings,
    source: str,
    target: str,
    lexicon: Path | None,
    encoder: Path | None,
    job: str,
) -> list[np.ndarray]:
    """The links (K, 2) of each pair of source and target tokens, all aligned in one go.

    eflomal learns from the pairs, `settings.eflomal.parallel` and, where it is given, `lexicon`;
    embeddings come from the folder `encoder`. `job` names them in progress. Raises ClnerError where
    the folder is missing or a file is damaged.
    """
    if settings.aligner == "embeddings":
        if encoder is None:
            raise ClnerError("aligner embeddings needs an encoder: give --encoder FOLDER")
        from clner.alignment.embeddings import align_by_embeddings

        aligned = align_by_embeddings(pairs, encoder, settings.embeddings, job)
        return [own.links for own in aligned]
    return link_by_statistics(pairs, settings.eflomal, source, target, lexicon, job)


def link_by_statistics(
    pairs: list[Pair],
    settings: EflomalSettings,
    source: str,
    target: str,
    lexicon: Path | None,
    job: str,
) -> list[np.ndarray]:
    """The links (K, 2) of each pair that eflomal finds; the rest as in `link`."""
    from clner.alignment.statistical import align_statistically

    path = settings.parallel_file(source, target)
    further = [
        (tokenise(text, source), tokenise(translation, target))
        for text, translation in (read_parallel(path, source, target) if path else [])
    ]
    known = read_dictionary(lexicon) if lexicon else None
    return align_statistically(pairs, further, settings, known, job=job)
