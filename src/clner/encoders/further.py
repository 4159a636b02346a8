"""Text of a user's own that an encoder reads beside that of the corpora."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from clner.corpora.formats import read_file
from clner.errors import ClnerError
from clner.files.inputs import expand
from clner.text.scripts import tokenise
from clner.text.sentence import Sentence
from clner.translation.parallel import read_parallel

Files = Mapping[str, list[str]]
"""Paths by language (es) or by pair (en-es)."""


def further_files(further: Files, parallel: Files, languages: list[str]) -> dict[str, list[Path]]:
    """The files of the `languages` (the target first) and of their pairs, by these.

    Raises ClnerError where there are files but no languages, and where a path names a variable
    that is not set.
    """
    if not languages:
        if further or parallel:
            raise ClnerError("encoder: further text is of some languages: --languages es en")
        return {}
    target, *sources = languages
    pairs = [f"{source}-{target}" for source in sources]
    chosen = [("further", name, further.get(name, [])) for name in languages]
    chosen += [("parallel", name, parallel.get(name, [])) for name in pairs]
    return {
        name: [expand(path, f"encoder.{key}.{name}") for path in paths]
        for key, name, paths in chosen
        if paths
    }


def further_text(further: Files, parallel: Files, languages: list[str]) -> Iterator[Sentence]:
    """The sentences of all these files, without tags; those of a pair know what they translate.

    Raises ClnerError as `further_files` does, and where a file is missing, damaged or empty.
    """
    for name, paths in further_files(further, parallel, languages).items():
        for number, path in enumerate(paths):
            if "-" in name:
                yield from _of_pair(path, f"{name}-{number}", *name.split("-"))
            else:
                for place, sentence in enumerate(read_file(path, name, tagged=False)):
                    yield Sentence(f"{name}-{number}-{place}", sentence.tokens)


def _of_pair(path: Path, name: str, source: str, target: str) -> Iterator[Sentence]:
    """Both sides of parallel text, where neither is empty."""
    for number, pair in enumerate(read_parallel(path, source, target)):
        tokens, translated = (
            tokenise(text, language) for text, language in zip(pair, (source, target), strict=True)
        )
        if tokens and translated:
            own = Sentence(f"{name}-{number}", tokens)
            yield own
            yield Sentence(f"{own.id}@{target}", translated, origin={"source_id": own.id})
