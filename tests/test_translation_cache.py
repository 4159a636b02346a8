"""The cache of translations: nothing twice, also when killed, shared or changed."""

import logging
import os
import re
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections import Counter

import pytest
from easynmt import EasyNMT

from clner.errors import ClnerError
from clner.lexicons.lexicon import Lexicon
from clner.translation.cache import TranslationCache, translate_all
from clner.translation.engines.engine import Engine
from clner.translation.engines.lexicon import lexicon_engine
from clner.translation.engines.models import model_engine
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


def test_damaged_text_is_one_clear_line(tmp_path):
    path = tmp_path / "cache.sqlite"
    run(path, ["a"], CountingTranslator())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE translations SET translation = CAST(x'ff' AS TEXT)")
    connection.close()
    with pytest.raises(ClnerError, match=r"Could not decode .*; delete it to start a new one"):
        run(path, ["a"], CountingTranslator())


class Failing(CountingTranslator):
    """Fails at the third call."""

    calls = 0

    def translate_sentences(self, sentences, **_):
        self.calls += 1
        if self.calls == 3:
            raise ValueError("broken")
        return super().translate_sentences(sentences)


def test_an_error_keeps_what_came_before(tmp_path):
    texts = [f"text {number}" for number in range(20)]
    failing, translator = Failing(), CountingTranslator()
    with pytest.raises(ClnerError, match="broken"):
        run(tmp_path / "cache.sqlite", texts, failing)
    run(tmp_path / "cache.sqlite", texts, translator)
    assert len(failing.seen) == 8 and len(translator.seen) == 12
    assert not failing.seen & translator.seen


@pytest.mark.parametrize(("per_call", "calls"), [(None, [4, 4, 2]), (7, [7, 3])])
def test_an_engine_may_ask_for_more_texts_at_once(tmp_path, per_call, calls):
    sizes = []

    class Sizes:
        def translate_sentences(self, sentences, **_):
            sizes.append(len(sentences))
            return sentences

    engine = counting_engine(Sizes())
    engine.texts_per_call = per_call
    with TranslationCache(tmp_path / "cache.sqlite", {}) as cache:
        translate_all([f"text {number}" for number in range(10)], engine, cache, batch_size=4)
    assert sizes == calls


def test_the_last_line_says_how_fast_it_went(tmp_path, capsys):
    run(tmp_path / "cache.sqlite", ["a", "b", "a"], CountingTranslator())
    last = r"translation, counting: 2 texts in 00:00, [\d,.]+ per s\n"
    assert re.fullmatch(last, capsys.readouterr().err)
    run(tmp_path / "cache.sqlite", ["a", "b"], CountingTranslator())
    assert capsys.readouterr().err == ""


def test_the_log_says_how_many_are_to_translate(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    run(tmp_path / "cache.sqlite", ["a", "b", "a"], CountingTranslator())
    run(tmp_path / "cache.sqlite", ["a", "b"], CountingTranslator())
    said = [
        "counting: 2 texts, 2 of them to translate",
        "counting: 2 texts, 0 of them to translate",
    ]
    assert caplog.messages == said


class Odd:
    """Answers as `answers` says, and with the text itself otherwise."""

    def __init__(self, answers):
        self.answers = answers

    def translate_sentences(self, sentences, **_):
        return [self.answers.get(sentence, sentence) for sentence in sentences]


def test_empty_and_long_translations_are_kept_and_counted(tmp_path, caplog):
    odd = {"one": "x" * 31, "two": "x" * 30, "three": " ", "four": "", "美国": "x" * 60}
    for _ in range(2):  # the second time from the cache
        caplog.clear()
        translations = run(tmp_path / "cache.sqlite", [*odd, "five", ""], Odd(odd))
        assert translations == {**odd, "five": "five", "": ""}
        assert [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING] == [
            "counting, en to es: of 6 translations 2 are empty and 1 more than 10 times as long "
            "as the text, the first that of 'three'"
        ]


def test_no_warning_where_nothing_is_odd(tmp_path, caplog):
    run(tmp_path / "cache.sqlite", ["abc", ""], CountingTranslator())
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


STRANGE = {
    "emoji": "👍🏽 🇪🇸 ☺️",
    "joined": "👩‍👩‍👧‍👦 می‌خواهم क्‍ष",
    "both directions": "Anna said שלום ‏(1)‏ and مرحبا .",
    "marks of direction": "\u202eabc\u202c \u2066def\u2069",
    "separators": "a\u2028b c\u0085d",
    "quotes": "\\ \" ' ; DROP TABLE translations ; --",
    "beyond the first plane": "𝔘𝔫𝔦 𐎀𐎁 𠮷野家",
    "nul": "a\0b",
    "long": " ".join(f"word{number}" for number in range(10_000)),
    "long and without spaces": "語" * 10_000,
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_strange_text_passes_unharmed_through_a_dictionary(tmp_path, text):
    (tmp_path / "lexicon.tsv").write_text("a\tb\n")
    words = Lexicon({"unused": ["nada"]})
    engine = lexicon_engine(words, tmp_path / "lexicon.tsv", "en", "es", "first", 0)
    for _ in range(2):
        with TranslationCache(tmp_path / "cache.sqlite", engine.identity) as cache:
            translation = translate_all([text], engine, cache, 4)[text]
        assert translation == text
        assert engine.split(translation) == text.split(" ")
        assert len(translation.alignment) == len(text.split(" "))


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory):
    """A byte-level T5 with random weights that writes letters; it reads 64 bytes of a text."""
    import torch
    from transformers import ByT5Tokenizer, T5Config, T5ForConditionalGeneration

    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(0)
    sizes = {"d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    config = T5Config(
        vocab_size=384,
        decoder_start_token_id=0,
        tie_word_embeddings=False,
        initializer_factor=20.0,
        **sizes,
    )
    model = T5ForConditionalGeneration(config)
    tokenizer = ByT5Tokenizer(model_max_length=64)
    letters = tokenizer("abcdefghijklmnopqrstuvwxyz", add_special_tokens=False).input_ids
    model.generation_config.suppress_tokens = sorted({*range(384)} - {*letters})
    model.generation_config.max_length = 12
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_strange_texts_each_get_their_own_translation_of_a_model(tmp_path, tiny_model):
    engine = model_engine(str(tiny_model), "en", "es", 1, {})
    texts = list(STRANGE.values())
    with TranslationCache(tmp_path / "cache.sqlite", engine.identity) as cache:
        together = translate_all(texts, engine, cache, len(texts))
        assert cache.find(texts) == together
    assert cache_texts(tmp_path / "cache.sqlite") == sorted(texts)
    assert {text: engine.translate([text])[0] for text in texts} == together
    assert len(set(together.values())) > len(texts) / 2


def cache_texts(path):
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT text FROM translations").fetchall()
    connection.close()
    return sorted(text for (text,) in rows)


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
        lang_pairs = frozenset()

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


# Killed in the middle of one large write, when part of it is already in the file.
CUT_WRITE = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from clner.translation.cache import TranslationCache
    from clner.translation.record import Translation

    class Cut(dict):
        def items(self):
            for number in range(20_000):
                yield f"lost {number}", Translation("x" * 1000)
            os.kill(os.getpid(), signal.SIGKILL)

    with TranslationCache(Path(sys.argv[1]), {}) as cache:
        cache.add({f"kept {number}": Translation("y") for number in range(100)})
        cache.add(Cut())
    """
)


def test_write_that_a_kill_cut_off_is_rolled_back(tmp_path):
    path = tmp_path / "cache.sqlite"
    killed = subprocess.run([sys.executable, "-c", CUT_WRITE, str(path)])
    assert killed.returncode == -signal.SIGKILL
    journal = tmp_path / "cache.sqlite-journal"
    assert journal.exists() and path.stat().st_size > 1_000_000
    with TranslationCache(path, {}) as cache:
        assert len(cache.find(f"kept {number}" for number in range(100))) == 100
        assert cache.find(f"lost {number}" for number in range(20_000)) == {}
        cache.add({"new": Translation("z")})
    assert not journal.exists()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


# The operating system refuses to let the file grow, as it does where a disk is full.
NO_ROOM = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    from clner.errors import ClnerError
    from clner.translation.cache import TranslationCache
    from clner.translation.record import Translation

    with TranslationCache(Path(sys.argv[1]), {}) as cache:
        cache.add({"kept": Translation("y")})
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            cache.add({f"lost {number}": Translation("x" * 1000) for number in range(1000)})
        except ClnerError as error:
            print(error)
        assert len(cache.find(["kept", "lost 1"])) == 1
    """
)


def test_no_room_is_one_clear_line_and_loses_nothing_kept(tmp_path):
    path = tmp_path / "cache.sqlite"
    command = [sys.executable, "-c", NO_ROOM, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    [line] = done.stdout.splitlines()
    assert line.startswith(f"{path}: cannot be used as a cache of translations (")
    assert line.endswith("run again; nothing kept so far is lost")
    with TranslationCache(path, {}) as cache:
        cache.add({f"lost {number}": Translation("x" * 1000) for number in range(1000)})
        assert cache.find(["kept", "lost 999"]) == {"kept": "y", "lost 999": "x" * 1000}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_cache_is_one_clear_line(tmp_path):
    folder = tmp_path / "folder"
    run(folder / "cache.sqlite", ["a"], CountingTranslator())
    (folder / "cache.sqlite").chmod(0o444)
    folder.chmod(0o555)
    try:
        with pytest.raises(ClnerError, match=r"readonly database.*; make the file and its folder"):
            run(folder / "cache.sqlite", ["b"], CountingTranslator())
        with pytest.raises(ClnerError, match=r"unable to open .*; make its folder writable"):
            TranslationCache(folder / "other.sqlite", {})
        with pytest.raises(ClnerError, match=r"its folder cannot be made .Permission denied"):
            TranslationCache(folder / "below" / "cache.sqlite", {})
    finally:
        folder.chmod(0o755)


def test_folder_that_is_a_file_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ClnerError, match=r"its folder cannot be made \(File exists\)"):
        TranslationCache(tmp_path / "file" / "cache.sqlite", {})
