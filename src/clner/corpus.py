"""Bring one split of a corpus into the normal form: NFC tokens, BIO2 tags, unique ids.

The split `unlabelled` is text without any label: labels are dropped here, so that no later
stage can see them.
"""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from clner.corpora.conll import Separator, read_conll
from clner.corpora.hub import read_hub
from clner.corpora.normal import Inventory, RawSentence, normal_form
from clner.corpora.sampling import SampleSettings, draw, sample
from clner.errors import ClnerError
from clner.files.inputs import expand
from clner.stage import Settings, main
from clner.text.schemes import Scheme
from clner.text.sentence import write_sentences

SPLITS = ("train", "dev", "test", "unlabelled")

_KEYS_OF_FORMAT = {
    "conll": (*SPLITS, "columns", "separator", "encoding", "comment"),
    "hub": (
        *("name", "config", "folder", "revision", "splits"),
        *("token_column", "tag_column", "tag_names"),
    ),
}


class CorpusSettings(Settings):
    """Where the sentences of one language come from, and what of them is used."""

    format: Literal["demo", "conll", "hub"] = Field(
        "demo", description="demo: embedded; conll: files of columns; hub: Hugging Face datasets"
    )

    train: str | None = Field(None, description="conll: file; ~ and $VARIABLE are filled in")
    dev: str | None = Field(None, description="conll: file")
    test: str | None = Field(None, description="conll: file")
    unlabelled: str | None = Field(
        None, description="conll: file whose tags, if any, are not read; see unlabelled_from"
    )
    columns: tuple[int, int] = Field(
        (0, -1), description="conll: columns of token and tag, from 0; negative from the right"
    )
    separator: Separator = Field(
        "whitespace", description="conll: between columns; tab where a token may hold spaces"
    )
    encoding: str = Field("utf-8", description="conll: encoding of the files")
    comment: str | None = Field(
        None, min_length=1, description="conll: lines that begin so are skipped, such as '# '"
    )

    name: str | None = Field(
        None, description="hub: dataset such as unimelb-nlp/wikiann, or a local folder like one"
    )
    config: str | None = Field(None, description="hub: configuration that the dataset declares")
    folder: str | None = Field(
        None, description="hub: subfolder, where a Parquet revision declares no configurations"
    )
    revision: str | None = Field(None, description="hub: such as refs/convert/parquet")
    splits: dict[str, str] = Field(
        {"dev": "validation"}, description="hub: names of our splits there, where they differ"
    )
    token_column: str = Field("tokens", description="hub: column of lists of tokens")
    tag_column: str = Field("ner_tags", description="hub: column of lists of tags")
    tag_names: list[str] | None = Field(
        None, description="hub: names of integer tags, where the dataset has none"
    )

    scheme: Literal["auto", Scheme] = Field(
        "auto", description="conll, hub: tagging scheme; BIO takes BIO2 and IOB1, mixed too"
    )
    token_prefix: str = Field("", description="removed from tokens, such as 'en:' in PAN-X files")
    rename: dict[str, str] = Field({}, description="entity types under another name: person: PER")
    ignore: list[str] = Field([], description="entity types, as renamed, that become O")
    sample: SampleSettings = Field(
        SampleSettings(), description="of train: fraction or per_type, and seed"
    )
    unlabelled_from: Literal["train", "dev", "test"] = Field(
        "train", description="split that gives the unlabelled text where it has no own source"
    )
    max_unlabelled: int | None = Field(
        None, ge=1, description="unlabelled sentences at most, drawn with the sample's seed"
    )
    licence: str = Field(
        "", description="licence of the text and its labels, for the students' cards"
    )

    @model_validator(mode="after")
    def _keys_fit_format(self) -> "CorpusSettings":
        for owner, keys in _KEYS_OF_FORMAT.items():
            for key in keys:
                default = type(self).model_fields[key].default
                if owner != self.format and getattr(self, key) != default:
                    raise ValueError(f"{key} is for format {owner}, but format is {self.format}")
        if self.format == "hub" and self.name is None:
            raise ValueError("format hub needs a name")
        return self

    @property
    def unlabelled_split(self) -> str:
        """The split that gives the unlabelled text: its own, or `unlabelled_from`."""
        own = self.unlabelled is not None or "unlabelled" in self.splits
        return "unlabelled" if own else self.unlabelled_from

    @property
    def has_unlabelled(self) -> bool:
        """Whether there is unlabelled text."""
        return self.format != "conll" or getattr(self, self.unlabelled_split) is not None


def run(
    settings: CorpusSettings, *, language: str, split: str, types: list[str], output: Path
) -> None:
    """Write the sentences of `split`; the ids are `{language}-{split}-{position in it}`."""
    if split not in SPLITS:
        raise ClnerError(f"no split {split!r}; there are {', '.join(SPLITS)}")
    sentences = normal_form(
        _read(settings, language, split),
        corpus=f"{language}-{split}",
        token_prefix=settings.token_prefix,
        scheme=None if settings.scheme == "auto" else settings.scheme,
        inventory=Inventory(types, settings.rename, settings.ignore),
    )
    if split == "train":
        sentences = sample(sentences, settings.sample)
    elif split == "unlabelled" and settings.max_unlabelled is not None:
        sentences = draw(sentences, settings.max_unlabelled, settings.sample.seed)
    if not sentences:
        raise ClnerError(f"corpora.{language}: the split {split} holds no sentence")
    write_sentences(output, sentences)


def _read(settings: CorpusSettings, language: str, split: str) -> list[RawSentence]:
    """The sentences as they are written; those of `unlabelled` without tags."""
    labelled = split != "unlabelled"
    source = split if labelled else settings.unlabelled_split
    read = {"demo": _read_demo, "conll": _read_conll, "hub": _read_hub}[settings.format]
    return read(settings, language, source, labelled)


def _read_demo(
    settings: CorpusSettings, language: str, split: str, labelled: bool
) -> list[RawSentence]:
    from clner.corpora import demo

    where = f"demo, {language} {split}"
    return [
        RawSentence(tokens, tags if labelled else None, f"{where} {number}, token {{}}".format)
        for number, (tokens, tags) in enumerate(demo.sentences(language, split))
    ]


def _read_conll(
    settings: CorpusSettings, language: str, split: str, labelled: bool
) -> list[RawSentence]:
    key = f"corpora.{language}.{split}"
    path = getattr(settings, split)
    if path is None:
        raise ClnerError(f"{key} is not set: give the file of this split")
    token_column, tag_column = settings.columns
    return read_conll(
        expand(path, key),
        token_column=token_column,
        tag_column=tag_column if labelled else None,
        separator=settings.separator,
        encoding=settings.encoding,
        comment=settings.comment,
    )


def _read_hub(
    settings: CorpusSettings, language: str, split: str, labelled: bool
) -> list[RawSentence]:
    names = {"dev": "validation", **settings.splits}
    return read_hub(
        settings.name,
        names.get(split, split),
        config=settings.config,
        folder=settings.folder,
        revision=settings.revision,
        token_column=settings.token_column,
        tag_column=settings.tag_column if labelled else None,
        tag_names=settings.tag_names,
    )


if __name__ == "__main__":
    sys.exit(main(run))
