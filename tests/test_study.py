"""Studies: variants along axes, plateaus, gains by distance, on scores that are known."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import image
from scipy.stats import spearmanr

from clner.errors import ClnerError
from clner.reporting.rows import Row, write_scores
from clner.stage import main, read_settings
from clner.studies.axes import UNTOLD
from clner.studies.distances import Distances, spearman
from clner.studies.plateau import fit_plateau
from clner.studies.settings import StudySettings
from clner.study import run

AMOUNTS = np.array([0.05, 0.1, 0.25, 0.5, 1.0])


def row(variant, target, seed, f1, model="student", round=1, source="en") -> Row:
    key = (source, target, variant, seed, model, round, "target-test", "micro")
    return Row(*key, 0.0, 0.0, f1 / 100, 800)


@pytest.fixture
def answer(tmp_path):
    """Answer a study; its text, its points, and the path of its figure."""

    def call(rows, diagnoses=(), timings=(), **settings):
        write_scores(tmp_path / "scores.tsv", rows)
        paths = {"output": "s.md", "points": "s.tsv", "figure": "s.png"}
        paths = {name: tmp_path / file for name, file in paths.items()}
        settings = StudySettings.model_validate_json(json.dumps(settings))
        files = {"scores": tmp_path / "scores.tsv", "diagnoses": list(diagnoses)}
        run(settings, **files, timings=list(timings), **paths)
        text = paths["output"].read_text(encoding="utf-8")
        return text, pd.read_csv(paths["points"], sep="\t"), paths["figure"]

    return call


def share(plateau: bool = True) -> dict:
    axis = {"settings": ["filter.fraction"], "values": AMOUNTS.tolist(), "plateau": plateau}
    return {"variants": ["concner"], "axes": {"share": axis}}


def curve(level: float, lack: float, rate: float, target: str = "es", seeds=(1,)) -> list[Row]:
    return [
        row(f"concner-share-{amount:g}", target, seed, level - lack * amount**-rate)
        for amount in AMOUNTS
        for seed in seeds
    ]


# Plateaus --------------------------------------------------------------------------------


@given(st.floats(30, 90), st.floats(1, 20), st.floats(0.2, 1.5))
def test_a_known_plateau_is_recovered(level, lack, rate):
    found = fit_plateau(1000 * AMOUNTS, level - lack * AMOUNTS**-rate)
    assert found.level == pytest.approx(level, abs=1e-3)
    assert found.lack == pytest.approx(lack, abs=1e-3)
    assert found.rate == pytest.approx(rate, abs=1e-3)
    assert found.low <= found.level <= found.high
    np.testing.assert_allclose(found.at(1000 * AMOUNTS), level - lack * AMOUNTS**-rate, atol=1e-3)


def test_the_interval_holds_the_plateau_as_often_as_it_says():
    noise = np.random.default_rng(0)
    amounts = np.repeat(AMOUNTS, 3)
    fits = [
        fit_plateau(amounts, 60 - 4 * amounts**-0.6 + noise.normal(0, 0.4, len(amounts)))
        for _ in range(300)
    ]
    told = [fit for fit in fits if fit]
    assert len(told) > 270
    # 95 % by theory; the curve is not linear, and the sample is one of 300.
    assert 0.90 < np.mean([fit.low <= 60 <= fit.high for fit in told]) < 0.99


@pytest.mark.parametrize(
    "scores",
    [
        50 + 5 * np.log(AMOUNTS),  # rises for ever
        50 + 20 * AMOUNTS,  # no bend
        np.array([50.1, 49.8, 50.2, 49.9, 50.0]),  # flat, with noise
        60 + 2 / AMOUNTS,  # falls
        np.full(5, 50.0),
    ],
    ids=["logarithm", "line", "noise", "falling", "constant"],
)
def test_no_plateau_is_told_where_the_points_do_not_determine_one(scores):
    assert fit_plateau(AMOUNTS, scores) is None


def test_too_few_amounts_are_refused():
    with pytest.raises(ValueError, match="four amounts"):
        fit_plateau(np.array([1.0, 1.0, 2.0, 3.0]), np.arange(4.0))
    with pytest.raises(ClnerError, match=r"settings: axes\.share = .*a plateau needs 4 values"):
        axis = {"settings": ["filter.fraction"], "values": [0.5, 0.7, 1.0], "plateau": True}
        read_settings(StudySettings, {"variants": ["a"], "axes": {"share": axis}}, "settings")


def test_the_text_says_the_plateau_or_that_there_is_none(answer):
    rows = curve(60, 4, 0.5) + curve(0, -50, 0, target="nl")
    text, points, _ = answer(rows, **share())
    assert "- concner, en → es: a = 60.0 (60.0 to 60.0), b = 4.00, c = 0.50" in text
    assert f"- concner, en → nl: {UNTOLD}" in text
    assert "95% interval" in text
    assert set(points["pair"]) == {"en → es", "en → nl", "average"}
    assert points.query("pair == 'en → es' and step == 1")["mean"].item() == pytest.approx(56)


# Axes ------------------------------------------------------------------------------------


def test_points_are_means_and_deviations_of_the_last_models(answer):
    rows = [
        row("concner-kind-a", "es", 1, 50),
        row("concner-kind-a", "es", 2, 54),
        row("concner-kind-a", "es", 1, 10, "teacher", 0),
        row("concner-kind-a", "es", 2, 10, "teacher", 0),
        row("concner-kind-b", "es", 1, 61, "teacher", 0),
        row("concner-kind-b", "es", 2, 61, "teacher", 0),
        row("zero-shot", "es", 1, 5, "teacher", 0),  # no part of the study
    ]
    axes = {"kind": {"steps": {"a": {}, "b": {"student": {"rounds": 0}}}}}
    text, points, figure = answer(rows, variants=["concner"], axes=axes, selection="By hand.")
    assert "| concner | a | 52.0 ± 2.8 |" in text
    assert "| concner | b | 61.0 ± 0.0 |" in text
    assert "over 2 seeds (1, 2). By hand. Gold entities: en → es 800." in text
    assert points["deviation"].tolist() == pytest.approx([8**0.5, 0], abs=1e-4)
    assert image.imread(figure).shape[1] > 300


def test_pseudo_labels_and_seconds_stand_beside_the_scores(answer, tmp_path):
    micro = {"share": 0.25, "precision": 0.8}
    for number, name in enumerate(("concner-share-0.05", "concner-share-1")):
        diagnosis = {
            "pair": "en-es",
            "variant": name,
            "pseudo_labels": [{"sentences": 3000, "types": {"micro": micro}}] * (number + 1),
        }
        (tmp_path / f"{number}.json").write_text(json.dumps(diagnosis))
    (tmp_path / "b.tsv").write_text("s\th:m:s\n12.5\t0:00:12\n")
    files = [tmp_path / "0.json", tmp_path / "1.json"]
    timings = [f"concner-share-1={tmp_path / 'b.tsv'}"]
    text, points, _ = answer(curve(60, 4, 0.5), files, timings, timed="teacher", **share(False))
    assert "Unlabelled sentences: en → es 3,000." in text
    header = "| variant | step | en → es | pseudo-labels kept | kept ones right | training s |"
    assert header in text
    assert "| concner | 1 | 56.0 | 25.0 | 80.0 | 12.5 |" in text
    assert "| concner | 0.5 | 54.3 | – | – | – |" in text
    assert points["seconds"].dropna().tolist() == [12.5]


def test_a_variant_without_a_score_is_named(answer):
    with pytest.raises(ClnerError, match=r"no target-test of concner-share-1, 1, en → es, which"):
        answer(curve(60, 4, 0.5)[:-1], **share())
    uneven = curve(60, 4, 0.5, seeds=(1, 2))[:-1]
    with pytest.raises(ClnerError, match=r"no target-test of concner-share-1, 2, en → es, which"):
        answer(uneven, **share())
    with pytest.raises(ClnerError, match="no target-test of any of its variants"):
        answer([row("zero-shot", "es", 1, 50)], **share())


def test_many_pairs_are_drawn_as_their_average(answer):
    few = image.imread(answer(curve(60, 4, 0.5), **share())[2])
    languages = ["es", "nl", "de", "fr", "it", "pt"]
    rows = [r for target in languages for r in curve(60, 4, 0.5, target)]
    many = image.imread(answer(rows, **share())[2])
    assert many.shape[1] < 1.2 * few.shape[1]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "a study needs variants, and axes or gain"),
        ({"variants": ["a"]}, "a study needs variants, and axes or gain"),
        ({"axes": {"x": {}}}, "axes.x = {}: needs settings and values, or steps"),
        ({"axes": {"x": {"settings": ["a"], "values": [1, 1.0]}}}, "two values are called '1'"),
        ({"axes": {"x": {"steps": {"a": {}}}}, "gain": {"over": "b"}}, "axes and gain are both"),
    ],
)
def test_what_cannot_be_studied_is_one_line(settings, said, tmp_path, capsys):
    write_scores(tmp_path / "s.tsv", curve(60, 4, 0.5))
    files = {"scores": "s.tsv", "output": "o.md", "points": "o.tsv", "figure": "o.png"}
    options = [word for name, file in files.items() for word in (f"--{name}", str(tmp_path / file))]
    assert main(run, [*options, "--settings", json.dumps(settings)]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "o.md").exists()


# Gains -----------------------------------------------------------------------------------


def gains(by_target: dict[str, float], seeds=(1,)) -> list[Row]:
    return [
        own
        for target, gain in by_target.items()
        for seed in seeds
        for own in (
            row("zero-shot", target, seed, 40 + seed, "teacher", 0),
            row("concner", target, seed, 40 + seed + gain),
        )
    ]


GAIN = {"variants": ["concner"], "gain": {"over": "zero-shot"}}


def test_gains_follow_the_distance_of_the_languages(answer):
    # By URIEL nl, es, id, hi, ja are farther and farther from English.
    text, points, figure = answer(gains({"ja": 9, "nl": 1, "hi": 7, "es": 2, "id": 5}), **GAIN)
    assert points["pair"].str[-2:].tolist() == ["nl", "es", "id", "hi", "ja"]
    assert points["gain"].tolist() == pytest.approx([1, 2, 5, 7, 9])
    assert "- concner: ρ = 1.00, p = 0.017, n = 5" in text  # 2 of 5! orders
    assert "| concner | en → es | 0.178 | 41.0 | 43.0 | 2.0 |" in text
    assert image.imread(figure).shape[1] > 300


def test_a_gain_deviates_as_the_differences_of_one_seed_do(answer):
    # The seeds differ by one in both variants, the gain does not.
    text, _, _ = answer(gains({"es": 2, "nl": 1, "de": 1}, seeds=(1, 2)), **GAIN)
    assert "| concner | en → es | 0.178 | 41.5 | 43.5 | 2.0 ± 0.0 |" in text


def test_equal_gains_have_no_correlation(answer):
    text, _, _ = answer(gains({"es": 2, "nl": 2, "de": 2}), **GAIN)
    assert "no correlation, as all distances or all gains are the same" in text


def test_two_languages_are_too_few(answer):
    with pytest.raises(ClnerError, match="needs 3 pairs of languages or more; the scores have en"):
        answer(gains({"es": 2, "nl": 1}), **GAIN)


def test_distances_of_a_users_own(answer, tmp_path):
    path = tmp_path / "mine.tsv"
    path.write_text("# mine\nen\tes\t3\nen\tnl\t2\nde\ten\t1\n")
    own = {**GAIN, "gain": {"over": "zero-shot", "distances": str(path)}}
    text, points, _ = answer(gains({"es": 2, "nl": 3, "de": 4}), **own)
    assert points["distance"].tolist() == [1, 2, 3]
    assert "ρ = -1.00" in text
    with pytest.raises(ClnerError, match=r"mine\.tsv: no distance of en and fr; give a table"):
        answer(gains({"es": 2, "nl": 3, "fr": 4}), **own)
    path.write_text("en\tes\tfar\n")
    with pytest.raises(ClnerError, match=r"mine\.tsv:1: not two languages and their distance"):
        Distances.given(str(path))


def test_the_table_holds_distances_of_every_pair_of_xtreme():
    from bench.syntactic_distances import XTREME

    table, languages = Distances.given(None), XTREME.split()
    assert len(languages) == 40
    apart = np.array([[table.between([a], b) for a in languages if a != b] for b in languages])
    assert ((apart > 0) & (apart < 1)).all()
    assert table.between(["en"], "nl") < table.between(["en"], "hi")
    assert table.between(["nl"], "en") == table.between(["en"], "nl")
    # Of several sources the nearest counts.
    assert table.between(["ja", "nl"], "de") == table.between(["nl"], "de")


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=12))
def test_rho_is_that_of_scipy(pairs):
    distances, values = np.array(pairs, dtype=float).T
    found = spearman(distances, values)
    if len(set(distances)) == 1 or len(set(values)) == 1:
        assert found is None
    else:
        assert found.rho == pytest.approx(spearmanr(distances, values).statistic)
        assert 0 < found.p <= 1
        assert found.number == len(pairs)


def test_p_is_near_that_of_scipy_where_there_are_many_languages():
    noise = np.random.default_rng(3)
    distances = noise.normal(size=39)
    values = distances + 2.5 * noise.normal(size=39)
    assert spearman(distances, values).p == pytest.approx(
        spearmanr(distances, values).pvalue, abs=0.01
    )
