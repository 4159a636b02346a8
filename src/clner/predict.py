"""Tag texts with a teacher or a student and store its distributions.

All that any filter may read is stored, never a thresholded result: another threshold does not
need another prediction.
"""

import sys
from dataclasses import replace
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Literal

from pydantic import Field

from clner.codeswitching.switchable import Switchable, switchable_target
from clner.jobs.precision import Precision
from clner.lexicons.lexicon import read_inverse_lexicon
from clner.stage import Settings, main
from clner.tagging.predictions import Predictions, write_predictions
from clner.text.sentence import Sentence, read_sentences


class PredictSettings(Settings):
    """How texts are batched, and in how many views their entities are looked for."""

    budget: int = Field(8192, ge=1, description="subwords a batch, padding included")
    max_length: int = Field(
        256, ge=8, description="subwords a window; longer sentences are cut, tagged and stitched"
    )
    precision: Precision = Field(
        "auto",
        description="auto: bf16 autocast on a GPU that has it, else fp32; bf16: on a CPU as well",
    )
    recall: bool = Field(
        False,
        description="a grid's linked words that no entity closes become one of the likeliest type",
    )
    names: float = Field(
        0.0,
        ge=0,
        le=1,
        description="weight of what a name is in all its contexts in a text that is scored, beside "
        "what it is in one: its type, and whether it is an entity; 0: sentences are tagged apart, "
        "as those of unlabelled text always are",
    )
    capitals: Literal["ignored", "required"] = Field(
        "ignored",
        description="required: what is found in small letters, in a script that has capitals, is "
        "no entity, nor is a first word that the text writes small elsewhere (nine times of ten); "
        "not for text that is written without any",
    )
    switched_views: int = Field(
        0,
        ge=0,
        description="code-switched views of unlabelled text in which its entities are looked for "
        "again; the share that has them is their agreement",
    )
    switch_target: float = Field(
        0.5,
        gt=0,
        le=1,
        description="probability that a phrase outside of entities is replaced in such a view, by "
        "the lexicon read backwards",
    )


def run(
    settings: PredictSettings,
    *,
    model: Path,
    texts: list[Path],
    output: Path,
    lexicon: list[Path] | None = None,
    target: str | None = None,
) -> None:
    """Tag all sentences of `texts` with the tagger in folder `model`; write Parquet to `output`.

    Those without tokens, such as a translation of nothing, are left out. `lexicon` are dictionaries
    into the language of the texts (its code is `target`), by which `switched_views` are made;
    without any, no view is.
    """
    import torch

    from clner.encoders.tokenizer import load_tokenizer
    from clner.jobs.precision import in_bf16
    from clner.tagging.agreement import agreement_of_views
    from clner.tagging.capitals import without_small_letters
    from clner.tagging.inference import tag
    from clner.tagging.model import load_tagger, tag_names_of
    from clner.tagging.pieces import Pieces

    by_text = [[own for own in read_sentences(path) if own.tokens] for path in texts]
    sizes = [len(text) for text in by_text]
    sentences = [sentence for text in by_text for sentence in text]
    tokens = [sentence.tokens for sentence in sentences]
    tagger = load_tagger(model).to("cuda" if torch.cuda.is_available() else "cpu")
    pieces = Pieces(load_tokenizer(model), settings.max_length)
    say = partial(
        tag,
        tagger,
        pieces,
        budget=settings.budget,
        bf16=in_bf16(settings.precision),
        recall=settings.recall,
    )
    said = say(tokens, job=str(output))
    predictions = Predictions(
        ids=[sentence.id for sentence in sentences],
        tokens=tokens,
        tags=[tagged.tags for tagged in said],
        probabilities=[tagged.probabilities for tagged in said],
        spans=[tagged.spans for tagged in said],
        tag_names=tag_names_of(tagger),
    )
    if settings.names:
        predictions = _leaning(predictions, settings.names, sizes)
    if settings.capitals == "required":
        predictions = without_small_letters(predictions, sizes)
    if settings.switched_views and lexicon:
        predictions.agreement = agreement_of_views(
            predictions.spans,
            _switchables(sentences, predictions.tags, settings, lexicon, target),
            settings.switched_views,
            lambda views: [tagged.spans for tagged in say(views, job=f"{output} (views)")],
        )
    write_predictions(output, predictions)


def _leaning(predictions: Predictions, weight: float, sizes: list[int]) -> Predictions:
    """Predictions in which names lean to what they are in their text, of `sizes` sentences each."""
    from clner.tagging.decoding import retold
    from clner.tagging.names import lean_names

    pairs = list(zip(predictions.tokens, predictions.probabilities, strict=True))
    leaning = []
    for end, size in zip(accumulate(sizes), sizes, strict=True):
        tokens, probabilities = zip(*pairs[end - size : end], strict=True)
        leaning += lean_names(list(tokens), list(probabilities), predictions.tag_names, weight)
    return retold(predictions, leaning)


def _switchables(
    sentences: list[Sentence],
    tags: list[list[str]],
    settings: PredictSettings,
    lexicon: list[Path],
    target: str | None,
) -> list[Switchable]:
    """What code-switched views are drawn from: all outside of the entities that were found."""
    known = [replace(own, tags=said) for own, said in zip(sentences, tags, strict=True)]
    backwards = read_inverse_lexicon(lexicon, known, target)
    return switchable_target(known, backwards, settings.switch_target)


if __name__ == "__main__":
    sys.exit(main(run))
