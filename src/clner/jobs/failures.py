"""How the logs of failed jobs end, for the last words of a run.

Snakemake names the log of a failed job where it fails; with other jobs going on, that scrolls away.
"""

import re
from collections import deque
from pathlib import Path

LINES = 10
"""Lines of a log that are shown."""

_FAILED = re.compile(r"^ +jobid: (\d+)$")
_LOG = re.compile(r"^ +log: (.+) \(check log file\(s\) for error details\)$")
_FINISHED = re.compile(r"^Finished jobid: (\d+) ")


def last_words(record: Path) -> str:
    """The last lines of the log of each job that failed for good; "" where none did.

    `record` is what Snakemake wrote of the run. A job that was tried again and then finished has
    not failed.
    """
    failed: dict[str, Path] = {}
    job = ""
    for line in record.read_text(encoding="utf-8", errors="replace").splitlines():
        if found := _FAILED.match(line):
            job = found[1]
        elif found := _LOG.match(line):
            failed[job] = Path(found[1])
        elif found := _FINISHED.match(line):
            failed.pop(found[1], None)
    return "\n".join(_ending(path) for path in failed.values())


def _ending(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = deque(file, maxlen=LINES)
    except OSError as error:
        return f"{path}: cannot be read: {error.strerror}"
    said = "".join(f"    {line.rstrip()}\n" for line in lines) or "    (nothing)\n"
    return f"{path} ends with:\n{said}"
