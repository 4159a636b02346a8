"""The page: what it must say, what it must not take for its own, the same for the same run."""

import json
import platform
import re
from html.parser import HTMLParser

import pytest

from clner import report
from clner.errors import ClnerError
from clner.files.artifacts import read_json, write_json
from clner.report import ReportSettings
from clner.reporting.benchmarks import Job, read_jobs, stage_of
from clner.reporting.page.sentences import pieces
from clner.reporting.page.words import count, duration, listed, p_value, points
from clner.reporting.rows import read_scores, write_scores
from clner.text.scripts import detokenise
from tests.small_run import DANGEROUS, SKILL, write_benchmark, write_run

SECTIONS = ["Summary", "Leaderboard", "Languages", "Entity types", "Rounds", "Pseudo-labels"]
SECTIONS += ["Errors", "Monitors", "Training", "Vectors", "Projection", "Code-switching"]
SECTIONS += ["Time and memory", "Protocol", "Versions and settings"]


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> dict:
    return write_run(tmp_path_factory.mktemp("small"))


class Page(HTMLParser):
    """The text of a page by section, its tables, and its tags."""

    def __init__(self, html: str):
        super().__init__()
        self.text: dict[str, str] = {}
        self.tables: dict[str, list[list[list[str]]]] = {}
        self.tags: list[tuple[str, dict]] = []
        self.section = ""
        self.in_cell = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "section":
            self.section = dict(attrs)["id"]
            self.text[self.section] = ""
            self.tables[self.section] = []
        elif tag == "table":
            self.tables[self.section].append([])
        elif tag == "tr":
            self.tables[self.section][-1].append([])
        elif tag in ("td", "th"):
            self.tables[self.section][-1][-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag):
        self.in_cell = self.in_cell and tag not in ("td", "th")

    def handle_data(self, data):
        if self.section:
            self.text[self.section] += data
            if self.in_cell:
                self.tables[self.section][-1][-1][-1] += data.strip()


def made(small: dict, tmp_path, settings: dict | None = None, **changed) -> str:
    output = tmp_path / "report.html"
    values = {"resamples": 200} | (settings or {})
    report.run(ReportSettings(**values), **small | changed, output=output)
    return output.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def html(small, tmp_path_factory) -> str:
    return made(small, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def page(html) -> Page:
    return Page(html)


def test_every_section_is_there_and_in_the_contents(page):
    ids = [attrs["id"] for tag, attrs in page.tags if tag == "section"]
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert links == [f"#{name}" for name in ids]
    assert [page.text[name].strip().partition("\n")[0] for name in ids] == SECTIONS


def test_the_leaderboard_has_the_means_of_the_scores(small, page):
    rows = read_scores([small["scores"]])
    own = [
        row.f1
        for row in rows
        if (row.variant, row.model, row.split, row.type)
        == ("concner", "student", "target-test", "micro")
    ]
    header, first, *others = page.tables["leaderboard"][0]
    assert header[:3] == ["variant", "model", "mean F1"]
    assert first[:2] == ["concner", "student, round 1"]
    assert first[2].startswith(f"{100 * sum(own) / len(own):.1f} ± ")
    (baseline,) = [line for line in others if line[0] == "translate-train"]
    assert baseline[3] == "baseline"
    means = [float(line[2].split()[0]) for line in [first, *others]]
    assert means == sorted(means, reverse=True)
    difference = float(first[3].replace("−", "-"))
    assert difference == pytest.approx(means[0] - float(baseline[2].split()[0]), abs=0.11)


@pytest.mark.slow
def test_the_baseline_is_a_setting(small, tmp_path):
    page = Page(made(small, tmp_path, {"baseline": "zero-shot"}))
    lines = {line[0]: line for line in page.tables["leaderboard"][0][1:]}
    assert lines["zero-shot"][3] == "baseline"
    assert "the teacher of zero-shot" in page.text["summary"]


def test_an_unknown_baseline_is_a_fault_and_leaves_no_page(small, tmp_path):
    with pytest.raises(ClnerError, match=r"report.baseline = 'none': not in the scores; they have"):
        made(small, tmp_path, {"baseline": "none"})
    assert not (tmp_path / "report.html").exists()


def test_sentences_are_text_and_never_markup(html, page):
    assert DANGEROUS not in html
    assert "alert(1)" in page.text["errors"]
    assert [tag for tag, _ in page.tags].count("script") == 1


def test_nothing_is_fetched(html, page):
    addresses = [attrs.get(name) for _, attrs in page.tags for name in ("src", "href", "srcset")]
    assert all(address.startswith(("data:", "#")) for address in addresses if address)
    assert not re.search(r"@import|url\((?!data:)|fetch\(|XMLHttp", html)


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes(small, html, tmp_path):
    assert made(small, tmp_path) == html


def test_errors_add_up_to_what_is_not_right(page):
    counts = page.tables["errors"][1]
    header = counts[0]
    assert header[2:6] == ["gold", "right", "missed", "spurious"]
    for line in counts[1:]:
        gold, right, missed, _, *both = map(int, line[2:])
        assert abs(gold - right - missed - sum(both)) <= 2  # means over seeds, each rounded


@pytest.mark.slow
def test_examples_are_capped_and_said_to_be(small, tmp_path):
    page = Page(made(small, tmp_path, {"examples": 7}))
    assert [tag for tag, attrs in page.tags if "data-error" in attrs].count("li") == 7
    assert "7 examples of " in page.text["errors"]
    kinds = {attrs["data-error"] for tag, attrs in page.tags if "data-error" in attrs}
    assert len(kinds) > 1 or "missed" in kinds


@pytest.mark.slow
def test_figures_are_capped_and_said_to_be(small, tmp_path):
    page = Page(made(small, tmp_path, {"figures": 2}))
    assert "Left out: the same figure of 10 more of 12" in page.text["training"]
    shown = [attrs["alt"] for tag, attrs in page.tags if tag == "img"]
    assert sum(name.startswith("Loss terms") for name in shown) == 2


def test_monitors_costs_and_text_are_told(page):
    assert "plateau: a <warning>; lower epochs" in page.text["monitors"]
    costs = {line[0]: line for line in page.tables["time-and-memory"][0]}
    assert costs["teacher"][1:3] == ["1", "12.5"]
    assert costs["predict"][-1] == "–"
    assert "Not measured: encoder" in page.text["time-and-memory"]
    assert "no match" in page.text["projection"]
    assert "code-mixing index" in page.text["code-switching"]


def test_the_protocol_names_metric_selection_seeds_and_sizes(page):
    said = page.text["protocol"]
    for word in ("seqeval", "IOB2", "Checkpoints of teachers", "Koehn 2004", "training: 1, 2."):
        assert word in said
    assert ["en-es", "target-test", "40", "80"] in page.tables["protocol"][0]


def test_the_protocol_names_what_has_seen_labels_of_the_target(small, tmp_path):
    settings = json.loads(small["configuration"])
    settings["variants"]["zero-shot"] = {"teacher": {"views": ["target"]}}
    page = Page(made(small, tmp_path, configuration=json.dumps(settings)))
    assert "of a checkpoint but in zero-shot, for a ceiling;" in page.text["protocol"]


def test_versions_and_the_whole_configuration_are_there(page):
    assert ["Python", platform.python_version()] in page.tables["versions-and-settings"][0]
    assert "entity_confidence: 0.4" in page.text["versions-and-settings"]


def test_the_threshold_in_force_is_the_variants_own(page):
    assert ["concner", "0.4", "0.0"] in [
        line for table in page.tables["pseudo-labels"] for line in table
    ]


@pytest.mark.slow
def test_a_run_without_students_says_so(tmp_path):
    small = write_run(tmp_path, targets=["es"], variants=["zero-shot"], seeds=[1])
    absent = {"quality": None, "projections": None, "benchmarks": None}
    page = Page(made(small, tmp_path, **absent))
    assert "no round of self-training" in page.text["rounds"]
    assert "nothing was filtered" in page.text["pseudo-labels"]
    assert "nothing was projected" in page.text["projection"]
    assert "none was made" in page.text["code-switching"]
    assert "Not measured: teacher, predict, encoder" in page.text["time-and-memory"]
    assert "One seed" in page.text["leaderboard"]
    assert "the baseline itself" in page.text["summary"]
    assert [page.text[name].strip() for name in page.text if not page.text[name].strip()] == []


@pytest.mark.slow
def test_systems_on_other_sentences_are_not_compared(small, tmp_path):
    changed = []
    for path in small["analyses"]:
        analysis = read_json(path)
        if analysis["variant"] == "zero-shot":
            analysis["splits"]["target-test"]["digest"] = "another"
        copy = tmp_path / "analyses" / path.relative_to(small["scores"].parent)
        write_json(copy, analysis)
        changed.append(copy)
    page = Page(made(small, tmp_path, analyses=changed))
    lines = {line[0]: line for line in page.tables["leaderboard"][0]}
    assert lines["zero-shot"][3:] == ["–", "–", "–"]
    assert lines["concner"][3] != "–"


def test_files_of_a_run_by_hand_are_named_where_wrong(small, tmp_path):
    with pytest.raises(ClnerError, match="--projections nothing"):
        made(small, tmp_path, projections=["nothing"])
    with pytest.raises(ClnerError, match="--configuration: not JSON"):
        made(small, tmp_path, configuration="{")
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(ClnerError, match=r"broken\.json: without 'models'"):
        made(small, tmp_path, analyses=[tmp_path / "broken.json"])


@pytest.mark.slow
def test_a_variant_that_lacks_a_pair_has_no_mean_and_stands_last(small, tmp_path):
    rows = [
        row
        for row in read_scores([small["scores"]])
        if not (row.variant == "concner" and row.target == "zh")
    ]
    write_scores(tmp_path / "scores.tsv", rows)
    page = Page(made(small, tmp_path, scores=tmp_path / "scores.tsv"))
    last = page.tables["leaderboard"][0][-1]
    assert last[0] == "concner" and last[2] == "–"


# Time and memory ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "stage"),
    [
        ("corpora/es/shared/train.tsv", "corpus"),
        ("lexicons/en-es/shared/lexicon.tsv", "lexicon"),
        ("en-es/shared/translate.tsv", "translate"),
        ("es-en/shared/translate-unlabelled.tsv", "translate"),
        ("en-es/shared/align.tsv", "align"),
        ("en-es/concner/seed-1/teacher.tsv", "teacher"),
        ("en-es/concner/seed-1/student-2.tsv", "student"),
        ("en-es/concner/seed-1/predict/student-1/evaluation.tsv", "predict"),
        ("en-es/concner/seed-1/pool/student-1.tsv", "pool"),
        ("en-es/concner/seed-1/filter/round-1.tsv", "filter"),
        ("en-es/concner/seed-1/evaluate.tsv", "evaluate"),
        ("summarise.tsv", "summarise"),
        ("studies/filter.tsv", "study"),
        ("something/else.tsv", None),
    ],
)
def test_the_stage_of_a_benchmark_is_told_by_its_path(tmp_path, path, stage):
    assert stage_of((tmp_path / path).relative_to(tmp_path)) == stage


def test_what_is_no_benchmark_is_passed_over(tmp_path):
    write_benchmark(tmp_path / "en-es/shared/translate.tsv", "1.5", "-")
    write_benchmark(tmp_path / "notes.tsv", "1.5", "10")
    (tmp_path / "en-es/shared/project.tsv").write_text("")
    assert read_jobs(tmp_path) == [Job("translate", 1.5, None)]
    assert read_jobs(tmp_path / "absent") == []


# Words -------------------------------------------------------------------------------------------


def test_numbers_are_written_as_people_read_them():
    assert [count(1, "pair"), count(1200, "pair")] == ["1 pair", "1,200 pairs"]
    assert [points(0.0123), points(-0.004)] == ["+1.2", "−0.4"]
    assert [p_value(0.0001), p_value(0.0421), p_value(1.0)] == [
        "p < 0.001",
        "p = 0.043",
        "p = 1.000",
    ]
    assert [duration(4.06), duration(200), duration(7500)] == ["4.1 s", "3 min 20 s", "2 h 05 min"]
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed([str(k) for k in range(40)]) == "0, 1, 2, 3, 4, 5 and 34 more"


def test_variants_stand_in_the_order_of_the_run(small, page):
    header = page.tables["languages"][0][0]
    named = [name.partition(",")[0] for name in header[2:]]
    assert list(dict.fromkeys(named)) == json.loads(small["configuration"])["run"]["variants"]
    assert set(named) == set(SKILL)


# Sentences ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tokens", "language", "text"),
    [
        (
            ["Ana", "(", "la", "jefa", ")", "vive", "en", "Lima", "."],
            "es",
            "Ana (la jefa) vive en Lima.",
        ),
        (["Sie", "sagte", ":", "„", "Köln", "!", "“"], "de", None),
        (["白", "老", "师", "去", "IBM", "了", "。"], "zh", "白老师去IBM了。"),
    ],
)
def test_a_sentence_in_pieces_reads_as_the_sentence(tokens, language, text):
    spans = {"gold": [1, 4, "PER"], "predicted": [2, 5, "LOC"]}
    found = pieces(tokens, spans, language)
    whole = "".join(" " * piece.space + piece.text for piece in found)
    assert whole == (text or detokenise(tokens, language))
    assert [piece.marks for piece in found] == [
        (),
        ("gold",),
        ("gold", "predicted"),
        ("predicted",),
        (),
    ]
