"""Train a teacher on labelled views: source sentences, their translations, code-switched ones.

Which objectives it is trained for, and with what weights, makes it a plain tagger or ConCNER's
dual-contrastive teacher.
"""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field

from clner.codeswitching.switchable import Switchable, read_switchables
from clner.errors import ClnerError
from clner.objectives.registry import TeacherObjectives
from clner.stage import main
from clner.tagging.settings import TrainingSettings
from clner.text.sentence import Sentence, read_all
from clner.text.tags import tag_set

View = Literal["source", "translation", "codeswitch", "target"]


class TeacherSettings(TrainingSettings):
    """What the teacher sees, what it is trained for, and how."""

    views: list[View] = Field(
        ["source", "translation"],
        min_length=1,
        description="labelled views: source, translation, codeswitch, or the target's own gold "
        "labels (target), for a ceiling",
    )
    objectives: TeacherObjectives = Field(
        TeacherObjectives(), description="weight and settings of each objective"
    )


def run(
    settings: TeacherSettings,
    *,
    encoder: Path,
    types: list[str],
    seed: int,
    dev: list[Path],
    output: Path,
    checkpoints: Path,
    source: list[Path] | None = None,
    translation: list[Path] | None = None,
    codeswitch: list[Path] | None = None,
    gold: list[Path] | None = None,
    languages: list[str] | None = None,
) -> None:
    """Train a tagger from the folder `encoder` and write it to the folder `output`.

    `source` and `translation` are labelled sentences, read where `views` names them, and so are
    `codeswitch`: the phrases to draw from if it is `fresh`, else sentences. `gold` are labelled
    sentences of the target, `dev` the sources' dev sets. `languages` are those that the tagger is
    for, the target first; it knows them then.
    A run that was cut off resumes from `checkpoints`.
    """
    from clner.tagging.rows import labelled_examples
    from clner.tagging.trainer import Training, train_tagger

    views, switchables = read_views(settings, source, translation, codeswitch, gold)
    training = Training(settings, encoder, tag_set(types), seed, languages or [])
    examples = labelled_examples(views, switchables, training.maker)
    train_tagger(training, examples, read_all(dev), output, checkpoints)


def read_views(
    settings: TrainingSettings,
    source: list[Path] | None,
    translation: list[Path] | None,
    codeswitch: list[Path] | None,
    gold: list[Path] | None = None,
) -> tuple[dict[View, list[Sentence]], list[Switchable]]:
    """The sentences of the views that are named, and what code-switched ones are drawn from.

    Raises ClnerError for a view without a file.
    """
    files = {"source": source, "translation": translation, "codeswitch": codeswitch, "target": gold}
    missing = next((view for view in settings.views if not files[view]), None)
    if missing is not None:
        option = "gold" if missing == "target" else missing
        raise ClnerError(f"views: {missing!r} is named, but no file is given: --{option} FILE")
    fresh = settings.codeswitching == "fresh" and "codeswitch" in settings.views
    stored = [view for view in settings.views if not (fresh and view == "codeswitch")]
    switchables = [s for path in codeswitch for s in read_switchables(path)] if fresh else []
    return {view: read_all(files[view]) for view in stored}, switchables


if __name__ == "__main__":
    sys.exit(main(run))
