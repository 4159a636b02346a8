"""The encoder from scratch: vocabulary, counts, vectors, what plain transformers makes of it."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from clner.encoder import EncoderSettings, run
from clner.encoders.further import further_text
from clner.encoders.scratch import make_encoder
from clner.encoders.settings import AdaptationSettings, ScratchSettings
from clner.encoders.vectors import (
    cooccurrences,
    mixed,
    piece_vectors,
    pointwise_information,
    translations,
)
from clner.encoders.vocabulary import lower_ids, shapes, train_tokenizer
from clner.errors import ClnerError
from clner.jobs import precision
from clner.text.sentence import Sentence, write_sentences
from clner.text.tags import IGNORED

SMALL = ScratchSettings(vocabulary=300, least=1, dimension=16, width=32, layers=1, heads=2)
ENGLISH, GERMAN = (
    text.split()
    for text in (
        "the dog sees a cat . the cat sleeps in Berlin . a dog runs",
        "der Hund sieht eine Katze . die Katze schläft in Berlin .",
    )
)


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer([ENGLISH, GERMAN], 300, 1)


@pytest.mark.parametrize("word", ["berlin", "cat", "hund", "katzedog", "läuft"])
def test_case_does_not_move_the_borders_of_pieces(tokenizer, word):
    pieces = tokenizer.tokenize(word)
    assert [piece.lower() for piece in tokenizer.tokenize(word.upper())] == pieces
    assert [piece.lower() for piece in tokenizer.tokenize(word.capitalize())] == pieces
    assert "[UNK]" not in pieces


def test_cased_pieces_share_their_lower_form(tokenizer):
    vocabulary = tokenizer.get_vocab()
    lowered = lower_ids(vocabulary)
    assert lowered[vocabulary["Berlin"]] == vocabulary["berlin"] == lowered[vocabulary["BERLIN"]]
    rows = shapes(vocabulary)
    assert rows[vocabulary["Berlin"]].tolist() == [1, 0, 0, 0, 0, 0]
    assert rows[vocabulary["BERLIN"]].tolist() == [1, 1, 0, 0, 0, 0]
    assert rows[vocabulary["."]].tolist() == [0, 0, 0, 1, 0, 0]
    assert rows[vocabulary["[SEP]"]].tolist() == [0, 0, 0, 0, 0, 1]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=8), min_size=1, max_size=5),
    st.integers(1, 4),
)
def test_counts_are_those_of_a_loop(sentences, window):
    expected = np.zeros((6, 6))
    for sentence in sentences:
        for i, left in enumerate(sentence):
            for j in range(i + 1, min(i + window + 1, len(sentence))):
                expected[left, sentence[j]] += 1 / (j - i)
    ids = [np.array(sentence) for sentence in sentences]
    assert np.allclose(cooccurrences(ids, 6, window).toarray(), expected, rtol=1e-5)


def test_mixing_is_the_expectation_of_code_switching():
    """Against texts drawn at random: every piece that has translations stands for one of them."""
    sentence = np.array([0, 1, 2, 0, 3])
    words = translations([([0], [4]), ([0], [5]), ([1], [6])], 7)
    share, draws = 0.4, 20000
    random = np.random.default_rng(0)
    known = {0: [4, 5], 1: [6], 4: [0], 5: [0], 6: [1]}
    drawn = []
    for _ in range(draws):
        switched = [
            random.choice(known[piece]) if piece in known and random.random() < share else piece
            for piece in sentence
        ]
        drawn.append(np.array(switched))
    expected = mixed(cooccurrences([sentence], 7, 2), words, share).toarray()
    counted = cooccurrences(drawn, 7, 2).toarray() / draws
    assert np.allclose(counted, expected, atol=0.03)


PIECES = st.lists(st.integers(0, 7), min_size=1, max_size=3)


@given(st.lists(st.tuples(PIECES, PIECES), min_size=1, max_size=9))
def test_a_piece_stands_for_the_pieces_of_its_translations_as_a_loop_says(entries):
    expected = np.zeros((8, 8))
    for one, other in entries:
        for left in one:
            for right in other:
                expected[left, right] += 1 / len(other)
                expected[right, left] += 1 / len(one)
    assert np.allclose(translations(entries, 8).toarray(), expected)


def test_a_word_joins_the_languages_by_its_characters_where_a_script_has_no_spaces():
    """One sentence each in English and Chinese: 北京 is no piece, 北 and 京 are."""
    english = ["she", "lives", "in", "Beijing", "now"]
    chinese = [*"她住在北京", "now"]
    settings = SMALL.model_copy(update={"share": 1.0, "dimension": 8})
    near = []
    for dictionary in ({}, {"Beijing": ["北京"]}):
        model, tokenizer = make_encoder([english, chinese] * 3, dictionary, settings)
        weights = model.get_input_embeddings().weight.detach().numpy()[:, :8]
        one, *others = (weights[tokenizer.get_vocab()[piece]] for piece in ("beijing", "北", "京"))
        near.append(min(one @ other for other in others))
    assert near[0] < near[1]


@pytest.mark.parametrize("entry", [("now", "in the"), ("she lives", "now"), ("now", "\u200b")])
def test_a_phrase_or_an_invisible_word_joins_nothing(entry):
    source, target = entry
    with pytest.raises(ClnerError, match="no entry occurs in the texts"):
        make_encoder([["she", "lives", "in", "the", "now"]] * 3, {source: [target]}, SMALL)


def test_pointwise_information_is_never_negative():
    counts = sparse.csr_matrix(np.array([[0, 4, 1], [4, 0, 2], [1, 2, 6]], dtype=np.float32))
    information = pointwise_information(counts)
    assert information.data.min() > 0
    assert information[0, 1] > information[0, 2]


def test_translations_lie_close_together():
    random = np.random.default_rng(1)
    # Pieces 0-9 and their translations 10-19; each is followed by a piece of its own topic.
    topics = random.integers(0, 10, 4000)
    ids = [
        np.array([t, t, 20 + t]) if random.random() < 0.5 else np.array([10 + t, 30 + t])
        for t in topics
    ]
    entries = [([n], [10 + n]) for n in [*range(10), *range(20, 30)]]
    vectors = piece_vectors(ids, translations(entries, 40), 12, 2, 0.5, seed=0)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit[:10] @ unit[10:20].T
    assert (cosines.argmax(1) == np.arange(10)).all()


def _texts(tmp_path):
    path = tmp_path / "text.jsonl"
    write_sentences(path, [Sentence("en-0", ENGLISH), Sentence("de-0", GERMAN)])
    lexicon = tmp_path / "lexicon.tsv"
    lexicon.write_text("dog\tHund\ncat\tKatze\nsees\tsieht\n", encoding="utf-8")
    return [path], [lexicon]


def _encoder_settings(**changes) -> EncoderSettings:
    return EncoderSettings(kind="scratch", scratch=SMALL, **changes)


def test_plain_transformers_loads_what_is_written(tmp_path):
    from transformers import AutoModel, AutoTokenizer

    texts, lexicon = _texts(tmp_path)
    folder = tmp_path / "encoder"
    run(
        _encoder_settings(),
        output=folder,
        checkpoints=tmp_path / "checkpoints",
        sentences=texts,
        lexicon=lexicon,
    )
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder)
    assert model(**tokenizer("the dog", return_tensors="pt")).last_hidden_state.shape[-1] == 32
    weights = model.get_input_embeddings().weight.detach().numpy()
    vocabulary = tokenizer.get_vocab()
    upper, lower = weights[vocabulary["DOG"]], weights[vocabulary["dog"]]
    assert np.array_equal(upper[:16], lower[:16])
    assert np.abs(lower[:16]).sum() > 0
    assert not (folder / "pytorch_model.bin").exists()


@pytest.mark.parametrize(
    "changes",
    [{}, {"translation": True}, {"freeze_embeddings": True}],
    ids=["MLM", "TLM", "frozen vectors"],
)
def test_adaptation_changes_the_layers(tmp_path, changes):
    from safetensors.numpy import load_file

    texts, lexicon = _texts(tmp_path)
    pair = tmp_path / "pair.jsonl"
    write_sentences(pair, [Sentence("en-0@de", GERMAN, origin={"source_id": "en-0"})])
    files = {"sentences": [*texts, pair], "lexicon": lexicon}
    plain, adapted = tmp_path / "plain", tmp_path / "adapted"
    run(_encoder_settings(), output=plain, checkpoints=tmp_path / "c1", **files)
    adaptation = AdaptationSettings(epochs=2, **changes)
    run(
        _encoder_settings(adaptation=adaptation),
        output=adapted,
        checkpoints=tmp_path / "c2",
        **files,
    )
    before, after = (load_file(f / "model.safetensors") for f in (plain, adapted))
    assert before.keys() == after.keys()
    same = {name for name in before if np.array_equal(before[name], after[name])}
    vectors = "embeddings.word_embeddings.weight"
    assert (vectors in same) == adaptation.freeze_embeddings
    assert "encoder.layer.0.attention.self.query_proj.weight" not in same
    assert not (tmp_path / "c2").exists()


def test_adaptation_that_was_cut_off_resumes_to_the_same_weights(tmp_path, monkeypatch):
    from safetensors.numpy import load_file
    from transformers import Trainer

    texts, lexicon = _texts(tmp_path)
    settings = _encoder_settings(adaptation=AdaptationSettings(epochs=3, batch_size=1))

    def make(name: str) -> dict[str, np.ndarray]:
        output, checkpoints = tmp_path / name, tmp_path / f"{name}-checkpoints"
        run(settings, output=output, checkpoints=checkpoints, sentences=texts, lexicon=lexicon)
        return load_file(output / "model.safetensors")

    save = Trainer._save_checkpoint

    def cut_off(self, *args, **kwargs):
        save(self, *args, **kwargs)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_save_checkpoint", cut_off)
        with pytest.raises(KeyboardInterrupt):
            make("resumed")
    assert not (tmp_path / "resumed").exists()
    resumed, whole = make("resumed"), make("whole")
    assert all(np.array_equal(whole[name], resumed[name]) for name in whole)


def test_adaptation_computes_in_bf16_where_asked(tmp_path):
    if not precision._cpu_has_bf16():
        pytest.skip("the CPU here lacks bf16")
    from safetensors.numpy import load_file

    texts, lexicon = _texts(tmp_path)
    weights = {}
    for own in ("fp32", "bf16"):
        run(
            _encoder_settings(adaptation=AdaptationSettings(epochs=2, precision=own)),
            output=tmp_path / own,
            checkpoints=tmp_path / "c",
            sentences=texts,
            lexicon=lexicon,
        )
        weights[own] = load_file(tmp_path / own / "model.safetensors")
    differ = [
        not np.array_equal(weights["fp32"][name], weights["bf16"][name]) for name in weights["fp32"]
    ]
    assert any(differ), "computed alike: autocast did nothing"
    for name, values in weights["fp32"].items():
        assert values.dtype == weights["bf16"][name].dtype == np.float32
        np.testing.assert_allclose(weights["bf16"][name], values, atol=0.01)


@pytest.mark.parametrize("chosen", [0, 1, 5], ids="{} to guess".format)
@pytest.mark.parametrize("kind", ["bert", "xlm-roberta", "deberta-v2", "modernbert", "longformer"])
def test_only_what_is_to_be_guessed_is_scored_and_the_loss_is_that_of_all(tmp_path, kind, chosen):
    from transformers import AutoConfig, AutoModelForMaskedLM, TrainingArguments

    from clner.encoders.adaptation import Guessing

    torch.manual_seed(1)
    sizes = {"vocab_size": 20, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1}
    sizes |= {"num_attention_heads": 2, "pad_token_id": 0}
    if kind == "longformer":
        sizes |= {"attention_window": 6}
    model = AutoModelForMaskedLM.from_config(AutoConfig.for_model(kind, **sizes)).eval()
    ids = torch.randint(5, 20, (2, 6))
    labels = torch.full_like(ids, IGNORED)
    places = torch.randperm(ids.numel())[:chosen]
    labels.view(-1)[places] = ids.view(-1)[places]
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    scored = []
    model.get_output_embeddings().register_forward_hook(
        lambda module, given, scores: scored.append(scores.shape[-2])
    )
    trainer = Guessing(
        model=model, args=TrainingArguments(str(tmp_path), report_to=[], use_cpu=True)
    )
    own = trainer.compute_loss(model, inputs | {"labels": labels})
    own.backward()
    gradient = model.get_input_embeddings().weight.grad.clone()
    assert scored == [chosen]
    if not chosen:
        assert own == 0
        assert not gradient.any()
        return
    model.zero_grad()
    all_scores = model(**inputs).logits
    assert len(scored) == 2
    losses = [
        -all_scores.log_softmax(-1).view(-1, 20)[place, ids.view(-1)[place]] for place in places
    ]
    expected = sum(losses) / chosen
    expected.backward()
    torch.testing.assert_close(own, expected)
    torch.testing.assert_close(gradient, model.get_input_embeddings().weight.grad)


def test_a_lexicon_of_another_pair_is_refused(tmp_path):
    texts, lexicon = _texts(tmp_path)
    lexicon[0].write_text("chien\tperro\n", encoding="utf-8")
    with pytest.raises(ClnerError, match="no entry occurs in the texts"):
        run(
            _encoder_settings(),
            output=tmp_path / "e",
            checkpoints=tmp_path / "c",
            sentences=texts,
            lexicon=lexicon,
        )
    assert not (tmp_path / "e").exists()


def test_a_model_that_cannot_be_reached_says_how_to_go_on(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ClnerError, match=r"HF_HUB_OFFLINE=1, or use encoder.kind = 'scratch'"):
        run(
            EncoderSettings(name=str(tmp_path / "nowhere")),
            output=tmp_path / "e",
            checkpoints=tmp_path / "c",
        )


def test_the_vocabulary_is_the_same_in_every_process():
    program = (
        "from clner.encoders.vocabulary import train_tokenizer\n"
        "words = [f'{a}{b}{c}' for a in 'abcdef' for b in 'ghijkl' for c in 'mnopqr']\n"
        "print(train_tokenizer([words, words[::3]], 150, 2).backend_tokenizer.to_str())\n"
    )
    run = [sys.executable, "-c", program]
    first, second, third = (subprocess.check_output(run, text=True) for _ in range(3))
    assert first == second == third


def test_further_text_and_both_sides_of_parallel_text_are_read(tmp_path):
    from transformers import AutoTokenizer

    write_sentences(tmp_path / "en.jsonl", [Sentence("en-0", ENGLISH)])
    (tmp_path / "own.de.txt").write_text("Zwölf Boxkämpfer!\n", encoding="utf-8")
    (tmp_path / "own.fr.txt").write_text("Voix ambiguë\n", encoding="utf-8")
    (tmp_path / "en-de.tsv").write_text("Quizzical dogs.\tSpöttische Hunde.\n", encoding="utf-8")
    (tmp_path / "own.conll").write_text("Bücherwürmer\n\nLeseratten\n", encoding="utf-8")
    further = {language: [str(tmp_path / f"own.{language}.txt")] for language in ("de", "fr")}
    further["de"].append(str(tmp_path / "own.conll"))
    settings = EncoderSettings(
        kind="scratch",
        further=further,
        parallel={"en-de": [str(tmp_path / "en-de.tsv")], "en-fr": ["none.tmx"]},
        scratch=SMALL,
    )
    files = {"sentences": [tmp_path / "en.jsonl"], "checkpoints": tmp_path / "none"}
    run(settings, output=tmp_path / "encoder", languages=["de", "en"], **files)
    known = AutoTokenizer.from_pretrained(tmp_path / "encoder").get_vocab()
    assert {"zwölf", "boxkämpfer", "quizzical", "spöttische", "leseratten", "!"} <= known.keys()
    assert "ambiguë" not in known
    with pytest.raises(ClnerError, match="further text is of some languages: --languages es en"):
        run(settings, output=tmp_path / "none", **files)


def test_parallel_text_of_several_sources_is_told_apart(tmp_path):
    for source, line in {"en": "good day\tbuenos días", "nl": "goede dag\tbuenos días"}.items():
        (tmp_path / source).mkdir()
        lines = f"{line}\n\u200b\tnada\n"
        (tmp_path / source / "news.tsv").write_text(lines, encoding="utf-8")
    parallel = {f"{source}-es": [str(tmp_path / source / "news.tsv")] for source in ("en", "nl")}
    sentences = {s.id: s for s in further_text({}, parallel, ["es", "en", "nl"])}
    assert [" ".join(s.tokens) for s in sentences.values()] == [
        "good day",
        "buenos días",
        "goede dag",
        "buenos días",
    ]
    sources = [sentences[s.origin["source_id"]] for s in sentences.values() if s.origin]
    assert [s.tokens[0] for s in sources] == ["good", "goede"]
