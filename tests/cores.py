"""How many cores a test may use beside those that run at the same time."""

import os


def share_of_cores() -> int:
    """All cores, or a process's share of them where pytest-xdist runs several.

    Trainings that outnumber the cores take far longer than one after the other would.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return max(1, (os.cpu_count() or 1) // processes)
