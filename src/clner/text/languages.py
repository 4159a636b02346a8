"""Codes of languages, and files that are told apart by them."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field

from clner.errors import ClnerError

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
"""An ISO 639 code."""
Pair = Annotated[str, Field(pattern=r"^[a-z]{2,3}-[a-z]{2,3}$")]
"""A source and a target language: en-es."""


def files_by_language(option: str, values: list[str], languages: list[str]) -> dict[str, Path]:
    """The files of a command-line option whose values read `es=FILE`, by language.

    Raises ClnerError for a value that names no language, one that is not among `languages`, or
    one twice.
    """
    files: dict[str, Path] = {}
    for value in values:
        match = re.fullmatch(r"([a-z]{2,3})=(.+)", value)
        if not match:
            raise ClnerError(
                f"--{option}: {value!r} names no language: write {languages[0]}={value}"
            )
        language, file = match.groups()
        if language not in languages:
            raise ClnerError(f"--{option}: {value!r}, but the languages are {', '.join(languages)}")
        if language in files:
            raise ClnerError(f"--{option}: {value!r} is a second file of {language}")
        files[language] = Path(file)
    return files
