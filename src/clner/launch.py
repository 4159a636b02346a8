"""Start a stage with GPUs of its own: `python -m clner.launch --gpus 2 clner.teacher …`.

With 0 it sees none. With one or more it waits for such as no other job of the user has. With two
or more it trains in as many processes. Where the machine has no GPU, the CPU serves.
"""

import argparse
import logging
import os
import sys

from clner.errors import ClnerError
from clner.jobs.devices import lease, lock_folder, visible_devices
from clner.jobs.processes import train_together

log = logging.getLogger(__name__)

SHARING = ("clner.teacher", "clner.student")
"""The stages whose work several processes can share."""


def check(stage: str, processes: int) -> None:
    """Raises ClnerError for a stage that several processes cannot share."""
    if processes > 1 and stage not in SHARING:
        raise ClnerError(f"gpus = {processes}: {stage} uses one at most")


def leased(count: int) -> list[str]:
    """Lease `count` GPUs; none, with a warning, where there is none at all."""
    devices = visible_devices()
    if count and not devices:
        log.warning("no GPU here: running on the CPU")
        return []
    return [own.device for own in lease(count, devices, lock_folder())]


def main() -> int:
    """Run the stage; the exit status is the stage's, or 1 where there is no way to start it."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    parser = argparse.ArgumentParser(prog="python -m clner.launch", description=__doc__)
    parser.add_argument("--gpus", type=int, required=True, help="how many the stage may use")
    parser.add_argument("stage", help="its module: clner.teacher")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="those of the stage")
    given = parser.parse_args()
    try:
        check(given.stage, given.gpus)
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(leased(given.gpus))
    except ClnerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if given.gpus > 1:
        return train_together(given.stage, given.arguments, given.gpus)
    os.execv(sys.executable, [sys.executable, "-m", given.stage, *given.arguments])


if __name__ == "__main__":
    sys.exit(main())
