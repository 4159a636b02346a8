"""Scores against values computed by hand, and against sets of spans."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clner.errors import ClnerError
from clner.evaluate import EvaluateSettings, run
from clner.reporting.rows import Row, read_scores, write_scores
from clner.stage import main
from clner.tagging.predictions import Predictions, write_predictions
from clner.tagging.scores import Score, strict_scores
from clner.text.sentence import Sentence, write_sentences
from clner.text.tags import spans_of

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]

# gold: PER 0-2, LOC 3-4 | LOC 0-1; predicted: PER 0-2, PER 3-4 | LOC 0-1, LOC 1-2
GOLD = [["B-PER", "I-PER", "O", "B-LOC"], ["B-LOC", "O"]]
PREDICTED = [["B-PER", "I-PER", "O", "B-PER"], ["B-LOC", "B-LOC"]]


def test_scores_computed_by_hand():
    assert strict_scores(GOLD, PREDICTED) == {
        "LOC": Score(1 / 2, 1 / 2, 1 / 2, 2),
        "PER": Score(1 / 2, 1, pytest.approx(2 / 3), 1),
        "micro": Score(2 / 4, pytest.approx(2 / 3), pytest.approx(4 / 7), 3),
    }


def test_an_entity_that_begins_with_inside_is_none():
    scores = strict_scores([["B-PER", "I-PER"]], [["I-PER", "I-PER"]])
    assert scores["micro"] == Score(0, 0, 0, 1)


def test_a_type_without_gold_scores_zero_and_one_that_is_nowhere_is_absent():
    scores = strict_scores([["O", "O"]], [["B-PER", "O"]])
    assert scores == {"PER": Score(0, 0, 0, 0), "micro": Score(0, 0, 0, 0)}
    assert strict_scores([["O"]], [["O"]]) == {"micro": Score(0, 0, 0, 0)}


@st.composite
def tagged_corpora(draw):
    lengths = draw(st.lists(st.integers(1, 7), min_size=1, max_size=6))
    tags = st.sampled_from(TAGS)
    return tuple([draw(st.lists(tags, min_size=n, max_size=n)) for n in lengths] for _ in range(2))


@settings(max_examples=150, deadline=None)
@given(tagged_corpora())
def test_scores_equal_those_of_sets_of_spans(corpora):
    gold, predicted = (
        {(n, *span) for n, tags in enumerate(corpus) for span in spans_of(tags)}
        for corpus in corpora
    )
    scores = strict_scores(*corpora)
    types = {span[-1] for span in gold | predicted}
    assert set(scores) == {*types, "micro"}
    for kind, score in scores.items():
        truth = {span for span in gold if kind in (span[-1], "micro")}
        found = {span for span in predicted if kind in (span[-1], "micro")}
        right = len(truth & found)
        assert score.support == len(truth)
        assert score.precision == pytest.approx(right / len(found) if found else 0)
        assert score.recall == pytest.approx(right / len(truth) if truth else 0)
        assert score.f1 == pytest.approx(2 * right / (len(truth) + len(found)) if right else 0)


GOLD_TAGS = {
    "en-dev-0": ["B-PER", "O"],
    "en-test-0": ["B-LOC"],
    "nl-test-0": ["B-LOC", "O", "B-PER"],
    "es-dev-4": ["O", "O"],
    "es-test-0": ["B-PER", "I-PER", "O", "B-LOC"],
    "es-test-9": ["B-LOC", "O"],
}
RUN = {"pair": "en+nl-es", "variant": "concner", "seed": 3}


@pytest.fixture
def files(tmp_path):
    """The options of a run whose predictions are all right but for the two sentences above."""
    gold = []
    for corpus in ("en-dev", "en-test", "nl-test", "es-dev", "es-test"):
        gold.append(tmp_path / f"{corpus}.jsonl")
        write_sentences(
            gold[-1],
            [
                Sentence(id_, ["w"] * len(tags), tags)
                for id_, tags in GOLD_TAGS.items()
                if id_.startswith(corpus)
            ],
        )
    predictions = tmp_path / "student-2/evaluation.parquet"
    predict(predictions, GOLD_TAGS | dict(zip(("es-test-0", "es-test-9"), PREDICTED, strict=True)))
    return {"gold": gold, "predictions": [predictions], "output": tmp_path / "scores.tsv"}


def predict(path, tags):
    path.parent.mkdir(exist_ok=True)
    probabilities = [
        np.eye(5, dtype=np.float32)[[TAGS.index(t) for t in ts]] for ts in tags.values()
    ]
    tokens = [["w"] * len(ts) for ts in tags.values()]
    spans = [[] for _ in tags]
    said = Predictions([*tags], tokens, [*tags.values()], probabilities, spans, TAGS)
    write_predictions(path, said)


def test_a_run_writes_all_splits_with_the_sources_pooled(files):
    run(EvaluateSettings(), **files, **RUN)
    assert files["output"].read_text().splitlines() == [
        "source\ttarget\tvariant\tseed\tmodel\tround\tsplit\ttype\tprecision\trecall\tf1\tsupport",
        *(
            f"en+nl\tes\tconcner\t3\tstudent\t2\t{rest}"
            for rest in (
                "source-dev\tPER\t1.000000\t1.000000\t1.000000\t1",
                "source-dev\tmicro\t1.000000\t1.000000\t1.000000\t1",
                "source-test\tLOC\t1.000000\t1.000000\t1.000000\t2",
                "source-test\tPER\t1.000000\t1.000000\t1.000000\t1",
                "source-test\tmicro\t1.000000\t1.000000\t1.000000\t3",
                "target-dev\tmicro\t0.000000\t0.000000\t0.000000\t0",
                "target-test\tLOC\t0.500000\t0.500000\t0.500000\t2",
                "target-test\tPER\t0.500000\t1.000000\t0.666667\t1",
                "target-test\tmicro\t0.500000\t0.666667\t0.571429\t3",
            )
        ),
    ]


def test_the_command_line_does_the_same_for_all_models_of_a_cell(files, tmp_path):
    predict(tmp_path / "teacher/evaluation.parquet", GOLD_TAGS)
    files["predictions"].append(tmp_path / "teacher/evaluation.parquet")
    arguments = ["--output", str(files["output"])]
    for name in ("gold", "predictions"):
        arguments += [f"--{name}", *map(str, files[name])]
    for name, value in RUN.items():
        arguments += [f"--{name}", str(value)]
    assert main(run, arguments) == 0
    rows = read_scores([files["output"]])
    assert {(row.model, row.round) for row in rows} == {("student", 2), ("teacher", 0)}
    assert {row.f1 for row in rows if row.model == "teacher" and row.support} == {1.0}
    assert sum(row.model == "student" for row in rows) == 9


def without(id_):
    return {key: tags for key, tags in GOLD_TAGS.items() if key != id_}


@pytest.mark.parametrize(
    ("predicted", "options", "message"),
    [
        (without("es-test-9"), {}, r"evaluation\.parquet: no prediction for es-test-9"),
        (GOLD_TAGS | {"en-dev-0": ["O"]}, {}, "en-dev-0 has 1 predicted tags for 2 tokens"),
        (GOLD_TAGS, {"pair": "en-es"}, r"nl-test-0 is no sentence of the dev or test .* of en, es"),
    ],
)
def test_what_does_not_fit_is_one_clear_error_and_no_file(files, predicted, options, message):
    predict(files["predictions"][0], predicted)
    with pytest.raises(ClnerError, match=message):
        run(EvaluateSettings(), **files, **(RUN | options))
    assert not files["output"].exists()


@pytest.mark.parametrize("name", ["pupil", "student", "student-x", "teacher-1"])
def test_a_folder_that_is_not_named_by_a_model_is_told(files, tmp_path, name):
    predict(tmp_path / name / "evaluation.parquet", GOLD_TAGS)
    files["predictions"].append(tmp_path / name / "evaluation.parquet")
    with pytest.raises(
        ClnerError, match=f"the name of a model, teacher or student-1, not '{name}'"
    ):
        run(EvaluateSettings(), **files, **RUN)
    assert not files["output"].exists()


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        (Sentence("en-train-0", ["w"], ["O"]), "en-train-0 is no sentence of the dev or test"),
        (Sentence("es-test-11", ["w"]), "es-test-11 has no tags"),
        (Sentence("es-test-0", ["w"], ["O"]), "es-test-0 was read before"),
    ],
)
def test_gold_that_cannot_be_scored_is_refused(files, tmp_path, sentence, message):
    extra = tmp_path / "extra.jsonl"
    write_sentences(extra, [sentence])
    with pytest.raises(ClnerError, match=rf"extra\.jsonl: {message}"):
        run(EvaluateSettings(), **(files | {"gold": [*files["gold"], extra]}), **RUN)


NAMES = st.text("abn-+", min_size=1, max_size=4)
ROWS = st.lists(
    st.builds(
        Row,
        source=st.sampled_from(["en", "nan", "en+nl"]),
        target=st.sampled_from(["es", "nan", "zh"]),
        variant=NAMES,
        seed=st.integers(0, 5),
        model=st.sampled_from(["teacher", "student"]),
        round=st.integers(0, 3),
        split=st.sampled_from(["target-dev", "target-test"]),
        type=st.sampled_from(["PER", "micro"]),
        precision=st.integers(0, 10**6).map(lambda n: n / 10**6),
        recall=st.floats(0, 1).map(lambda x: round(x, 6)),
        f1=st.just(0.5),
        support=st.integers(0, 10**6),
    ),
    unique_by=lambda row: row[:8],
    max_size=8,
)


@settings(deadline=None)
@given(rows=ROWS, data=st.data())
def test_rows_survive_the_file_whatever_their_order(rows, data, tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "scores.tsv"
    write_scores(path, rows)
    assert read_scores([path]) == sorted(rows)
    before = path.read_bytes()
    write_scores(path, data.draw(st.permutations(rows)))
    assert path.read_bytes() == before
