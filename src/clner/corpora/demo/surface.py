"""From text with entities to tokens with tags, as each language writes them."""

import re

from clner.text.tags import Span, tags_of

# Chinese: one character a token, but runs of Latin letters or digits whole.
_TOKEN = {"zh": re.compile(r"[A-Za-z0-9]+|\S")}
_WORD = re.compile(r"\S+")
_CONTRACTIONS = {("de", "el"): "del", ("a", "el"): "al"}


def tokens_and_tags(language: str, text: str, spans: list[Span]) -> tuple[list[str], list[str]]:
    """Tokens of `text` and their BIO2 tags; `spans` are the entities in characters."""
    matches = list(_TOKEN.get(language, _WORD).finditer(text))
    starts = {match.start(): position for position, match in enumerate(matches)}
    ends = {match.end(): position + 1 for position, match in enumerate(matches)}
    tags = tags_of([Span(starts[s], ends[e], t) for s, e, t in spans], len(matches))
    tokens = [match.group() for match in matches]
    if language == "es":
        tokens, tags = _contract(tokens, tags)
    if language == "en":
        tokens = _choose_articles(tokens)
    tokens[0] = tokens[0][0].upper() + tokens[0][1:]
    return tokens, tags


def _contract(tokens: list[str], tags: list[str]) -> tuple[list[str], list[str]]:
    """Spanish: de el -> del, a el -> al. Articles inside names are capitalised and stay."""
    kept: list[tuple[str, str]] = []
    for token, tag in zip(tokens, tags, strict=True):
        contracted = _CONTRACTIONS.get((kept[-1][0], token)) if kept else None
        if contracted:
            kept[-1] = (contracted, tag)
        else:
            kept.append((token, tag))
    return [token for token, _ in kept], [tag for _, tag in kept]


def _choose_articles(tokens: list[str]) -> list[str]:
    """English: a -> an before a vowel."""
    following = [*tokens[1:], ""]
    return [
        token + "n" if token in ("a", "A") and after[:1] in tuple("aeiou") else token
        for token, after in zip(tokens, following, strict=True)
    ]
