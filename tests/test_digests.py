"""Digests of large files are computed once, and again once the file was touched."""

import os

import pytest

from clner.files.digests import WORTH_KEEPING, kept_digest
from clner.files.sums import digest


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CLNER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(bytes(WORTH_KEEPING))
    return path


def test_a_large_file_is_read_once_until_it_is_touched(cache, weights):
    assert kept_digest(weights) == digest(weights)
    [kept] = cache.glob("digests/*")
    kept.write_text("read from here")
    assert kept_digest(weights) == "read from here"
    with weights.open("r+b") as file:
        file.write(b"other")
    os.utime(weights, (0, 0))
    assert kept_digest(weights) == digest(weights)


def test_nothing_is_kept_of_a_small_file(cache, tmp_path):
    path = tmp_path / "train.conll"
    path.write_text("Ana B-PER\n")
    assert kept_digest(path) == digest(path)
    assert not cache.exists()


def test_a_cache_that_cannot_be_written_is_done_without(cache, weights):
    cache.write_text("a file where the folder should be")
    assert kept_digest(weights) == digest(weights)
