"""A subword vocabulary closed under case.

A piece of the lower-cased text also stands in the vocabulary capitalised and in capitals. So
`Houston`, `HOUSTON` and `houston` fall into pieces at the same places, whatever the text had, and
case can ride in the pieces' vectors: plain BERT tokenisation, no model code of our own.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

LONGEST = 512
"""Subwords that an encoder made here reads at most."""
UNKNOWN = "[UNK]"
SPECIAL = ("[PAD]", UNKNOWN, "[CLS]", "[SEP]", "[MASK]")
CONTINUES = "##"
BEGINS = "▁"
BLANK = "[shape-"
"""Pieces without letters, one for each shape: what a hidden word leaves to be seen."""
CONTINUATION = "[shape-000010]"
"""The one that continues a word in lower case."""


def train_tokenizer(
    sentences: Iterable[list[str]], size: int, least: int
) -> PreTrainedTokenizerFast:
    """WordPiece of at most `size` lower-case pieces from token lists, closed under case.

    A piece occurs `least` times or more. So rare words of the texts are read in parts, as unseen
    ones will be: their parts get vectors, and a tagger learns what words in parts are like.
    """
    model = Tokenizer(models.BPE())
    model.normalizer = _normalizer(lowercase=True)
    model.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Metaspace(BEGINS, "always")]
    )
    trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=least, show_progress=False)
    # Not the WordPiece trainer: it settles ties in another order in every process.
    model.train_from_iterator((" ".join(tokens) for tokens in sentences), trainer)
    lower = sorted(_as_word_pieces(model.get_vocab()))
    return _fast(_word_pieces(_closed(lower)))


def _as_word_pieces(vocabulary: dict[str, int]) -> set[str]:
    """Pieces that mark the beginning of words, written as pieces that mark the inside."""
    begin = {piece.removeprefix(BEGINS) for piece in vocabulary if piece.startswith(BEGINS)}
    inside = {CONTINUES + piece for piece in vocabulary if not piece.startswith(BEGINS)}
    letters = {piece for piece in vocabulary if len(piece) == 1}
    return (begin | inside | letters) - {"", BEGINS}


def _normalizer(lowercase: bool) -> normalizers.Normalizer:
    return normalizers.BertNormalizer(strip_accents=False, lowercase=lowercase)


def _word_pieces(vocabulary: dict[str, int]) -> Tokenizer:
    model = Tokenizer(models.WordPiece(vocabulary, unk_token=UNKNOWN))
    model.normalizer = _normalizer(lowercase=False)
    model.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return model


def _fast(model: Tokenizer) -> PreTrainedTokenizerFast:
    ends = [(name, model.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    model.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=ends
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=model,
        pad_token="[PAD]",
        unk_token=UNKNOWN,
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=LONGEST,
    )


def _closed(lower: list[str]) -> dict[str, int]:
    """Ids of the special pieces, the given ones, what they lack under case, and the blanks."""
    # A letter that the texts have only at the start of words may stand elsewhere in new ones.
    letters = [CONTINUES + piece for piece in lower if len(piece) == 1 and piece.isalpha()]
    lower = list(dict.fromkeys(lower + letters))
    pieces = [*SPECIAL, *lower]
    for piece in lower:
        mark, body = _split(piece)
        pieces += [mark + body[:1].upper() + body[1:], mark + body.upper()]
    blanks = {_blank(_shape(piece)) for piece in pieces if piece not in SPECIAL}
    pieces += sorted(blanks | {CONTINUATION})
    return {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}


def lower_ids(vocabulary: dict[str, int]) -> np.ndarray:
    """(V,) int64: for each piece the id of its lower-case form, which may be itself."""
    lowered = np.arange(len(vocabulary), dtype=np.int64)
    for piece, number in vocabulary.items():
        if piece not in SPECIAL:
            lowered[number] = vocabulary.get(piece.lower(), number)
    return lowered


def blank_ids(vocabulary: dict[str, int]) -> np.ndarray:
    """(V,) int64: for each piece the id of the piece without letters that has its shape.

    Special pieces stand for themselves.
    """
    blanks = np.arange(len(vocabulary), dtype=np.int64)
    for piece, number in vocabulary.items():
        if piece not in SPECIAL and not piece.startswith(BLANK):
            blanks[number] = vocabulary[_blank(_shape(piece))]
    return blanks


def shapes(vocabulary: dict[str, int]) -> np.ndarray:
    """(V, 6) float32 of 0 and 1: capitalised, all capitals, digits, punctuation, continues a word,
    special.
    """
    rows = np.zeros((len(vocabulary), 6), dtype=np.float32)
    for piece, number in vocabulary.items():
        rows[number] = _shape(piece)
    return rows


def _shape(piece: str) -> tuple[bool, ...]:
    if piece.startswith(BLANK):
        return tuple(bit == "1" for bit in piece.removeprefix(BLANK).rstrip("]"))
    mark, body = _split(piece) if piece not in SPECIAL else ("", "")
    return (
        body[:1].isupper(),
        body.isupper() and len(body) > 1,
        body.isdigit(),
        bool(body) and not any(map(str.isalnum, body)),
        bool(mark),
        piece in SPECIAL and piece != UNKNOWN,
    )


def _blank(shape: tuple[bool, ...]) -> str:
    return BLANK + "".join("01"[bit] for bit in shape) + "]"


def _split(piece: str) -> tuple[str, str]:
    """The mark of a piece that continues a word, or nothing, and its letters."""
    continues = piece.startswith(CONTINUES) and len(piece) > len(CONTINUES)
    return (CONTINUES, piece[len(CONTINUES) :]) if continues else ("", piece)
