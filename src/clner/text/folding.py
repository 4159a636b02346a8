"""The form in which texts are compared: for look-ups only, never written anywhere."""

from unicodedata import normalize

import regex

_INVISIBLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")
_OPTIONAL = regex.compile(
    r"""[\p{M}&&[\p{Arabic}\u064b-\u0655\u0670]] | \u0640  # harakat, tatweel
    | [\p{M}&&\p{Hebrew}]                                  # niqqud
    | \u093c                                               # Devanagari nukta
    | (?<=\p{Cyrillic})[\u0300\u0301]+                     # stress
    | (?<=i)\u0307+                                        # what casefold leaves of a Turkish İ
    """,
    regex.VERBOSE | regex.VERSION1,
)
_VARIANTS = str.maketrans("أإآٱىیکँёıʼ‘’‐", "ااااييكंеi'''-")
_PROCLITICS = {
    "ar": ("[وف](?=...)", "[وف]?[بل](?=...)", "(?:[وف]?[بك]?ال|[وف]?لل)(?=..)"),
    "he": ("ו(?=...)", "ו?[בהכלמש](?=...)", "ו?[בכלמש]?ה(?=...)"),
}


def fold(text: str) -> str:
    """`text` without what seldom tells words apart, in NFKC; it may become empty.

    Folded are case, full and half width, ligatures and typographic apostrophes; invisible
    characters (joiners, direction marks, soft hyphens) go. So do letters and marks that writers
    use as they please: in Arabic the kinds of alef, ya and kaf, harakat and tatweel; in Hebrew
    niqqud; in Devanagari nukta and the kind of nasal mark; in Cyrillic stress and ё; in Turkish
    the dots of the i's. Other accents stay.
    """
    if text.isascii():
        return text.casefold()
    text = normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    text = normalize("NFKC", text).translate(_VARIANTS)
    return normalize("NFKC", _OPTIONAL.sub("", text))


def bare_forms(token: str, language: str | None) -> list[str]:
    """`token` folded and without words written onto its front, the longest form first.

    These are conjunctions, prepositions and the article of Arabic (ar) and Hebrew (he); at least
    two letters are left, after a single letter three [ours]. Which letters belong to the word
    cannot be told from the token alone, so each form is a guess to be looked up. Other languages
    have none.
    """
    folded = fold(token)
    matches = [regex.match(pattern, folded) for pattern in _PROCLITICS.get(language, ())]
    return sorted({folded[match.end() :] for match in matches if match}, key=len, reverse=True)
