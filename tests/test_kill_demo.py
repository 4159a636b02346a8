"""Runs that are killed, doubled or handed damaged files, and then the same command again."""

import os
import signal
import time

import pytest

from clner.jobs.running import LOCKS
from tests.kill_demo import Run, compare, descendants

pytestmark = pytest.mark.slow

SMALL = """
run: {targets: [es], variants: [translate-train]}
corpora:
  en: {sample: {fraction: 0.05}}
  es: {max_unlabelled: 100}
encoder: {texts: [source, translation], scratch: {dimension: 16, width: 32, layers: 1, heads: 2}}
teacher: {epochs: 4}
"""
SCORES = "results/en-es/translate-train/seed-1/evaluate/scores.tsv"


def test_a_run_killed_at_random_moments_ends_with_the_same_artifacts(tmp_path):
    (tmp_path / "small.yaml").write_text(SMALL)
    overlay = ["--configfile", str(tmp_path / "small.yaml")]
    # A run that outlives its last moment is not killed any more.
    assert compare(tmp_path, 3, 6, 0, SCORES, *overlay) > 0


CORPORA = [
    f"results/corpora/{code}/shared/{split}.jsonl"
    for code in ("en", "es", "de", "zh")
    for split in ("train", "dev", "test", "unlabelled")
]


def test_a_second_run_says_so_and_one_that_was_killed_does_not_stop_the_next(tmp_path):
    run = Run(tmp_path / "run", *CORPORA)
    first = run.start()
    while not any((run.folder / LOCKS).glob("*")):
        assert first.poll() is None, run.said()
        time.sleep(0.01)
    second = run.start()
    assert second.wait() == 1
    assert "Directory cannot be locked" in run.said()
    assert first.poll() is None, "the first run was to be still at work"
    for process in [first.pid, *descendants(first.pid)]:
        os.kill(process, signal.SIGKILL)
    first.wait()
    assert any((run.folder / LOCKS).glob("*"))
    run.finish()
    assert "Removed the lock of a run that was killed." in run.said()
    assert all((run.folder / path).exists() for path in CORPORA)


def test_a_damaged_artifact_is_named_and_deleting_it_rebuilds_what_follows(tmp_path):
    translations = "results/en-es/shared/translate/train.jsonl"
    run = Run(tmp_path / "run", translations)
    run.finish()
    before = run.digests()
    sentences = run.folder / CORPORA[0]
    sentences.write_bytes(sentences.read_bytes()[:-10])
    assert run.start().wait() == 1
    count = len(sentences.read_text(encoding="utf-8").splitlines())
    fault = f"{CORPORA[0]}:{count}: not a JSON object; the file is damaged: delete it and run again"
    assert fault in run.said()
    assert "Traceback" not in run.said()
    sentences.unlink()
    run.finish()
    assert run.digests() == before
