"""What is done when memory runs out."""

import weakref

import pytest
import torch

from clner.errors import ClnerError
from clner.jobs import ranks
from clner.tagging.settings import TrainingSettings
from clner.tagging.shortage import sparing_memory


class Training:
    """A training that has memory for batches of `most` sentences."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.tried: list[tuple[int, int]] = []

    def __call__(self, settings: TrainingSettings) -> str:
        self.tried.append((settings.batch_size, settings.accumulation))
        if settings.batch_size > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return "trained"


def test_without_a_shortage_nothing_changes(caplog):
    training = Training(most=8)
    assert sparing_memory(training, TrainingSettings(batch_size=8)) == "trained"
    assert training.tried == [(8, 1)]
    assert not caplog.records


def test_the_batch_is_halved_and_the_log_says_so(caplog):
    training = Training(most=4)
    settings = TrainingSettings(batch_size=8, accumulation=3)
    assert sparing_memory(training, settings) == "trained"
    assert training.tried == [(8, 3), (4, 6)]
    [line] = caplog.messages
    assert "batch_size = 8: going on with batch_size = 4 and accumulation = 6" in line


@pytest.mark.parametrize(("size", "tried", "named"), [(8, 2, 4), (7, 1, 7), (1, 1, 1)])
def test_a_second_shortage_or_a_batch_without_halves_is_an_error(size, tried, named):
    training = Training(most=0)
    with pytest.raises(ClnerError, match=f"^batch_size = {named}: out of memory; take a smaller"):
        sparing_memory(training, TrainingSettings(batch_size=size))
    assert len(training.tried) == tried


def test_ranks_that_are_started_again_begin_with_half_the_batch(monkeypatch, caplog):
    monkeypatch.setenv(ranks.SPARING, "1")
    training = Training(most=4)
    assert sparing_memory(training, TrainingSettings(batch_size=8)) == "trained"
    assert training.tried == [(4, 2)]
    assert "batch_size = 8: going on with batch_size = 4" in caplog.text
    with pytest.raises(ClnerError, match=r"^batch_size = 8: out of memory; take"):
        sparing_memory(training, TrainingSettings(batch_size=16))


def test_the_memory_of_the_first_attempt_is_free_for_the_second():
    held = []

    def train(settings: TrainingSettings) -> None:
        assert all(tensor() is None for tensor in held)
        tensor = torch.zeros(3)
        held.append(weakref.ref(tensor))
        if len(held) == 1:
            raise torch.OutOfMemoryError

    sparing_memory(train, TrainingSettings())
    assert len(held) == 2
