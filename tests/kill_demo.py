"""Kill a run of the demo at random moments, again and again, and compare with one left alone.

`make kills`, or `python -m tests.kill_demo --kills 20 --seed 0`: the whole demo, in a temporary
folder. Each kill is a SIGKILL to one of: the whole run, as a cluster's preemption or a power cut
does; Snakemake alone, so that its jobs live on; one of its jobs, as a full memory does.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORKFLOW = ["Snakefile", "config.yaml", "workflow", "envs", "profiles"]
VARYING = {"history.jsonl", "training.png", "SHA256SUMS", "translations.sqlite", "report.html"}
"""Files that hold or draw times and memory, checksums of these, or rows in the order of writing."""


class Run:
    """The workflow in a folder of its own, with the same arguments each time."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.arguments = arguments
        folder.mkdir(parents=True)
        for name in WORKFLOW:
            place = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            place(ROOT / name, folder / name)

    def start(self) -> subprocess.Popen:
        """Snakemake in a session of its own; what it says is added to `said`."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        with (self.folder / "said").open("ab") as said:
            return subprocess.Popen(
                ["snakemake", "--cores", "all", *self.arguments],
                cwd=self.folder,
                env=os.environ | {"PATH": path, "HF_HUB_OFFLINE": "1"},
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def finish(self) -> None:
        """Run to the end."""
        status = self.start().wait()
        assert status == 0, self.said()

    def said(self) -> str:
        """The end of what Snakemake and its jobs said."""
        return (self.folder / "said").read_text(errors="replace")[-5000:]

    def digests(self) -> dict[str, str]:
        """A hash of each artifact, by its path below results/; logs and times left out."""
        results = self.folder / "results"
        files = (path for path in results.rglob("*") if path.is_file())
        return {
            path.relative_to(results).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
            if path.name not in VARYING
            and not {"logs", "benchmarks"} & set(path.relative_to(results).parts)
        }


def kill(process: subprocess.Popen, rng: random.Random) -> str:
    """SIGKILL the whole run, Snakemake alone, or one of its jobs; wait for Snakemake to end."""
    victims = [process.pid, *descendants(process.pid)]
    kind = rng.choice(["run", "snakemake", "job"])
    if kind == "snakemake" or len(victims) == 1:
        victims = victims[:1]
    elif kind == "job":
        victims = [rng.choice(victims[1:])]
    for victim in victims:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()
    return kind


def descendants(process: int) -> Iterator[int]:
    """The ids of all processes that a process has started, as /proc has them."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
        yield from more


def kill_often(run: Run, kills: int, seconds: float, seed: int) -> list[tuple[float, str]]:
    """Start a run and kill it `kills` times, then let it end; when and how each kill was.

    Each time it lives for 0 to `seconds` s, plus as long as it takes to start its first job.
    A run that ends before its kill is not killed again.
    """
    rng = random.Random(seed)
    done = []
    for _ in range(kills):
        process = run.start()
        began = time.monotonic()
        wait_for_job(process)
        until = time.monotonic() + rng.uniform(0, seconds)
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        if process.poll() is not None:
            assert process.returncode == 0, run.said()
            break
        done.append((time.monotonic() - began, kill(process, rng)))
    run.finish()
    return done


def wait_for_job(process: subprocess.Popen) -> None:
    """Wait until Snakemake has started a job, or has ended."""
    while process.poll() is None and not any(descendants(process.pid)):
        time.sleep(0.05)


def left_over(run: Run) -> list[Path]:
    """What should not be there any more: temporary names, checkpoints and their locks."""
    patterns = [".*.part", "checkpoints/*"]
    return [path for pattern in patterns for path in (run.folder / "results").rglob(pattern)]


def compare(folder: Path, kills: int, seconds: float | None, seed: int, *arguments: str) -> int:
    """Both runs; how many kills there were. Raises AssertionError where anything differs.

    `seconds` that a killed run lives at most; None: so that the kills spread over a whole run.
    """
    alone, killed = Run(folder / "alone", *arguments), Run(folder / "killed", *arguments)
    began = time.monotonic()
    alone.finish()
    took = time.monotonic() - began
    done = kill_often(killed, kills, 2 * took / kills if seconds is None else seconds, seed)
    for number, (after, kind) in enumerate(done, start=1):
        print(f"kill {number}: the {kind}, after {after:.1f} s")
    expected, found = alone.digests(), killed.digests()
    differing = sorted(name for name in expected | found if expected.get(name) != found.get(name))
    assert not differing, differing
    assert not left_over(killed), left_over(killed)
    print(f"{len(done)} kills, undisturbed {took:.0f} s: all {len(found)} artifacts are the same")
    return len(done)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=20, help="(default: 20)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    parser.add_argument("arguments", nargs="*", help="for snakemake, such as a file to make")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), given.kills, None, given.seed, *given.arguments)


if __name__ == "__main__":
    main()
