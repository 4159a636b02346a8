"""Diagnoses: pseudo-labels against gold, samples of texts, measures, figures, the whole stage."""

import json
import math
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clner import corpus as corpora
from clner import diagnose, encoder, filter, predict, student, teacher
from clner.diagnostics.measures import cosines, statistics
from clner.diagnostics.plane import in_plane
from clner.diagnostics.pseudo_labels import Gold, audit, match_gold
from clner.diagnostics.texts import Cell, Text, sample_cells, sample_texts
from clner.diagnostics.training import Trained, round_warnings
from clner.diagnostics.vectors import Vectors
from clner.encoders.settings import ScratchSettings
from clner.errors import ClnerError
from clner.filter import UNTRUSTED
from clner.relations.grid import gold_grid
from clner.reporting.diagnostics import diagnostics
from clner.reporting.rounds import draw_rounds
from clner.reporting.rows import Row
from clner.reporting.tables import round_table
from clner.reporting.training import draw_training
from clner.tagging.predictions import read_tags
from clner.tagging.scores import strict_scores
from clner.text.sentence import Sentence, read_sentences, write_sentences
from clner.text.tags import tag_set, tags_of

TYPES = ["PER", "LOC", "ORG"]


# Pseudo-labels ---------------------------------------------------------------------------------


def tagged(identity: str, tags: str, untrusted: list[int] | None = None) -> Sentence:
    names = tags.split()
    tokens = [f"w{k}" for k in range(len(names))]
    return Sentence(identity, tokens, names, {UNTRUSTED: untrusted} if untrusted else {})


def test_gold_is_found_by_place_and_checked_by_tokens():
    unlabelled = [tagged("es-unlabelled-3", "O O"), tagged("es-unlabelled-8", "O")]
    labelled = [
        tagged("es-train-8", "B-PER"),
        tagged("es-train-1", "O"),
        tagged("es-train-3", "O O"),
    ]
    gold = match_gold(unlabelled, labelled)
    assert gold.tags == {"es-unlabelled-3": ["O", "O"], "es-unlabelled-8": ["B-PER"]}
    assert gold.missing is None


def test_a_sample_of_the_split_gives_some_of_the_gold():
    unlabelled = [tagged("es-unlabelled-0", "O"), tagged("es-unlabelled-1", "O")]
    assert list(match_gold(unlabelled, [tagged("es-dev-1", "B-PER")]).tags) == ["es-unlabelled-1"]


def test_other_tokens_are_no_gold_at_all():
    unlabelled = [tagged("es-unlabelled-0", "O"), tagged("es-unlabelled-1", "O")]
    gold = match_gold(unlabelled, [tagged("es-train-0", "O"), tagged("es-train-1", "O O")])
    assert gold.tags == {}
    assert "es-train-1" in gold.missing
    assert match_gold(unlabelled, [tagged("es-train-7", "O")]).missing is not None


def test_an_audit_counts_strictly():
    predicted = [
        tagged("es-unlabelled-0", "B-PER I-PER O B-LOC"),
        tagged("es-unlabelled-1", "B-PER O"),
        tagged("es-unlabelled-2", "B-LOC I-LOC"),
    ]
    kept = [tagged("es-unlabelled-0", "B-PER I-PER O B-LOC", [3]), predicted[2]]
    gold = Gold(
        {
            "es-unlabelled-0": ["B-PER", "I-PER", "O", "B-PER"],
            "es-unlabelled-1": ["B-PER", "O"],
            "es-unlabelled-2": ["B-LOC", "B-LOC"],
        }
    )
    result = audit(predicted, kept, gold)
    assert (result["sentences"], result["kept_sentences"], result["no_gold"]) == (3, 2, None)
    micro = result["types"]["micro"]
    assert (micro["predicted"], micro["kept"], micro["gold"]) == (4, 2, 5)
    assert (micro["share"], micro["precision"], micro["recall"]) == (0.5, 0.5, 0.2)
    assert (micro["unfiltered_precision"], micro["unfiltered_recall"]) == (0.5, 0.4)
    assert result["types"]["PER"]["precision"] == 1.0
    assert result["types"]["LOC"] | {} == {
        **{"predicted": 2, "kept": 1, "share": 0.5, "gold": 2},
        **{"precision": 0.0, "recall": 0.0},
        **{"unfiltered_precision": 0.0, "unfiltered_recall": 0.0},
    }


def test_without_gold_there_are_shares_only():
    result = audit([tagged("es-unlabelled-0", "B-PER O")], [], Gold(missing="none here"))
    assert result["types"]["micro"] == {"predicted": 1, "kept": 0, "share": 0.0}
    assert result["no_gold"] == "none here"


def test_what_has_no_entity_has_no_precision():
    silent = [tagged("es-unlabelled-0", "O O")]
    micro = audit(silent, silent, Gold({"es-unlabelled-0": ["O", "O"]}))["types"]["micro"]
    assert (micro["share"], micro["precision"], micro["recall"]) == (None, None, None)


# Texts and places ------------------------------------------------------------------------------


def corpus(count: int) -> list[Sentence]:
    return [tagged(f"en-train-{k}", "B-PER I-PER O B-LOC") for k in range(count)]


def other(source: Sentence, tokens: list[str] | None = None) -> Sentence:
    own = tokens or ["other", *source.tokens[1:]]
    return Sentence(f"{source.id}~es", own, source.tags, {"source_id": source.id})


def test_texts_with_all_views_come_first_and_share_a_meaning():
    source = corpus(9)
    others = {
        "translation": [other(s) for s in source[3:]],
        "codeswitch": [other(s) for s in source[5:]],
    }
    texts = sample_texts(source, others, 4, seed=1)
    assert [text.view for text in texts] == ["source", "translation", "codeswitch"] * 4
    for meaning in range(4):
        own = [text for text in texts if text.meaning == meaning]
        assert {text.sentence.id.partition("~")[0] for text in own} == {own[0].sentence.id}
    assert sample_texts(source, others, 4, seed=1) == texts
    assert len({t.sentence.id for t in sample_texts(source, {}, 99, seed=1)}) == 9


def test_a_view_that_says_the_same_is_left_out():
    source = corpus(2)
    same = {"codeswitch": [other(source[0]), other(source[1], source[1].tokens)]}
    views = [text.view for text in sample_texts(source, same, 2, seed=0)]
    assert sorted(views) == ["codeswitch", "source", "source"]


@st.composite
def tag_sequences(draw) -> list[str]:
    random = Random(draw(st.integers(0, 10_000)))
    length, spans, place = random.randint(1, 12), [], 0
    while place < length:
        end = random.randint(place + 1, length)
        if random.random() < 0.5:
            spans.append((place, end, random.choice(TYPES)))
        place = end
    return tags_of(spans, length)


@settings(deadline=None, max_examples=60)
@given(tag_sequences(), st.integers(0, 9))
def test_pairs_are_those_of_the_grid(tags, seed):
    text = Text(Sentence("en-train-0", ["w"] * len(tags), tags), "source", 0)
    cells = sample_cells([text], [len(tags)], pairs=True, count=10_000, seed=seed)
    names, numbers = (
        ["NONE", "NNW", *(f"THW-{kind}" for kind in TYPES)],
        [tag_set(TYPES).index(tag) for tag in tags],
    )
    grid = gold_grid(torch.tensor([numbers]))[0]
    assert all(names[grid[cell.first, cell.second]] == cell.label for cell in cells)
    related = [cell for cell in cells if cell.label != "NONE"]
    assert len(related) == int((grid > 0).sum())
    assert len(cells) <= 2 * len(related)


def test_tokens_are_those_of_entities_in_the_part_that_is_read():
    texts = [Text(sentence, "source", k) for k, sentence in enumerate(corpus(3))]
    cells = sample_cells(texts, [4, 3, 1], pairs=False, count=99, seed=0)
    assert [cell for cell in cells if cell.text == 0] == [
        Cell(0, 0, 0, "B-PER"),
        Cell(0, 1, 1, "I-PER"),
        Cell(0, 3, 3, "B-LOC"),
    ]
    assert [cell.label for cell in cells if cell.text == 1] == ["B-PER", "I-PER"]
    assert not [cell for cell in cells if cell.text == 2]
    assert len(sample_cells(texts, [4, 4, 4], pairs=False, count=5, seed=0)) == 5


# Measures --------------------------------------------------------------------------------------


def viewed() -> list[Text]:
    source = corpus(6)
    return sample_texts(source, {"translation": [other(s) for s in source[:4]]}, 6, seed=0)


def test_cosines_are_those_of_naive_sums():
    texts = viewed()
    vectors = np.random.default_rng(0).normal(size=(len(texts), 5)).astype(np.float32)

    def cosine(i: int, j: int) -> float:
        a, b = vectors[i].astype(np.float64), vectors[j].astype(np.float64)
        return float(a @ b / math.sqrt(a @ a) / math.sqrt(b @ b))

    pairs = [(i, j) for i in range(len(texts)) for j in range(i + 1, len(texts))]
    same = [cosine(i, j) for i, j in pairs if texts[i].meaning == texts[j].meaning]
    unrelated = [cosine(i, j) for i, j in pairs if texts[i].view == texts[j].view == "source"]
    found = cosines(texts, vectors)
    assert sorted(found) == ["translation", "unrelated"]
    assert sorted(found["translation"]) == pytest.approx(sorted(same), abs=1e-6)
    assert sorted(found["unrelated"]) == pytest.approx(sorted(unrelated), abs=1e-6)


def test_statistics_tell_clusters_from_noise():
    texts = viewed()
    cells = [Cell(0, k, k, f"B-{'PER' if k % 2 else 'LOC'}") for k in range(20)]
    draws = np.random.default_rng(0)
    noise = draws.normal(size=(20, 8)).astype(np.float32)
    centres = 9 * np.eye(8, dtype=np.float32)[[k % 2 for k in range(20)]]
    sentences = draws.normal(size=(len(texts), 8)).astype(np.float32)
    apart = statistics(texts, Vectors(sentences, noise + centres), cells)
    mixed = statistics(texts, Vectors(sentences, noise), cells)
    assert apart["silhouette"] > 0.5 > 0.2 > mixed["silhouette"]
    assert apart["cosines"]["unrelated"]["pairs"] == 15
    assert 0 < apart["effective_rank"] <= 1


def test_vectors_that_are_not_finite_have_no_measures_and_no_place():
    texts = viewed()
    lost = np.full((len(texts), 4), np.nan, dtype=np.float32)
    cells = [Cell(0, k, k, f"B-{k % 2}") for k in range(len(texts))]
    found = statistics(texts, Vectors(lost, lost), cells)
    assert found["effective_rank"] is found["silhouette"] is None
    assert found["cosines"]["unrelated"]["mean"] is None
    assert np.isnan(in_plane(lost, "tsne", 0)).all()


@pytest.mark.parametrize(("method", "count"), [("pca", 40), ("tsne", 40), ("tsne", 5)])
def test_clusters_stay_apart_in_the_plane(method, count):
    draws = np.random.default_rng(1)
    labels = np.arange(count) % 2
    vectors = 0.05 * draws.normal(size=(count, 16)) + np.eye(16)[labels]
    plane = in_plane(vectors.astype(np.float32), method, 0)
    assert plane.shape == (count, 2)
    centres = [plane[labels == label].mean(0) for label in (0, 1)]
    nearest = [min((0, 1), key=lambda k: np.linalg.norm(p - centres[k])) for p in plane]
    assert nearest == labels.tolist()


# Rounds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("earlier", "now", "said"),
    [
        ([], 0.5, None),
        ([0.9], 0.1, None),
        ([0.9, 0.6], 0.595, None),
        ([0.9, 0.6], 0.5, "falls"),
        ([0.9, 0.6, 0.6], 0.6, "does not rise"),
        ([0.9, 0.6, 0.7], 0.7, None),
        ([None, None], None, None),
    ],
)
def test_rounds_that_bring_nothing(earlier, now, said):
    found = list(round_warnings(earlier, now))
    assert len(found) == (said is not None)
    assert all(said in warning and "student.rounds" in warning for warning in found)


def scores() -> list[Row]:
    f1s = {"mclner": (0.5, 0.6, 0.65), "plain": (0.4,)}
    return [
        Row("en", target, variant, seed, model, number, split, kind, 0.1, 0.2, f1 + seed / 50, 9)
        for target in ("es", "de")
        for variant, by_round in f1s.items()
        for seed in (0, 1)
        for number, f1 in enumerate(by_round)
        for model in ["student" if number else "teacher"]
        for split in ("target-test", "source-dev")
        for kind in ("micro", "PER")
    ]


def test_the_table_of_rounds_has_means_and_deviations_over_seeds():
    table = round_table(scores(), ["plain"], "target-test", "f1")
    assert table.index.names == ["pair", "variant", "round"]
    assert list(table.index.unique("variant")) == ["plain", "mclner"]
    assert len(table) == 2 * 4
    row = table.loc[("en → es", "mclner", 2)]
    assert row["mean"] == pytest.approx(66.0)
    assert row["deviation"] == pytest.approx(math.sqrt(2))


def test_the_figure_of_rounds_is_a_picture(tmp_path):
    draw_rounds(tmp_path / "rounds.png", round_table(scores(), [], "target-test", "f1"), "F1")
    assert (tmp_path / "rounds.png").read_bytes().startswith(b"\x89PNG")


def test_the_figure_of_a_training_takes_what_the_log_holds(tmp_path):
    history = [{"step": k, "loss": 1.0, "loss_cross_entropy": 0.5} for k in range(3)]
    trained = [Trained("teacher", {}, history), Trained("student-1", {}, [])]
    draw_training(tmp_path / "training.png", trained, "title")
    assert (tmp_path / "training.png").stat().st_size > 5000


# Markdown --------------------------------------------------------------------------------------


def diagnosis(seed: int, warnings: list[str], audits: list[dict]) -> dict:
    look = {
        "cosines": {"unrelated": {"mean": 0.2 + seed / 10}},
        "effective_rank": 0.5,
        "silhouette": None,
    }
    return {
        "pair": "en-es",
        "variant": "mclner",
        "seed": seed,
        "training": {"teacher": {"warnings": warnings}},
        "vectors": {"untrained": look, "teacher": look},
        "pseudo_labels": audits,
    }


def test_the_report_names_warnings_and_averages_over_seeds():
    kept = {"predicted": 4, "kept": 2, "share": 0.5, "precision": 0.5, "recall": 0.25}
    audits = [{"round": 1, "types": {"micro": kept}, "no_gold": None}]
    other_audits = [{"round": 1, "types": {"micro": kept | {"precision": 1.0}}, "no_gold": None}]
    text = diagnostics([diagnosis(1, ["memory: full"], audits), diagnosis(2, [], other_audits)], [])
    assert "| en-es | mclner | 1 | teacher | memory: full |" in text
    assert "| en-es | mclner | 1 | micro | 4 | 2 | 50.0 | 75.0 | 25.0 | – | – |" in text
    assert "| en-es | mclner | untrained | – | – | 0.350 | 0.500 | – |" in text


def test_a_report_without_warnings_and_students_says_so():
    text = diagnostics([diagnosis(1, [], [])], [])
    assert "No monitor saw a sign of failure." in text
    assert "Pseudo-labels" not in text
    audits = [{"round": 1, "types": {}, "no_gold": "no gold: other tokens"}]
    assert "no gold: other tokens" in diagnostics([diagnosis(1, [], audits)], [])


# The stage -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def text(tmp_path_factory) -> Path:
    """A folder of small views and an encoder from scratch."""
    folder = tmp_path_factory.mktemp("text")
    for language, split in (("en", "train"), ("en", "dev"), ("es", "train"), ("es", "unlabelled")):
        path = folder / f"{language}-{split}.jsonl"
        settings = corpora.CorpusSettings()
        corpora.run(settings, language=language, split=split, types=TYPES, output=path)
        write_sentences(path, read_sentences(path)[:80])
    source = read_sentences(folder / "en-train.jsonl")
    for view in ("translation", "codeswitch"):
        write_sentences(folder / f"{view}.jsonl", [other(s, [view, *s.tokens[1:]]) for s in source])
    scratch = ScratchSettings(vocabulary=300, least=1, dimension=16, width=32, layers=1, heads=2)
    encoder.run(
        encoder.EncoderSettings(kind="scratch", scratch=scratch),
        output=folder / "encoder",
        checkpoints=folder / "none",
        sentences=[folder / "en-train.jsonl", folder / "es-unlabelled.jsonl"],
    )
    return folder


@pytest.fixture(scope="module", params=["tags", "token_pair"])
def models(request, text, tmp_path_factory) -> Path:
    """A teacher and a student of one epoch, and what came between them."""
    folder = tmp_path_factory.mktemp(request.param)
    common = {"types": TYPES, "seed": 1, "encoder": text / "encoder"}
    common |= {"dev": [text / "en-dev.jsonl"], "checkpoints": folder / "none"}
    training = {"head": request.param, "epochs": 6, "batch_size": 8, "learning_rate": 0.005}
    teacher.run(
        teacher.TeacherSettings(**training),
        source=[text / "en-train.jsonl"],
        translation=[text / "translation.jsonl"],
        output=folder / "teacher",
        **common,
    )
    predict.run(
        predict.PredictSettings(),
        model=folder / "teacher",
        texts=[text / "es-unlabelled.jsonl"],
        output=folder / "predictions.parquet",
    )
    filter.run(
        filter.FilterSettings(entity_confidence=0.5),
        predictions=folder / "predictions.parquet",
        output=folder / "pseudo_labels.jsonl",
        summary=folder / "summary.json",
    )
    student.run(
        student.StudentSettings(**training),
        teacher=folder / "teacher",
        predictions=folder / "predictions.parquet",
        pseudo_labels=folder / "pseudo_labels.jsonl",
        output=folder / "student-1",
        **common,
    )
    return folder


def look(text: Path, cell: Path, output: Path, **changed) -> Path:
    given = {
        "pair": "en-es",
        "variant": "mclner",
        "seed": 1,
        "encoder": text / "encoder",
        "models": [cell / "teacher", cell / "student-1"],
        "source": [text / "en-train.jsonl"],
        "translation": [text / "translation.jsonl"],
        "codeswitch": [text / "codeswitch.jsonl"],
        "predictions": [cell / "predictions.parquet"],
        "pseudo_labels": [cell / "pseudo_labels.jsonl"],
        "gold": [text / "es-train.jsonl"],
    }
    settings = diagnose.DiagnoseSettings(sentences=20, vectors=60)
    diagnose.run(settings, **given | changed, output=output)
    return output


@pytest.mark.slow
def test_a_diagnosis_says_what_the_models_show(text, models, tmp_path):
    found = json.loads((look(text, models, tmp_path / "out") / "diagnosis.json").read_text())
    names = ["untrained", "teacher", "student-1"]
    assert list(found["vectors"]) == names
    assert list(found["training"]) == names[1:]
    assert [found["training"][name]["round"] for name in names[1:]] == [0, 1]
    for seen in found["vectors"].values():
        assert set(seen["cosines"]) == {"translation", "codeswitch", "unrelated"}
        assert all(-1 <= own["mean"] <= 1 for own in seen["cosines"].values())
    before, after = (found["vectors"][name]["silhouette"] for name in names[:2])
    assert before != after and -1 <= min(before, after) <= max(before, after) <= 1
    assert found["vectors"]["teacher"] != found["vectors"]["student-1"]
    (audited,) = found["pseudo_labels"]
    assert (audited["round"], audited["no_gold"], audited["sentences_with_gold"]) == (1, None, 80)
    assert set(audited["types"]) <= {*TYPES, "micro"}
    for name in ("cosines.png", "relations.png", "training.png"):
        assert (tmp_path / "out" / name).stat().st_size > 5000
    assert "untrained" in diagnostics([found], [])


@pytest.mark.slow
def test_the_precision_is_that_of_the_score_on_the_split(text, models, tmp_path):
    """Where the filter keeps all, precision and recall are those of seqeval."""
    found = json.loads((look(text, models, tmp_path / "out") / "diagnosis.json").read_text())
    tags = read_tags(models / "predictions.parquet")
    gold = [sentence.tags for sentence in read_sentences(text / "es-train.jsonl")]
    score = strict_scores(gold, list(tags.values()))["micro"]
    micro = found["pseudo_labels"][0]["types"]["micro"]
    assert micro["gold"] == score.support
    assert micro["unfiltered_recall"] == pytest.approx(score.recall, abs=1e-6)
    if micro["predicted"]:
        assert micro["unfiltered_precision"] == pytest.approx(score.precision, abs=1e-6)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_places(text, models, tmp_path):
    first = look(text, models, tmp_path / "one") / "relations.tsv"
    again = look(text, models, tmp_path / "two") / "relations.tsv"
    assert first.read_bytes() == again.read_bytes()
    places = pd.read_csv(first, sep="\t")
    assert list(places.groupby("model").size()) == [60] * 3
    assert set(places["view"]) == {"source", "translation", "codeswitch"}
    kinds = {label.partition("-")[0] for label in places["label"]}
    assert kinds == ({"B", "I"} if models.name.startswith("tags") else {"NONE", "NNW", "THW"})


@pytest.mark.slow
def test_a_teacher_alone_without_views_is_looked_at(text, models, tmp_path):
    absent = dict.fromkeys(("translation", "codeswitch", "predictions", "pseudo_labels", "gold"))
    out = look(text, models, tmp_path / "out", models=[models / "teacher"], **absent)
    found = json.loads((out / "diagnosis.json").read_text())
    assert set(found["vectors"]["teacher"]["cosines"]) == {"unrelated"}
    assert found["pseudo_labels"] == []


@pytest.mark.slow
def test_files_of_other_rounds_are_a_fault(text, models, tmp_path):
    with pytest.raises(ClnerError, match="--pseudo-labels 0"):
        look(text, models, tmp_path / "out", pseudo_labels=[])
    assert not (tmp_path / "out").exists()
