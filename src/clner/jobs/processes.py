"""A training by several processes of this machine, one a GPU, started by torchrun."""

from __future__ import annotations

import logging
import os

from clner.errors import MemoryShortageError
from clner.jobs.ranks import SPARING

log = logging.getLogger(__name__)


def train_together(stage: str, arguments: list[str], processes: int) -> int:
    """Run a stage in several processes; its exit status, 1 where one of them ended by a signal.

    Where memory runs out in one of them, the others wait for it in vain: all are ended, and
    started once more, told to spare memory.
    """
    status = _run(stage, arguments, processes)
    if status == MemoryShortageError.status:
        os.environ[SPARING] = "1"
        status = _run(stage, arguments, processes)
    return status


def _run(stage: str, arguments: list[str], processes: int) -> int:
    from torch.distributed import run as torchrun
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    options = ["--standalone", f"--nproc-per-node={processes}", "--module", stage, *arguments]
    try:
        torchrun.run(torchrun.parse_args(options))
    except ChildFailedError as error:
        statuses = [failure.exitcode for failure in error.failures.values()]
        if MemoryShortageError.status in statuses:
            return MemoryShortageError.status
        rank, first = error.get_first_failure()
        if first.exitcode < 0:
            log.error(
                "error: process %d of %d: ended by signal %d", rank, processes, -first.exitcode
            )
        return 1
    except SignalException as error:
        return 128 + error.sigval
    return 0
