"""The harness of `make bench`: what it measures, how it tells, and that both sides agree."""

import os
import signal
from functools import partial

import pytest
import torch

from bench import __main__ as command
from bench import table
from bench.measure import Case, Row, measure, medians


def holding(megabytes: int):
    """A run that holds so much for a moment."""
    return lambda: torch.ones(megabytes, 2**18).sum()


def failing(message: str):
    def run():
        raise RuntimeError(message)

    return run


def killed():
    return lambda: os.kill(os.getpid(), signal.SIGKILL)


def reading(name: str):
    """A run that holds as many MB as the variable says, in a process that has it."""
    return holding(int(os.environ[name]))


def test_a_ratio_above_one_is_in_our_favour():
    assert Row("head", "N=8", "seconds", 2.0, 6.0, "other").ratio == 3.0
    assert Row("head", "N=8", "seconds", 2.0, None, "other").ratio is None


@pytest.mark.slow
def test_peaks_are_what_a_run_adds_each_beside_each_other():
    others = {"twice": partial(holding, 200), "killed": killed}
    case = Case("part", "size", partial(holding, 100), others, measures=("peak_mb",))
    twice, dead = measure(case, rounds=1)
    assert twice.ours == pytest.approx(100, abs=20)
    assert twice.other == pytest.approx(200, abs=20)
    assert twice[:3] == ("part", "size", "peak_mb")
    assert (dead.ours, dead.other, dead.other_name) == (twice.ours, None, "killed")


@pytest.mark.slow
def test_the_environment_of_a_case_is_that_of_its_processes_only(monkeypatch):
    monkeypatch.delenv("HELD_BY_TEST", raising=False)
    ours = partial(reading, "HELD_BY_TEST")
    case = Case("part", "size", ours, measures=("peak_mb",), environment={"HELD_BY_TEST": "150"})
    (row,) = measure(case, rounds=1)
    assert row.ours == pytest.approx(150, abs=20)
    assert (row.other, row.other_name, row.ratio) == (None, "", None)
    assert "HELD_BY_TEST" not in os.environ


def test_runs_take_turns_after_one_that_does_not_count():
    turns = []
    first, second = (lambda: turns.append("first")), (lambda: turns.append("second"))
    times = medians([lambda: first, lambda: second], rounds=3)
    assert turns == ["first", "second"] * 4
    assert all(time > 0 for time in times)


def test_memory_that_gives_out_is_told_and_stops_nothing_else():
    short = "[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."
    times = medians([partial(failing, short), partial(holding, 1)], rounds=2)
    assert times[0] is None
    assert times[1] > 0


def test_any_other_error_is_not_swallowed():
    with pytest.raises(RuntimeError, match="shapes"):
        medians([partial(failing, "shapes do not match")], rounds=1)


def test_the_table_has_all_columns_and_leaves_empty_what_is_not_there(tmp_path):
    rows = [
        Row("head", "N=8", "seconds", 2.0, 6.0, "full"),
        Row("head", "N=8", "peak_mb", 2.0, None, "full"),
        Row("contrast", "M=8", "peak_mb", 2.0, None, ""),
    ]
    table.write(rows, tmp_path / "bench.tsv")
    assert (tmp_path / "bench.tsv").read_text().splitlines() == [
        "part\tsize\tmeasure\tours\tother\tother_name\tratio",
        "head\tN=8\tseconds\t2.0\t6.0\tfull\t3.0",
        "head\tN=8\tpeak_mb\t2.0\t\tfull\t",
        "contrast\tM=8\tpeak_mb\t2.0\t\t\t",
    ]
    shown = [table.line(row) for row in rows]
    assert "3.00×" in shown[0]
    assert "out of memory" in shown[1]
    assert shown[2].split() == ["contrast", "M=8", "peak_mb", "2"]


SLOW = {"plan": [pytest.mark.slow]}


@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=SLOW.get(part, [])) for part in command.PARTS]
)
def test_what_is_measured_side_by_side_agrees(part):
    command.PARTS[part].check()


@pytest.mark.slow
def test_the_command_measures_a_part(tmp_path, capsys):
    output = tmp_path / "bench.tsv"
    command.main(["--parts", "decoding", "--quick", "--rounds", "1", "--output", str(output)])
    header, row = output.read_text().splitlines()
    cells = dict(zip(header.split("\t"), row.split("\t"), strict=True))
    assert (cells["part"], cells["measure"]) == ("grid decoding", "seconds")
    assert float(cells["ratio"]) == pytest.approx(float(cells["other"]) / float(cells["ours"]))
    assert "grid decoding" in capsys.readouterr().out
