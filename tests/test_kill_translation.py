"""kill -9 at random moments: the translate stage loses no sentence and repeats none."""

import os
import random
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clner.lexicons.lexicon import Lexicon
from clner.text.sentence import Sentence, read_sentences, write_sentences
from clner.translation.cache import TranslationCache
from clner.translation.engines.lexicon import LexiconEngine, lexicon_engine

KILLS = 20
PAUSE = 0.05  # seconds that a call of the slow translator takes


def write_corpus(folder, size):
    """`size` distinct sentences of 1 to 30 words, every tenth a second time; return their texts."""
    rng = random.Random(0)
    words = [f"w{number}" for number in range(500)]
    texts = [[f"s{number}", *rng.choices(words, k=rng.randrange(30))] for number in range(size)]
    repeated = [*texts, *texts[::10]]
    sentences = [Sentence(f"en-{number}", tokens) for number, tokens in enumerate(repeated)]
    write_sentences(folder / "source.jsonl", sentences)
    (folder / "lexicon.tsv").write_text("".join(f"{word}\tp q {word}\n" for word in words))
    return {" ".join(tokens) for tokens in texts}


def start(folder, name, batch_size, *program):
    """The stage as a process, with a cache and an output of that name."""
    paths = {
        "sentences": folder / "source.jsonl",
        "lexicon": folder / "lexicon.tsv",
        "cache": folder / f"{name}.sqlite",
        "output": folder / f"{name}.jsonl",
    }
    options = [part for option, path in paths.items() for part in (f"--{option}", str(path))]
    options += ["--source", "en", "--target", "es", "--batch-size", str(batch_size)]
    program = program or ("-m", "clner.translate")
    return subprocess.Popen([sys.executable, *program, *options], stderr=subprocess.DEVNULL)


def kill(process):
    """kill -9 to a process that has not ended by itself."""
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def stored(folder, name):
    """The texts that a cache holds, and their translations."""
    lexicon = folder / "lexicon.tsv"
    identity = lexicon_engine(Lexicon({}), lexicon, "en", "es", "first", 0).identity
    texts = (" ".join(sentence.tokens) for sentence in read_sentences(folder / "source.jsonl"))
    with TranslationCache(folder / f"{name}.sqlite", identity) as cache:
        return cache.find(texts)


def same_output(folder):
    first, second = (folder / f"{name}.jsonl" for name in ("undisturbed", "killed"))
    return first.read_bytes() == second.read_bytes()


def wait_for_writes(path, number, process):
    """Wait until a file was seen to change `number` times."""
    seen = {written(path)}
    while len(seen) <= number:
        assert process.poll() is None, "ended before it could be killed"
        time.sleep(0.001)
        seen.add(written(path))


def written(path):
    """When a file was last written, in nanoseconds."""
    return path.stat().st_mtime_ns if path.exists() else 0


@pytest.mark.slow
def test_stage_killed_amid_its_writes_ends_with_the_same_file(tmp_path):
    """Each text is a transaction of its own here, so that kills hit transactions."""
    texts = write_corpus(tmp_path, 3000)
    assert start(tmp_path, "undisturbed", 64).wait() == 0

    cache = tmp_path / "killed.sqlite"
    rng = random.Random(0)
    kept = {}
    for number in range(KILLS):
        process = start(tmp_path, "killed", 1)
        if number % 4:  # the others as they start
            wait_for_writes(cache, rng.randint(1, 10), process)
        time.sleep(rng.uniform(0, 0.01))
        kill(process)
        assert not (tmp_path / "killed.jsonl").exists()
        earlier, kept = kept, stored(tmp_path, "killed")
        assert earlier.items() <= kept.items()
    assert len(kept) < len(texts)
    assert start(tmp_path, "killed", 1).wait() == 0
    assert stored(tmp_path, "killed").keys() == texts
    assert same_output(tmp_path)


def slow_stage():
    """The stage with a slow engine, that first appends the texts of each call to a log."""
    log = Path(sys.argv.pop(1))
    translate = LexiconEngine.translate_sentences

    def slowly(self, sentences, *arguments, **options):
        with log.open("ab", buffering=0) as file:
            file.write("".join(f"{sentence}\n" for sentence in sentences).encode())
        time.sleep(PAUSE)
        return translate(self, sentences, *arguments, **options)

    LexiconEngine.translate_sentences = slowly
    runpy.run_module("clner.translate", run_name="__main__")


@pytest.mark.slow
def test_no_sentence_is_lost_or_repeated_however_often_translation_is_killed(tmp_path):
    """A translation is delivered when it is in the cache.

    Nothing that was delivered is ever translated again, and a kill costs at most the one call of
    the engine that it interrupts.
    """
    batch_size = 16
    texts = write_corpus(tmp_path, 2000)
    assert start(tmp_path, "undisturbed", batch_size).wait() == 0

    log = tmp_path / "log"
    log.touch()
    rng = random.Random(0)
    delivered, in_vain = set(), 0
    for number in range(KILLS + 1):
        already = len(log.read_text().splitlines())
        process = start(tmp_path, "killed", batch_size, __file__, str(log))
        if number < KILLS:
            wait_for_writes(log, rng.randint(1, 4), process)
            time.sleep(rng.uniform(0, 2 * PAUSE))
            kill(process)
            assert not (tmp_path / "killed.jsonl").exists()
        else:
            assert process.wait() == 0
        translated = log.read_text().splitlines()[already:]
        assert len(translated) == len(set(translated))
        assert not delivered & set(translated), "translated again"
        before, delivered = delivered, set(stored(tmp_path, "killed"))
        assert before <= delivered <= before | set(translated)
        lost = set(translated) - delivered
        assert len(lost) <= (batch_size if number < KILLS else 0)
        in_vain += len(lost)

    assert delivered == texts
    assert len(log.read_text().splitlines()) == len(texts) + in_vain
    assert in_vain > 0, "no kill hit a call of the engine"
    print(f"{KILLS} kills: {in_vain} of {len(texts)} texts were in flight at one")
    assert same_output(tmp_path)


if __name__ == "__main__":
    slow_stage()
