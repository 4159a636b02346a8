"""Progress: a bar on a terminal, elsewhere plain lines with the job, its part and the time left."""

import logging
import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

import pytest
import torch
from transformers import Trainer, TrainingArguments

from clner.jobs import progress as module
from clner.jobs.progress import progress
from clner.jobs.steps import shown_steps

ROOT = Path(__file__).parents[1]


class Clock:
    """A clock that the test sets, in seconds."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def run(monkeypatch, capsys):
    """The lines of a job whose units take so many seconds each."""
    clock = Clock()
    monkeypatch.setattr(module, "monotonic", clock)

    def run(seconds: list[float], total: int, **options) -> list[str]:
        with progress("en-es/teacher", total, "steps", **options) as advance:
            for own in seconds:
                clock.now += own
                advance(1)
        return capsys.readouterr().err.splitlines()

    return run


def test_a_line_says_which_job_what_part_and_the_time_left(run):
    lines = run([30.0] * 4, total=4)
    assert lines == [
        "en-es/teacher: 2 of 4 steps (50 %), 01:00 left",
        "en-es/teacher: 4 of 4 steps (100 %), 00:00 left",
        "en-es/teacher: 4 steps in 02:00, 0.0 per s",
    ]


def test_there_is_a_line_a_minute_at_most_and_one_at_the_end(run):
    lines = run([0.5] * 1000, total=1000)
    assert len(lines) == 1000 * 0.5 // 60 + 1
    assert len(run([0.5] * 1000, total=1000, interval=10)) == 1000 * 0.5 // 10 + 1
    assert run([0.5] * 3, total=3) == ["en-es/teacher: 3 steps in 00:01, 2.0 per s"]


def test_what_was_done_before_does_not_count_for_the_time_left(run):
    first, *_ = run([60.0], total=100, done=90)
    assert first == "en-es/teacher: 91 of 100 steps (91 %), 09:00 left"


def test_a_job_that_fails_has_no_last_line(capsys):
    with pytest.raises(ValueError), progress("job", 2, "steps"):
        raise ValueError
    assert capsys.readouterr().err == ""


HALF = """
import logging
from clner.jobs.progress import progress
logging.basicConfig(format="%(message)s")
with progress("job", 2, "steps") as advance:
    advance(1)
    logging.warning("a warning")
    advance(1)
"""


def test_on_a_terminal_there_is_a_bar_and_logged_lines_stand_by_themselves():
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    subprocess.run([sys.executable, "-c", HALF], stderr=theirs, check=True)
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 1024):
            said += part
    except OSError:  # Linux says so that the other end is closed
        pass
    os.close(ours)
    assert b"job: 100%|" in said
    assert re.search(rb"\ra warning\r\n", said)


def test_elsewhere_there_is_no_carriage_return():
    result = subprocess.run([sys.executable, "-c", HALF], capture_output=True, check=True)
    assert re.fullmatch(rb"a warning\njob: 2 steps in 00:00, .+ per s\n", result.stderr)


class Line(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor) -> dict:
        return {"loss": ((self.weight * x - x) ** 2).mean()}


def trainer(folder, epochs: int) -> Trainer:
    arguments = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=epochs,
        per_device_train_batch_size=4,
        logging_steps=1,
        save_strategy="epoch",
        use_cpu=True,
        report_to=[],
        disable_tqdm=True,
    )
    data = [{"x": torch.tensor([float(n)])} for n in range(8)]
    return Trainer(model=Line(), args=arguments, train_dataset=data)


def test_training_shows_its_steps_and_a_line_an_epoch(tmp_path, capsys, caplog):
    caplog.set_level(logging.INFO, logger="clner.jobs.steps")
    own = trainer(tmp_path, epochs=2)
    with shown_steps(own, "teacher"):
        own.train()
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(r"^teacher: 4 steps in 00:0\d, .+ per s$", err, re.M)
    assert [line.split(",")[0] for line in caplog.messages] == [
        "teacher: epoch 1",
        "teacher: epoch 2",
    ]


def test_training_that_resumes_counts_the_steps_of_before(tmp_path, capsys):
    for epochs, resumed in ((2, False), (4, True)):
        own = trainer(tmp_path, epochs)
        with shown_steps(own, "teacher"):
            own.train(resume_from_checkpoint=resumed)
    assert "teacher: 8 steps in" in capsys.readouterr().err


def test_every_rule_has_a_message_of_one_line():
    text = "\n".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    parts = re.split(r"^(?:rule|use rule \w+ as) (\w+)(?: with)?:$", text, flags=re.M)[1:]
    assert len(parts) > 2 * 13
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        (message,) = re.findall(r"^    message:\n((?:        .+\n)+)", body, re.M)
        said = "".join(re.findall(r'"(.*)"', message))
        assert re.match(r"[A-Z][\w-]+ing ", said) and "\\n" not in said, name
