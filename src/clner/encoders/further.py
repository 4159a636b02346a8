"""Text of a user's own that an encoder reads beside that of the corpora."""

from pathlib import Path

from clner.corpora.formats import read_file
from clner.files.inputs import expand, for_pair
from clner.text.scripts import tokenise
from clner.text.sentence import Sentence
from clner.translation.parallel import read_parallel


def further_files(
    further: dict[str, list[str]], parallel: str | None, languages: list[str]
) -> tuple[dict[str, list[Path]], dict[str, Path]]:
    """The files of `languages` (the target first), by language, and of each source's pair.

    Raises ClnerError where a path names a variable that is not set.
    """
    target, *sources = languages
    texts = {
        language: [expand(path, f"encoder.further.{language}") for path in further[language]]
        for language in languages
        if language in further
    }
    named = {source: for_pair(parallel, source, target) for source in sources if parallel}
    return texts, {source: expand(path, "encoder.parallel") for source, path in named.items()}


def further_text(
    further: dict[str, list[str]], parallel: str | None, languages: list[str]
) -> list[Sentence]:
    """The sentences of all these files, without tags; those of a pair know what they translate.

    Raises ClnerError where a file is missing, damaged or empty.
    """
    texts, pairs = further_files(further, parallel, languages)
    sentences = [
        Sentence(sentence.id, sentence.tokens)
        for language, paths in texts.items()
        for path in paths
        for sentence in read_file(path, language)
    ]
    target = languages[0]
    for source, path in pairs.items():
        for number, (text, translation) in enumerate(read_parallel(path, source, target)):
            own = Sentence(f"{path.stem}-{number}", tokenise(text, source))
            origin = {"source_id": own.id}
            tokens = tokenise(translation, target)
            sentences += [own, Sentence(f"{own.id}@{target}", tokens, origin=origin)]
    return sentences
