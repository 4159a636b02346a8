"""Loading a tokenizer, from a folder or from the hub."""

from __future__ import annotations

from pathlib import Path

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from clner.errors import ClnerError


def load_tokenizer(folder: Path | str, revision: str = "main") -> PreTrainedTokenizerBase:
    """The tokenizer of a model folder or a name on the hub, made to take tokens.

    RoBERTa's needs a space before each. Raises ClnerError where there is none.
    """
    try:
        options = {"revision": revision, "trust_remote_code": False}
        tokenizer = AutoTokenizer.from_pretrained(folder, **options)
        if getattr(tokenizer, "add_prefix_space", True) is False:
            tokenizer = AutoTokenizer.from_pretrained(folder, **options, add_prefix_space=True)
    except (OSError, ValueError) as error:
        raise ClnerError(f"{folder}: no usable tokenizer ({first_line(error)})") from None
    except (AttributeError, TypeError):  # transformers takes None for the path of a missing file
        raise ClnerError(f"{folder}: no usable tokenizer.json (missing or damaged)") from None
    return tokenizer


def first_line(error: Exception) -> str:
    """The first line of a library's message, for one of ours."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
