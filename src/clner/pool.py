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
from clner.projection.back_projection import BackProjector
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
        "language (the first of several), brought back to the text, in the first round; 0: it is "
        "not translated",
    )
    capitals: Literal["ignored", "required"] = Field(
        "ignored",
        description="required: what comes back from the translation to small letters is no entity, "
        "as predict.capitals has it",
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

    _check_files(settings, predictions, translations or [], links)
    told = {path: read_predictions(path) for path in predictions}
    _check_alike(told)
    views = list(told.values())
    rows = _mean(views)
    if settings.translated:
        projector = BackProjector(source, target, views[0].tag_names, settings.links)
        joined = read_links(links)
        back = [
            _projected_back(path, own, joined, projector, settings.capitals)
            for path, own in zip(translations, views, strict=True)
        ]
        weight = np.float32(settings.translated)
        rows = [(1 - weight) * a + weight * b for a, b in zip(rows, _mean(back), strict=True)]
        views += back
    pooled = retold(views[0], rows)
    pooled.agreement = agreement_of_models(pooled.spans, views)
    write_predictions(output, pooled)


def _check_files(
    settings: PoolSettings, predictions: list[Path], translations: list[Path], links: Path | None
) -> None:
    """Raise ClnerError where the files are not those that the settings ask for."""
    if len(predictions) != settings.teachers:
        raise ClnerError(f"teachers = {settings.teachers}: needs as many files of predictions")
    weight = f"translated = {settings.translated}"
    if settings.translated and (len(translations) != settings.teachers or links is None):
        raise ClnerError(f"{weight}: needs as many --translations as --predictions, and --links")
    if translations and not settings.translated:
        raise ClnerError(f"{weight}: --translations have no weight; leave them out, or set one")


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


def _projected_back(
    path: Path,
    own: Predictions,
    links: dict[str, np.ndarray],
    projector: BackProjector,
    capitals: str,
) -> Predictions:
    """What a teacher says in `path` of translations, of the text of which it said `own`.

    What has no translation is as in `own`. Raises ClnerError where they do not belong together.
    """
    from clner.tagging.capitals import without_small_letters
    from clner.tagging.decoding import retold

    said = read_predictions(path)
    there = {identity: place for place, identity in enumerate(said.ids)}
    here = {identity: place for place, identity in enumerate(own.ids)}
    if said.tag_names != own.tag_names or links.keys() - (there.keys() & here.keys()):
        raise ClnerError(f"{path}: not of the linked sentences and these tags; predict again")
    rows = list(own.probabilities)
    for identity, joined in links.items():
        n, place = there[identity], here[identity]
        words, tokens = said.tokens[n], own.tokens[place]
        if (joined >= (len(words), len(tokens))).any():
            raise ClnerError(f"{path}: {identity} is not as it was linked; align again")
        spans = spans_of(said.tags[n])
        rows[place] = projector.project(spans, said.probabilities[n], words, tokens, joined)
    back = retold(own, rows)
    if capitals == "required":
        back = without_small_letters(back, [len(own.ids)])
    for identity in here.keys() - links.keys():
        place = here[identity]
        back.spans[place], back.agreement[place] = own.spans[place], own.agreement[place]
    return back


if __name__ == "__main__":
    sys.exit(main(run))
