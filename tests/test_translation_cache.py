"""The cache of translations: nothing twice, also when killed, shared or changed."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter

import pytest
from easynmt import EasyNMT

from clner.errors import ClnerError
from clner.translation.cache import TranslationCache, translate_all
from clner.translation.engines.engine import Engine
from clner.translation.record import Block, Translation


class CountingTranslator:
    """Reverses texts and counts how often it saw each."""

    def __init__(self):
        self.seen = Counter()

    def translate_sentences(self, sentences, **_):
        self.seen.update(sentences)
        return [sentence[::-1] for sentence in sentences]


def counting_engine(translator, identity=None):
    identity = identity or {"engine": "counting"}
    return Engine("counting", "en", "es", identity, lambda: EasyNMT(translator=translator))


def run(path, texts, translator, identity=None):
    engine = counting_engine(translator, identity)
    with TranslationCache(path, engine.identity) as cache:
        return translate_all(texts, engine, cache, batch_size=4)


def test_no_text_is_translated_twice(tmp_path):
    translator = CountingTranslator()
    few = [f"text {number % 7}" for number in range(20)]
    many = [*few, *(f"more {number}" for number in range(9)), ""]
    run(tmp_path / "cache.sqlite", few, translator)
    translations = run(tmp_path / "cache.sqlite", many, translator)
    assert translations == {text: text[::-1] for text in many}
    assert set(translator.seen.values()) == {1} and "" not in translator.seen


def test_all_known_loads_no_engine(tmp_path):
    run(tmp_path / "cache.sqlite", ["a", "b"], CountingTranslator())

    def fail():
        raise AssertionError("loaded")

    engine = Engine("counting", "en", "es", {"engine": "counting"}, fail)
    with TranslationCache(tmp_path / "cache.sqlite", engine.identity) as cache:
        assert translate_all(["b", "a"], engine, cache, 4) == {"a": "a", "b": "b"}


def test_another_engine_never_gets_stale_text(tmp_path):
    path = tmp_path / "cache.sqlite"
    run(path, ["abc"], CountingTranslator(), {"lexicon": "old"})
    translator = CountingTranslator()
    run(path, ["abc"], translator, {"lexicon": "new"})
    assert translator.seen == {"abc": 1}


def test_alignment_is_kept(tmp_path):
    with TranslationCache(tmp_path / "m.sqlite", {}) as cache:
        aligned = Translation("x y", [Block(0, 1, 0, 2)])
        cache.add({"a": aligned, "b": Translation("y"), "c": Translation("", [])})
        found = cache.find(["a", "b", "c", "d"])
    assert found == {"a": "x y", "b": "y", "c": ""}
    assert [found[text].alignment for text in "abc"] == [[Block(0, 1, 0, 2)], None, []]


def test_other_file_is_one_clear_line(tmp_path):
    path = tmp_path / "cache.sqlite"
    path.write_text("no database, but long enough to be looked at" * 20)
    with pytest.raises(ClnerError, match="cannot be used as a cache of translations"):
        TranslationCache(path, {})


# A run of its own, with an engine that writes down each text it is asked for. Its façade is the
# smallest there is, so that a process starts at once.
SCRIPT = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from clner.translation.engines.engine import Engine
    from clner.translation.cache import TranslationCache, translate_all

    cache, asked, pause = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])

    class Facade:
        def translate(self, texts, **_):
            with asked.open("a") as file:
                file.writelines(text + "\\n" for text in texts)
            time.sleep(pause)
            return [text[::-1] for text in texts]

    engine = Engine("slow", "en", "es", {}, Facade)
    with TranslationCache(cache, engine.identity) as known:
        texts = [f"text {number:03}" for number in range(120)]
        done = translate_all(texts, engine, known, 4)
    assert done == {text: text[::-1] for text in texts}
    """
)


def start(cache, asked, pause):
    command = [sys.executable, "-c", SCRIPT, str(cache), str(asked), str(pause)]
    return subprocess.Popen(command, stderr=subprocess.PIPE)


def lines(path):
    return path.read_text().splitlines() if path.exists() else []


def test_killed_run_goes_on_where_it_was(tmp_path):
    cache, asked = tmp_path / "cache.sqlite", tmp_path / "asked"
    process = start(cache, asked, 0.02)
    while len(lines(asked)) < 40:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    process = start(cache, asked, 0)
    assert process.wait(timeout=30) == 0, process.stderr.read()
    process.stderr.close()
    counts = Counter(lines(asked))
    assert len(counts) == 120
    # Only the batch that the kill cut off may have been asked for again.
    assert sum(counts.values()) <= 120 + 4


def test_two_processes_share_a_cache(tmp_path):
    cache = tmp_path / "cache.sqlite"
    processes = [start(cache, tmp_path / f"asked-{n}", 0.002) for n in range(3)]
    for process in processes:
        error = process.communicate(timeout=60)[1]
        assert process.returncode == 0, error
    with TranslationCache(cache, {}) as known:
        assert len(known.find(f"text {number:03}" for number in range(120))) == 120
