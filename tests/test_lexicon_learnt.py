"""What sentence pairs add to a dictionary, and in which order its translations come then."""

from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clner.errors import ClnerError
from clner.lexicon import LexiconSettings, run
from clner.lexicons.dictionary import read_dictionary
from clner.lexicons.learnt import LEAST, _ordered, _translated, learn
from clner.stage import main

SHARED = Path(__file__).parents[2] / "shared" / "data"
WORDS = {
    "of": "van", "a": "een", "house": "huis", "friend": "vriend", "river": "rivier",
    "sees": "ziet", "old": "oude", "city": "stad", "king": "koning", "paints": "schildert",
}  # fmt: skip


def texts(count: int = 60) -> list[tuple[str, str]]:
    """Sentences of words drawn at random, each with its translation word by word."""
    rng = Random(0)
    drawn = [rng.sample(sorted(WORDS), 5) for _ in range(count)]
    return [(" ".join(words), " ".join(WORDS[word] for word in words)) for words in drawn]


def test_words_that_the_dictionary_lacks_are_learnt():
    known = {word: [WORDS[word]] for word in ("house", "friend", "river", "sees", "city")}
    learnt = learn(known, texts(), "en", "nl")
    assert {word: found[0] for word, found in learnt.items()} == WORDS
    assert all(learnt[word][: len(found)] == found for word, found in known.items())


def test_translations_come_in_the_order_of_use_and_none_is_lost():
    known = {"house": ["pand", "huis"], "river": ["stroom"], "New York": ["New York"]}
    learnt = learn(known, texts(), "en", "nl")
    assert learnt["house"] == ["huis", "pand"]
    assert learnt["river"] == ["rivier", "stroom"]
    assert learnt["New York"] == ["New York"]


@given(st.data())
def test_translations_within_a_sentence_as_a_loop_finds_them(data):
    words = st.lists(st.sampled_from(["a", "ß", "3", "'s", "を", "oud"]), max_size=5)
    source, target = data.draw(words), data.draw(words)
    cells = [(i, j) for i in range(len(source)) for j in range(len(target))]
    drawn = data.draw(st.sets(st.sampled_from(cells))) if cells else set()
    links = np.array(sorted(drawn), dtype=np.int64).reshape(-1, 2)
    expected = []
    for i, word in enumerate(source):
        for start in range(len(target)):
            for end in range(start + 1, len(target) + 1):
                own = {(i, j) for j in range(start, end)}
                touching = {(a, b) for a, b in drawn if a == i or start <= b < end}
                phrase = target[start:end]
                if touching == own and all(t[0].isalpha() for t in (word, *phrase)):
                    expected.append((word, phrase))
    assert sorted(_translated(source, target, links)) == sorted(expected)


@given(
    st.lists(st.sampled_from("ABcde"), unique=True),
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 9)),
    st.integers(0, 60),
)
def test_what_is_known_stays_and_what_is_new_has_evidence(known, counts, occurrences):
    ordered = _ordered(known, Counter(counts), occurrences)
    assert len(set(ordered)) == len(ordered)
    assert set(known) <= set(ordered)
    for new in set(ordered) - set(known):
        assert counts[new] >= LEAST
        assert 10 * counts[new] >= occurrences
        assert new not in {word.lower() for word in known}
    met = [counts.get(word.lower(), 0) for word in ordered]
    assert met == sorted(met, reverse=True)
    unmet = [word for word in known if word.lower() not in counts]
    assert [word for word in ordered if word.lower() not in counts] == unmet


@pytest.mark.parametrize("inverse", [False, True])
def test_the_files_go_the_way_of_the_dictionary(tmp_path, inverse):
    (tmp_path / "en-nl.txt").write_text("house huis\nriver rivier\n", encoding="utf-8")
    lines = "".join(f"{text}\t{other}\n" for text, other in texts())
    (tmp_path / "pairs.tsv").write_text(lines, encoding="utf-8")
    settings = LexiconSettings(
        path=str(tmp_path / "en-nl.txt"), parallel=[str(tmp_path / "pairs.tsv")], inverse=inverse
    )
    source, target = ("nl", "en") if inverse else ("en", "nl")
    run(settings, source=source, target=target, output=tmp_path / "lexicon.tsv")
    learnt = read_dictionary(tmp_path / "lexicon.tsv")
    expected = {other: word for word, other in WORDS.items()} if inverse else WORDS
    assert {word: found[0] for word, found in learnt.items()} == expected


def test_a_missing_file_is_one_line_that_names_the_setting(tmp_path, capsys, monkeypatch):
    (tmp_path / "en-nl.txt").write_text("house huis\n", encoding="utf-8")
    settings = LexiconSettings(path=str(tmp_path / "en-nl.txt"), parallel=["$PAIRS/en-nl.tsv"])
    monkeypatch.delenv("PAIRS", raising=False)
    with pytest.raises(ClnerError, match=r"lexicons\.en-nl\.parallel = .*PAIRS is not set"):
        run(settings, source="en", target="nl", output=tmp_path / "out.tsv")
    monkeypatch.setenv("PAIRS", str(tmp_path))
    given = ["--source", "en", "--target", "nl", "--output", str(tmp_path / "out.tsv")]
    assert main(run, [*given, "--settings", settings.model_dump_json()]) == 1
    assert "en-nl.tsv: cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "out.tsv").exists()


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data in ../shared is absent")
@pytest.mark.parametrize(
    ("target", "lacking", "first"),
    [
        ("nl", "of to in a is he", {"of": "van", "a": "een", "in": "in", "he": "hij", "the": "de"}),
        ("zh", "of to in a is he", {"in": "在", "is": "是", "he": "他", "italy": "意大利"}),
    ],
)
def test_muse_gets_its_short_words_from_real_sentences(tmp_path, target, lacking, first):
    muse = SHARED / f"dictionaries/en-{target}.tsv"
    assert not set(lacking.split()) & read_dictionary(muse).keys()
    parallel = str(SHARED / f"parallel/flores-reference.en-{target}.tsv")
    settings = LexiconSettings(path=str(muse), parallel=[parallel])
    run(settings, source="en", target=target, output=tmp_path / "lexicon.tsv")
    learnt = read_dictionary(tmp_path / "lexicon.tsv")
    assert {word: learnt[word][0] for word in first} == first
