"""Pool what is known of unlabelled text: by several teachers, and by its translation.

What comes of it is read in place of one teacher's predictions, by the filter and by the student.
"""

import sys
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from clner.alignment.files import read_links
from clner.errors import ClnerError
from clner.projection.returns import Returner
from clner.projection.settings import LinkRules
from clner.stage import Settings, main
from clner.tagging.predictions import Predictions, read_predictions, write_predictions
from clner.text.tags import spans_of


class PoolSettings(Settings):
    """What is pooled; by the default, nothing [ours]."""

    teachers: int = Field(
        1,
        ge=1,
        description="teachers whose distributions are averaged in the first round, each trained "
        "with a seed of its own: S, S + 1000, S + 2000, …",
    )
    translated: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="weight of what the teachers say of the text's translation into the source "
        "language (the first of several), brought back to the text; 0: it is not translated",
    )
    capitals: Literal["ignored", "required"] = Field(
        "ignored",
        description="required: an entity of the translation with a capital that comes back to "
        "words without one is none",
    )
    links: LinkRules = Field(LinkRules(), description="from linked words to places")

    @property
    def several(self) -> bool:
        """Whether there is more to pool than what one teacher says."""
        return self.teachers > 1 or self.translated > 0

    def seeds(self, seed: int) -> list[int]:
        """The seeds of the teachers behind the students of `seed`."""
        return [seed + 1000 * number for number in range(self.teachers)]


def run(
    settings: PoolSettings,
    *,
    predictions: list[Path],
    output: Path,
    translations: list[Path] | None = None,
    links: Path | None = None,
    source: str = "",
    target: str = "",
) -> None:
    """Write the mean of `predictions`, a file a teacher, all of the same text.

    `translations` has what each of the same teachers says of the text's translation from the
    language `target` into `source`, whose words `links` join with those of the text; of a sentence
    without a translation that is what it says of the sentence. An entity's agreement is the mean of
    what it has in all of these, 0 where one does not find it. Raises ClnerError where the files are
    not as many as the settings say, are of other text or have other tags.
    """
    from clner.tagging.agreement import agreement_of_models
    from clner.tagging.decoding import retold

    translations = translations or []
    if len(predictions) != settings.teachers:
        raise ClnerError(f"teachers = {settings.teachers}: needs as many files of predictions")
    if len(translations) != (settings.teachers if settings.translated else 0):
        raise ClnerError(
            f"translated = {settings.translated}: needs what each of {settings.teachers} teachers "
            "says of the translation, or 0 none"
        )
    told = {path: read_predictions(path) for path in predictions}
    _check_alike(told)
    views = list(told.values())
    rows = _mean(views)
    if settings.translated:
        tags = views[0].tag_names
        required = settings.capitals == "required"
        returner = Returner(source, target, tags, settings.links, required)
        joined = read_links(links)
        back = [
            _returned(path, own, joined, returner)
            for path, own in zip(translations, views, strict=True)
        ]
        weight = np.float32(settings.translated)
        rows = [(1 - weight) * a + weight * b for a, b in zip(rows, _mean(back), strict=True)]
        views += back
    pooled = retold(views[0], rows)
    pooled.agreement = agreement_of_models(pooled.spans, views)
    write_predictions(output, pooled)


def _check_alike(told: dict[Path, Predictions]) -> None:
    """Raise ClnerError where the files, which are named, are not of the same sentences and tags."""
    (first, one), *others = told.items()
    for path, other in others:
        if (other.ids, other.tokens, other.tag_names) != (one.ids, one.tokens, one.tag_names):
            raise ClnerError(
                f"{path}: not of the same sentences and tags as {first}; predict both again"
            )


def _mean(views: list[Predictions]) -> list[np.ndarray]:
    """The mean of several distributions: a (N, T) float32 array a sentence."""
    rows = zip(*(view.probabilities for view in views), strict=True)
    return [np.mean(row, axis=0, dtype=np.float32) for row in rows]


def _returned(
    path: Path, own: Predictions, links: dict[str, np.ndarray], returner: Returner
) -> Predictions:
    """What a teacher says in `path` of translations, of the text of which it said `own`."""
    from clner.tagging.decoding import retold

    said = read_predictions(path)
    places = {identity: place for place, identity in enumerate(said.ids)}
    if said.tag_names != own.tag_names or links.keys() - places.keys():
        raise ClnerError(f"{path}: not of the linked sentences and these tags; predict again")
    rows = []
    for identity, tokens, probabilities in zip(own.ids, own.tokens, own.probabilities, strict=True):
        if identity in links:
            n = places[identity]
            spans = spans_of(said.tags[n])
            there = said.tokens[n]
            probabilities = returner.bring(
                spans, said.probabilities[n], there, tokens, links[identity]
            )
        rows.append(probabilities)
    return retold(own, rows)


if __name__ == "__main__":
    sys.exit(main(run))
