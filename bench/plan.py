"""What a plan costs beside Snakemake's own cost for a bare workflow of as many jobs.

A dry run where nothing is made, and a run where all is made and nothing is left to do.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import product
from pathlib import Path
from string import ascii_lowercase
from tempfile import TemporaryDirectory

import yaml

from bench.measure import Case, Run

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "config.yaml", "workflow", "profiles", "envs")
VARIANTS = ["concner", "concner-no-tcl", "concner-no-lcl", "mclner"]
SEEDS = 5
ROUNDS = 3
CHAIN = 20
"""Jobs of a chain of the bare workflow, about as many as a cell of ours has."""

BARE = """
def before(wildcards):
    return f"chain-{wildcards.chain}/{int(wildcards.link) - 1}.txt"

rule all:
    input:
        expand("chain-{chain}/{link}.txt", zip, chain=config["chains"], link=config["ends"]),

rule first:
    output: "chain-{chain}/0.txt"
    shell: "touch {output}"

rule next:
    input: before
    output: "chain-{chain}/{link}.txt"
    wildcard_constraints: link="[1-9][0-9]*"
    shell: "cp {input} {output}"
"""


TOUCH = """
from snakemake.cli import main
from snakemake.executors.touch import Executor

Executor.SLEEPING_TIME = 0
main()
"""
"""Snakemake, without its pause of 0.1 s for each job that it touches: half an hour for them all."""


def configuration(targets: int) -> dict:
    """Settings of a run of so many targets by four variants, five seeds and three rounds."""
    pairs = product(ascii_lowercase, repeat=2)
    languages = [code for code in map("".join, pairs) if code != "en"][:targets]
    files = {"format": "conll", **dict.fromkeys(["train", "dev", "test"], "text.conll")}
    rounds = {"student": {"rounds": ROUNDS}}
    return rounds | {
        "run": {"targets": languages, "variants": VARIANTS, "seeds": list(range(1, SEEDS + 1))},
        "corpora": dict.fromkeys(["en", *languages], files),
        "lexicons": {f"en-{language}": {"path": "lexicon.tsv"} for language in languages},
        "variants": {"mclner": rounds},
    }


@cache
def ours(targets: int) -> TemporaryDirectory:
    """Our workflow, in a folder of its own."""
    folder = TemporaryDirectory()
    place = Path(folder.name)
    for part in PARTS:
        place.joinpath(part).symlink_to(ROOT / part)
    place.joinpath("text.conll").write_text("Ana B-PER\n")
    place.joinpath("lexicon.tsv").write_text("a\tb\n")
    place.joinpath("run.yaml").write_text(yaml.safe_dump(configuration(targets)))
    return folder


@cache
def bare(jobs: int) -> TemporaryDirectory:
    """A workflow of so many jobs that has nothing but inputs, outputs and commands."""
    whole, rest = divmod(jobs - 1, CHAIN)
    ends = [CHAIN - 1] * whole + [rest - 1] * bool(rest)
    folder = TemporaryDirectory()
    Path(folder.name, "Snakefile").write_text(BARE)
    values = {"chains": list(range(len(ends))), "ends": ends}
    Path(folder.name, "run.yaml").write_text(yaml.safe_dump(values))
    return folder


def jobs(folder: TemporaryDirectory) -> int:
    """The jobs of a plan where nothing is made."""
    plan = snakemake(folder, "--dry-run", "--quiet", "rules")
    return int(re.search(r"^total +(\d+)$", plan, re.MULTILINE)[1])


def snakemake(
    folder: TemporaryDirectory, *arguments: str, program: tuple[str, str] = ("-m", "snakemake")
) -> str:
    """What Snakemake prints; raises CalledProcessError where it fails."""
    command = [sys.executable, *program, "--configfile", "run.yaml", *arguments]
    done = subprocess.run(command, cwd=folder.name, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def make(folder: TemporaryDirectory) -> None:
    """Record all files as made; none has content."""
    for row in snakemake(folder, "--summary").splitlines():
        path = Path(folder.name, row.split("\t")[0])
        if "\tmissing\t" in row:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    # All at a time: whenever it is asked for jobs, the scheduler looks at all that wait.
    touch = ["--touch", "--forceall", "--cores", "100000", "--quiet", "all"]
    snakemake(folder, *touch, program=("-c", TOUCH))


def dry_run(workflow: Callable, size: int) -> Run:
    return partial(snakemake, workflow(size), "--dry-run", "--quiet", "all")


def idle_run(workflow: Callable, size: int) -> Run:
    folder = workflow(size)
    make(folder)

    def run() -> None:
        assert "Nothing to be done" in snakemake(folder, "--cores", "1")

    return run


def check() -> None:
    """Both have as many jobs."""
    count = jobs(ours(1))
    assert jobs(bare(count)) == count


def cases(device: str, quick: bool) -> Iterator[Case]:
    if device != "cpu":
        return
    targets = 1 if quick else 40
    count = jobs(ours(targets))
    for part, run in (("dry run", dry_run), ("nothing to do", idle_run)):
        others = {"a bare workflow": partial(run, bare, count)}
        size = f"{targets} targets, {count} jobs"
        yield Case(part, size, partial(run, ours, targets), others, ("seconds",))
