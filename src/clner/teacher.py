"""Train a teacher on labelled views: source sentences, their translations, code-switched ones.

Which objectives it is trained for, and with what weights, makes it a plain tagger or ConCNER's
dual-contrastive teacher.
"""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field

from clner.errors import ClnerError
from clner.objectives.settings import LabelledObjectives
from clner.stage import main
from clner.tagging.settings import TrainingSettings
from clner.text.sentence import Sentence, read_sentences
from clner.text.tags import tag_set

View = Literal["source", "translation", "codeswitch"]


class TeacherSettings(TrainingSettings):
    """What the teacher sees, what it is trained for, and how."""

    views: list[View] = Field(
        ["source", "translation"],
        min_length=1,
        description="labelled views: source, translation, codeswitch",
    )
    objectives: LabelledObjectives = Field(
        LabelledObjectives(), description="weight and settings of each objective"
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
) -> None:
    """Train a tagger from the folder `encoder` and write it to the folder `output`.

    `source`, `translation` and `codeswitch` are labelled sentences, read where `views` names
    them; `dev` are the sources' dev sets. A run that was cut off resumes from `checkpoints`.
    """
    from clner.encoders.tokenizer import load_tokenizer
    from clner.tagging.model import new_tagger
    from clner.tagging.pieces import Pieces
    from clner.tagging.rows import labelled_examples
    from clner.tagging.trainer import train_tagger

    views = read_views(settings.views, source, translation, codeswitch)
    tag_names = tag_set(types)
    tokenizer = load_tokenizer(encoder)
    pieces = Pieces(tokenizer, settings.max_length)
    tagger = new_tagger(encoder, tag_names, seed)
    train_tagger(
        tagger,
        tokenizer,
        pieces,
        labelled_examples(views, pieces, tag_names),
        [sentence for path in dev for sentence in read_sentences(path)],
        settings,
        settings.objectives,
        seed,
        output,
        checkpoints,
    )


def read_views(
    views: list[View],
    source: list[Path] | None,
    translation: list[Path] | None,
    codeswitch: list[Path] | None,
) -> list[list[Sentence]]:
    """The sentences of each file of the views that are named.

    Raises ClnerError for a view without a file.
    """
    files = {"source": source, "translation": translation, "codeswitch": codeswitch}
    missing = next((view for view in views if not files[view]), None)
    if missing is not None:
        raise ClnerError(f"views: {missing!r} is named, but no file is given: --{missing} FILE")
    return [read_sentences(path) for view in views for path in files[view]]


if __name__ == "__main__":
    sys.exit(main(run))
