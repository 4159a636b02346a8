"""The table, the figure and scores.tsv, from scores whose means are known."""

import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import image

from clner.errors import ClnerError
from clner.reporting.rows import Row, read_scores, write_scores
from clner.reporting.tables import final_scores, mean_and_deviation, pair_table
from clner.stage import main
from clner.summarise import SummariseSettings, run


def row(variant, target, seed, f1, model="teacher", round=0, split="target-test", support=20, **kw):
    values = {"source": "en", "type": "micro", "precision": 0.0, "recall": 0.25} | kw
    return Row(
        target=target,
        variant=variant,
        seed=seed,
        model=model,
        round=round,
        split=split,
        f1=f1,
        support=support,
        **values,
    )


ROWS = [
    row("zero-shot", "es", 1, 0.30),
    row("zero-shot", "es", 2, 0.40),
    row("zero-shot", "nl", 1, 0.50, support=1300),
    row("zero-shot", "nl", 2, 0.60, support=1300),
    row("zero-shot", "es", 1, 0.99, type="PER"),
    row("concner", "es", 1, 0.50),
    row("concner", "es", 2, 0.50),
    row("concner", "nl", 1, 0.60, support=1300),
    row("concner", "nl", 2, 0.64, support=1300),
    row("concner", "es", 1, 0.10, "student", 1),
    row("concner", "es", 1, 0.70, "student", 2),
    row("concner", "es", 2, 0.72, "student", 2),
    row("concner", "nl", 1, 0.80, "student", 2, support=1300),
    row("concner", "nl", 2, 0.86, "student", 2, support=1300),
    row("concner", "es", 1, 0.90, split="source-test"),
    row("concner", "nl", 1, 0.80, split="source-test"),
    row("concner", "es", 1, 0.45, split="target-dev"),
    row("concner", "nl", 1, 0.55, split="target-dev"),
]


@pytest.fixture
def summarise(tmp_path):
    """Summarise rows; the paths of the table, the figure and the scores."""

    def call(rows, **values):
        write_scores(tmp_path / "in.tsv", rows)
        paths = {
            "table": tmp_path / "out/table.md",
            "figure": tmp_path / "out/table.png",
            "output": tmp_path / "out/scores.tsv",
        }
        run(SummariseSettings(**values), scores=[tmp_path / "in.tsv"], **paths)
        return paths

    return call


def cells(markdown: str) -> list[list[list[str]]]:
    """The tables of a Markdown text, line by line, without their rules."""
    tables = [part for part in markdown.split("\n\n") if part.startswith("|")]
    return [
        [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in table.splitlines()
            if "---" not in line
        ]
        for table in tables
    ]


def test_the_table_holds_means_and_sample_deviations_of_the_last_round(summarise):
    text = summarise(ROWS, variants=["zero-shot", "concner"])["table"].read_text(encoding="utf-8")
    target_test, elsewhere = cells(text)
    assert target_test == [
        [
            "variant",
            *("en → es teacher", "en → es student"),
            *("en → nl teacher", "en → nl student"),
            *("average teacher", "average student"),
        ],
        ["zero-shot", "35.0 ± 7.1", "–", "55.0 ± 7.1", "–", "45.0 ± 7.1", "–"],
        # The deviation of the averages (55, 57), not the average of the deviations.
        [
            "concner",
            *("50.0 ± 0.0", "71.0 ± 1.4"),
            *("62.0 ± 2.8", "83.0 ± 4.2"),
            *("56.0 ± 1.4", "77.0 ± 2.8"),
        ],
    ]
    assert elsewhere == [
        [
            "variant",
            *("source-test teacher", "source-test student"),
            *("target-dev teacher", "target-dev student"),
        ],
        ["concner", "85.0", "–", "50.0", "–"],
    ]


def test_the_text_states_the_protocol(summarise):
    text = summarise(ROWS, selection="The last step was kept.")["table"].read_text(encoding="utf-8")
    assert "## F1 on target-test" in text
    assert "mode strict, scheme IOB2" in text
    assert "Mean ± sample standard deviation over 2 seeds (1, 2)." in text
    assert "Students are those of the last round (2). The last step was kept." in text
    assert "Gold entities: en → es 20; en → nl 1,300." in text


def test_one_seed_has_no_deviation_and_one_pair_no_average(summarise):
    text = summarise([row("concner", "es", 7, 0.5)])["table"].read_text(encoding="utf-8")
    assert "One seed (7), hence no deviation." in text
    assert "±" not in text
    assert "Students" not in text
    assert cells(text) == [[["variant", "en → es teacher"], ["concner", "50.0"]]]


def test_there_is_no_average_where_a_pair_is_missing(summarise):
    rows = [r for r in ROWS if (r.variant, r.target) != ("zero-shot", "nl")]
    text = summarise(rows)["table"].read_text(encoding="utf-8")
    assert cells(text)[0][2] == ["zero-shot", "35.0 ± 7.1", "–", "–", "–", "–", "–"]


def test_sources_are_kept_apart(summarise):
    rows = [row("concner", "es", 1, 0.5), row("concner", "es", 1, 0.7, source="en+nl")]
    header, line = cells(summarise(rows)["table"].read_text(encoding="utf-8"))[0]
    assert header[1:] == ["en → es teacher", "en+nl → es teacher", "average teacher"]
    assert line[1:] == ["50.0", "70.0", "60.0"]


def test_variants_that_are_not_named_follow_alphabetically(summarise):
    rows = [row(variant, "es", 1, 0.5) for variant in ("c", "a", "b")]
    table = cells(summarise(rows, variants=["b", "absent"])["table"].read_text())[0]
    assert [line[0] for line in table] == ["variant", "b", "a", "c"]


def test_another_metric_and_split_can_be_shown(summarise):
    text = summarise(ROWS, metric="recall", split="target-dev")["table"].read_text(encoding="utf-8")
    assert "## Recall on target-dev" in text
    assert "## Recall on source-test" in text
    assert cells(text)[0][1][:2] == ["concner", "25.0"]


def test_all_rows_are_kept_whatever_the_order_of_the_files(tmp_path):
    for name, rows in (("a", ROWS[:7]), ("b", ROWS[7:])):
        write_scores(tmp_path / name, rows)
    written = []
    for number, order in enumerate(("ab", "ba")):
        out = tmp_path / str(number)
        paths = {"table": out / "t.md", "figure": out / "t.png", "output": out / "s.tsv"}
        run(SummariseSettings(), scores=[tmp_path / name for name in order], **paths)
        written.append([path.read_bytes() for path in paths.values()])
    assert written[0] == written[1]
    assert read_scores([tmp_path / "0/s.tsv"]) == sorted(ROWS)


def test_the_figure_is_a_picture_with_teachers_and_students(summarise):
    path = summarise(ROWS)["figure"]
    pixels = image.imread(path)
    assert pixels.shape[0] > 300
    assert pixels.shape[1] > 600
    assert len({tuple(pixel) for pixel in pixels[::4, ::4].reshape(-1, pixels.shape[2])}) > 4


def test_many_languages_wrap_into_rows(summarise):
    few = image.imread(summarise([row("v", "aa", 1, 0.5)])["figure"])
    languages = [f"{a}{b}" for a in "abcdefghij" for b in "abcdefghij"]
    many = image.imread(summarise([row("v", one, 1, 0.5) for one in languages])["figure"])
    assert many.shape[0] > 2 * few.shape[0]


def test_errors_are_one_line_and_leave_nothing(tmp_path, summarise, capsys):
    with pytest.raises(ClnerError, match="split = 'source-dev': the scores have none; they have"):
        summarise(ROWS, split="source-dev")
    assert not (tmp_path / "out").exists()

    good, bad = tmp_path / "in.tsv", tmp_path / "bad.tsv"
    options = ["--table", "t", "--figure", "f", "--output", "o"]
    text = good.read_text()
    for scores, message in (
        ([good, good], "in.tsv: a second score for en es concner 1 student 1 target-test micro"),
        ([tmp_path / "absent.tsv"], "absent.tsv: no such file"),
        ([bad], "bad.tsv:2: not a score: en es x"),
    ):
        bad.write_text(text.splitlines()[0] + "\nen\tes\tx\n")
        assert main(run, ["--scores", *map(str, scores), *options]) == 1
        assert message in capsys.readouterr().err
    bad.write_text("a\tb\n")
    with pytest.raises(ClnerError, match=r"bad\.tsv:1: the columns must be source, target"):
        read_scores([bad])


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["es", "nl"]), st.integers(1, 4)),
        st.integers(0, 1000),
        min_size=1,
    )
)
def test_means_and_deviations_equal_those_of_the_standard_library(scores):
    rows = [row(*key, f1 / 1000) for key, f1 in scores.items()]
    mean, deviation = mean_and_deviation(pair_table(final_scores(rows, []), "target-test", "f1"))
    for variant, target in {key[:2] for key in scores}:
        values = [f1 / 10 for key, f1 in scores.items() if key[:2] == (variant, target)]
        column = (f"en → {target}", "teacher")
        assert mean.loc[variant, column] == pytest.approx(statistics.mean(values))
        if len(values) > 1:
            expected = statistics.stdev(values)
            assert deviation.loc[variant, column] == pytest.approx(expected, abs=1e-9)
        else:
            assert deviation[column].isna()[variant]
