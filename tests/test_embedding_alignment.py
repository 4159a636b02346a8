"""Alignment by embeddings: the matching against naive loops, and encoders read from a folder."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoModel,
    AutoTokenizer,
    BertConfig,
    BertModel,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from clner.alignment.embeddings import (
    agreement,
    align_by_embeddings,
    iterated,
    mutual,
)
from clner.alignment.settings import EmbeddingSettings
from clner.encoders.scratch import make_encoder
from clner.encoders.settings import ScratchSettings
from clner.errors import ClnerError

LONGEST = 64
"""Subwords that the encoders read."""
WORDS = 150
ENDS = ("[CLS]", "[SEP]")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ENGLISH = ["the", "cat", "saw", "a", "small", "house", "near", "sea"]
SPANISH = ["el", "gato", "vio", "una", "pequeña", "casa", "cerca", "mar"]
PARTS = ["in", "##to", "##wards", "after", "##noon"]
VOCABULARY = {piece: i for i, piece in enumerate([*SPECIAL, *ENGLISH, *SPANISH, *PARTS])}
SIZES = {
    "vocab_size": len(VOCABULARY),
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "pad_token_id": 0,
}
SENTENCES = [
    ["the", "cat", "saw", "a", "house"],
    ["towards", "the", "small", "sea"],
    ["intowards", "afternoon", "cat"],
    ["una", "casa", "pequeña", "cerca", "el", "mar", "afternoon"],
    ["gato"],
]

# Few values, so that ties are common.
similarities = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
    elements=st.integers(0, 6).map(lambda n: n / 6),
)


def naive_mutual(values: np.ndarray, allowed: np.ndarray) -> set[tuple[int, int]]:
    """Allowed cells that no allowed one of their row or column exceeds, nor an earlier equals."""
    cells = [(i, j) for i, j in np.ndindex(values.shape) if allowed[i, j]]

    def beaten(i, j):
        return any(
            values[cell] > values[i, j] or (values[cell] == values[i, j] and cell < (i, j))
            for cell in cells
            if (cell[0] == i) != (cell[1] == j)
        )

    return {cell for cell in cells if not beaten(*cell)}


def naive_iterated(values: np.ndarray, passes: int, discount: float) -> set[tuple[int, int]]:
    rows, columns = values.shape
    links = naive_mutual(values, np.ones_like(values, dtype=bool))
    if min(rows, columns) <= 2:
        return links
    for _ in range(passes - 1):
        linked_rows = {i for i, _ in links}
        linked_columns = {j for _, j in links}
        if len(linked_rows) == rows or len(linked_columns) == columns:
            break
        left, allowed = values.copy(), np.ones_like(values, dtype=bool)
        for i, j in np.ndindex(values.shape):
            linked = (i in linked_rows) + (j in linked_columns)
            allowed[i, j] = linked < 2
            if linked == 1:
                left[i, j] = np.float32(discount) * values[i, j]
        links = links | naive_mutual(left, allowed)
    return links


def naive_agreement(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values.astype(np.float64))
    forward = powers / powers.sum(1, keepdims=True)
    backward = powers / powers.sum(0, keepdims=True)
    return np.minimum(forward, backward)


def padded(grids: list[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    """Grids in one tensor, and which cells are real; the highest value stands in the padding."""
    shape = (len(grids), *np.max([grid.shape for grid in grids], axis=0))
    values, real = torch.full(shape, 2.0), torch.zeros(shape, dtype=torch.bool)
    for number, grid in enumerate(grids):
        rows, columns = grid.shape
        values[number, :rows, :columns] = torch.from_numpy(grid)
        real[number, :rows, :columns] = True
    return values, real


def cells_of(links: torch.Tensor) -> set[tuple[int, int]]:
    return set(map(tuple, links.nonzero().tolist()))


@examples(deadline=None)
@given(st.lists(similarities, min_size=1, max_size=4))
def test_mutual_links_are_the_highest_of_row_and_column_in_any_padding(grids):
    found = mutual(*padded(grids))
    for own, grid in zip(found, grids, strict=True):
        assert cells_of(own) == naive_mutual(grid, np.ones_like(grid, dtype=bool))


@examples(deadline=None)
@given(st.lists(similarities, min_size=1, max_size=4), st.integers(1, 4), st.sampled_from([0.5, 1]))
def test_iterated_links_are_those_of_the_algorithm_in_any_padding(grids, passes, discount):
    found = iterated(*padded(grids), passes, discount)
    for own, grid in zip(found, grids, strict=True):
        assert cells_of(own) == naive_iterated(grid, passes, discount)


@examples(deadline=None)
@given(st.lists(similarities, min_size=1, max_size=4))
def test_agreement_is_the_smaller_probability_in_any_padding(grids):
    found = agreement(*padded(grids))
    for own, grid in zip(found.numpy(), grids, strict=True):
        rows, columns = grid.shape
        np.testing.assert_allclose(own[:rows, :columns], naive_agreement(grid), rtol=1e-5)
        assert own[rows:].sum() == own[:, columns:].sum() == 0


def test_a_further_pass_links_a_word_that_lost_to_a_linked_one():
    grid = np.array([[0.9, 0.8, 0.1], [0.1, 0.2, 0.7], [0.2, 0.3, 0.1]], dtype=np.float32)
    assert cells_of(iterated(*padded([grid]), 1, 0.9)[0]) == {(0, 0), (1, 2)}
    assert cells_of(iterated(*padded([grid]), 2, 0.9)[0]) == {(0, 0), (0, 1), (1, 2)}
    assert cells_of(iterated(*padded([grid]), 2, 0.3)[0]) == {(0, 0), (1, 2), (2, 1)}


def save(model, folder, vocabulary: dict[str, int]) -> None:
    """Write an encoder and a tokenizer of the vocabulary's pieces."""
    backend = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(name, vocabulary[name]) for name in ENDS]
    )
    names = dict(zip(["pad", "unk", "cls", "sep", "mask"], SPECIAL, strict=True))
    special = {f"{name}_token": piece for name, piece in names.items()}
    own = PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=LONGEST, **special)
    own.save_pretrained(folder)
    model.save_pretrained(folder)


@pytest.fixture(params=["bert", "xlm-roberta", "scratch"])
def encoder(request, tmp_path):
    """The folder of an untrained encoder of three layers."""
    torch.manual_seed(0)
    if request.param == "bert":
        save(BertModel(BertConfig(**SIZES)), tmp_path, VOCABULARY)
    elif request.param == "xlm-roberta":
        save(XLMRobertaModel(XLMRobertaConfig(**SIZES)), tmp_path, VOCABULARY)
    else:
        sizes = {"vocabulary": 120, "dimension": 8, "width": 32, "layers": 3, "heads": 2}
        for part in make_encoder(SENTENCES * 3, {}, ScratchSettings(**sizes)):
            part.save_pretrained(tmp_path)
    return tmp_path


def settings(**own) -> EmbeddingSettings:
    return EmbeddingSettings(**{"max_length": LONGEST, "precision": "fp32"} | own)


def naive_vectors(folder, layer: int, words: list[str]) -> np.ndarray:
    """(n, H): the whole encoder on one sentence, and a loop over its words."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    inputs = tokenizer(words, is_split_into_words=True, return_tensors="pt")
    with torch.no_grad():
        output = model.eval()(**inputs, output_hidden_states=True)
    hidden = output.hidden_states[layer][0].numpy()
    owners = inputs.word_ids()
    return np.stack(
        [
            np.mean([hidden[i] for i, owner in enumerate(owners) if owner == word], axis=0)
            for word in range(len(words))
        ]
    )


def cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(left, axis=1)[:, None] * np.linalg.norm(right, axis=1)
    return left @ right.T / lengths


@pytest.mark.parametrize("asked, layer", [(None, 2), (0, 0), (1, 1), (-1, 3)])
def test_links_are_those_of_each_pair_alone_and_the_whole_encoder(encoder, asked, layer):
    vectors = [naive_vectors(encoder, layer, words) for words in SENTENCES]
    pairs = [(i, j) for i in range(len(SENTENCES)) for j in range(i)]
    own = [(SENTENCES[i], SENTENCES[j]) for i, j in pairs]
    for method, passes in [("mutual", 1), ("iterated", 3)]:
        found = align_by_embeddings(
            own, encoder, settings(method=method, layer=asked, iterations=3)
        )
        for (i, j), aligned in zip(pairs, found, strict=True):
            scores = (1 + cosines(vectors[i], vectors[j])) / 2
            expected = sorted(naive_iterated(scores, passes, 0.9))
            assert aligned.links.tolist() == [list(link) for link in expected]
            np.testing.assert_allclose(
                aligned.scores, [scores[link] for link in expected], atol=1e-5
            )


def test_softmax_links_are_those_above_the_threshold_in_both_directions(encoder):
    source, target = SENTENCES[0], SENTENCES[3]
    left, right = (naive_vectors(encoder, 3, words) for words in (source, target))
    probabilities = naive_agreement(left @ right.T)
    threshold = float(np.median(probabilities)) * 1.001
    own = settings(method="softmax", layer=-1, threshold=threshold)
    (aligned,) = align_by_embeddings([(source, target)], encoder, own)
    assert aligned.links.tolist() == np.argwhere(probabilities > threshold).tolist()
    assert 0 < len(aligned.links) < probabilities.size
    expected = probabilities[tuple(aligned.links.T)]
    np.testing.assert_allclose(aligned.scores, expected, rtol=1e-3)


@pytest.mark.parametrize("method", ["mutual", "iterated", "softmax"])
def test_batches_change_nothing(encoder, method):
    pairs = [(source, target) for source in SENTENCES for target in SENTENCES]
    together, apart = (
        align_by_embeddings(pairs, encoder, settings(method=method, layer=1, budget=budget))
        for budget in (10_000, 1)
    )
    for one, other in zip(together, apart, strict=True):
        assert one.links.tolist() == other.links.tolist()
        np.testing.assert_allclose(one.scores, other.scores, rtol=1e-4)


def test_pairs_with_an_empty_side_have_no_links(encoder):
    pairs = [([], ["cat"]), (["cat"], ["cat"]), (["cat"], []), ([], [])]
    found = align_by_embeddings(pairs, encoder, settings())
    assert [aligned.links.tolist() for aligned in found] == [[], [[0, 0]], [], []]
    assert [aligned.links.shape[1] for aligned in found] == [2] * 4
    assert [len(aligned.scores) for aligned in found] == [0, 1, 0, 0]
    assert align_by_embeddings([], encoder, settings()) == []


@pytest.fixture
def dictionary(tmp_path):
    """An encoder for which e0 and s0, e1 and s1 ... are one, and places are nothing."""
    torch.manual_seed(0)
    words = [f"{language}{number}" for language in "es" for number in range(WORDS)]
    vocabulary = {piece: number for number, piece in enumerate([*SPECIAL, *words])}
    model = BertModel(BertConfig(**SIZES | {"vocab_size": len(vocabulary)}))
    vectors = model.embeddings.word_embeddings.weight.data
    vectors[-WORDS:] = vectors[-2 * WORDS : -WORDS]
    model.embeddings.position_embeddings.weight.data.zero_()
    save(model, tmp_path, vocabulary)
    return tmp_path


def translated(length: int, random: np.random.Generator) -> tuple[list[str], list[str], list]:
    """Distinct words, their translations in any order, and the links between them."""
    source = random.permutation(WORDS)[:length]
    order = random.permutation(length)
    links = sorted([int(order[place]), place] for place in range(length))
    return [f"e{n}" for n in source], [f"s{n}" for n in source[order]], links


@pytest.mark.parametrize("layer", [0, 3])
@pytest.mark.parametrize("method", ["mutual", "iterated"])
def test_a_permuted_translation_is_aligned_word_by_word(dictionary, method, layer):
    drawn = [translated(n, np.random.default_rng(n)) for n in (1, 2, 3, 12, LONGEST - 2)]
    pairs = [(source, target) for source, target, _ in drawn]
    found = align_by_embeddings(pairs, dictionary, settings(method=method, layer=layer))
    for aligned, (_, _, links) in zip(found, drawn, strict=True):
        assert aligned.links.dtype == np.int64
        assert aligned.links.tolist() == links
        np.testing.assert_allclose(aligned.scores, 1, atol=1e-5)


def test_sentences_longer_than_the_encoder_reads_are_aligned_to_their_end(dictionary):
    source, target, links = translated(WORDS, np.random.default_rng(0))
    short, other, few = translated(5, np.random.default_rng(1))
    pairs = [(short, other), (source, target), (other, short)]
    first, whole, _ = align_by_embeddings(pairs, dictionary, settings(layer=0))
    assert WORDS > 2 * LONGEST
    assert (first.links.tolist(), whole.links.tolist()) == (few, links)


def test_faults_are_told_in_one_line(encoder, tmp_path_factory):
    pairs = [(["cat"], ["gato"])]
    with pytest.raises(ClnerError, match="layer = 4: this encoder has 3; give -1 to 3"):
        align_by_embeddings(pairs, encoder, settings(layer=4))
    with pytest.raises(ClnerError, match="no usable"):
        align_by_embeddings(pairs, tmp_path_factory.mktemp("empty"), settings())
    config = json.loads((encoder / "config.json").read_text())
    config["num_hidden_layers"] = 6
    (encoder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ClnerError, match=r"no usable encoder \(.*layer\.3.* is missing\)"):
        align_by_embeddings(pairs, encoder, settings())


def test_settings_are_read_without_torch():
    code = "import sys, clner.alignment.embeddings; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
