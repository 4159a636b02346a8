"""The workflow through workflow/profiles/slurm on a node of one's own: make slurm.

A run to the end; then a changed filter, whose first attempt is given too little memory.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.slurm.node import client, install, node, obstacle

ROOT = Path(__file__).parents[2]
WORKFLOW = ["Snakefile", "config.yaml", "workflow", "envs"]
# There is no accounting to ask here, and jobs are short.
HERE = ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "8"]
FILTER = Path(__file__).with_name("filter.yaml")
# What a changed filter runs again, of the demo's three targets.
EACH = ["filter", "student", "predict", "evaluate", "diagnose"]
FOLLOWING = Counter(dict.fromkeys(EACH, 3) | {"summarise": 1, "review": 1})
SHORT_OF_MEMORY = ["--set-resources", "filter:mem_mb=50 if attempt == 1 else 8000"]
# What squeue is asked for, in the order of Job's fields.
COLUMNS = ["comment", "partition", "tres-per-job", "minmemory", "state"]


class Job(NamedTuple):
    """What Slurm remembers of a job."""

    rule: str
    partition: str
    gpus: str
    memory: str
    state: str


class Trial:
    """A copy of the workflow, run through Slurm."""

    def __init__(self, folder: Path):
        self.folder = folder
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = os.environ | {"PATH": programs, "HF_HUB_OFFLINE": "1"}
        self.seen = 0
        folder.mkdir()
        for name in WORKFLOW:
            place = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            place(ROOT / name, folder / name)

    def run(self, *arguments: str, overlays: Sequence[Path] = ()) -> list[Job]:
        """Run snakemake through the profile; the jobs that Slurm had to do for it, in order.

        The overlays are laid over config.yaml. Raises CalledProcessError where snakemake fails.
        """
        profile = ["--workflow-profile", "workflow/profiles/slurm"]
        configuration = ["--configfile", *map(str, overlays)] if overlays else []
        subprocess.run(
            ["snakemake", *arguments, *profile, *configuration, *HERE],
            cwd=self.folder,
            env=self.environment,
            check=True,
        )
        jobs = self.jobs()
        new, self.seen = jobs[self.seen :], len(jobs)
        return new

    def jobs(self) -> list[Job]:
        columns = ",".join(f"{name}:200|" for name in COLUMNS)
        listed = client("squeue", "--states=all", "--noheader", "--sort=i", f"--Format={columns}")
        rows = [[cell.strip() for cell in line.split("|")] for line in listed.splitlines()]
        # The executor writes the rule into the comment: rule_teacher_wildcards_…
        return [Job(comment.split("_")[1], *rest) for comment, *rest, _ in rows]


def changed_filter(trial: Trial, *targets: str, overlays: Sequence[Path] = ()) -> list[Job]:
    """Run again with another filter, short of memory at first; the jobs of this second run."""
    return trial.run(*targets, *SHORT_OF_MEMORY, overlays=[*overlays, FILTER])


def counts(jobs: list[Job]) -> Counter[str]:
    """How many jobs of each rule ended well."""
    return Counter(job.rule for job in jobs if job.state == "COMPLETED")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="leave the run in this folder, which is made")
    arguments = parser.parse_args()
    reason = obstacle()
    if reason:
        sys.exit(f"error: {reason}")
    # So that an ended script leaves the contexts, and with them no daemon behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: terminated"))
    install()
    with tempfile.TemporaryDirectory(prefix="slurm-") as scratch, node(Path(scratch) / "node"):
        trial = Trial(arguments.keep or Path(scratch) / "run")
        demo = counts(trial.run())
        again = counts(changed_filter(trial))
        print((trial.folder / "results" / "table.md").read_text(encoding="utf-8"))
    print(f"jobs through Slurm: {dict(demo)}; after a changed filter: {dict(again)}")
    if again != FOLLOWING:
        sys.exit(f"error: a changed filter should have run {dict(FOLLOWING)}")


if __name__ == "__main__":
    main()
