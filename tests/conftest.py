"""Shared set-up: one thread a process, and how many cases Hypothesis draws.

`make fuzz` takes the profile fuzz. Tests that say max_examples themselves are slow ones.
"""

import os

from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# Without deadlines: on a loaded machine any case may take long.
settings.register_profile("tests", max_examples=200, deadline=None)
settings.register_profile("fuzz", max_examples=2_000, deadline=None)
settings.load_profile("tests")


def pytest_collection_modifyitems(items):
    """The demo first: what takes longest must not be what is left for one process at the end."""
    items.sort(key=lambda item: item.path.name != "test_end_to_end.py")
