"""The documentation as tests see it: its pages, their blocks, commands, files, links and anchors.

A block in a fence says by its info string what it is:

    ```console                  commands, run in the page's own folder (see tests/test_docs.py)
    ```console tutorial         commands, run to their end by tests/test_tutorial.py
    ```console demo             commands on a finished demo, run by tests/test_end_to_end.py
    ```console no-run: reason   commands that no test can run
    ```yaml mine.yaml           the content of a file of this name
    ```diff src/clner/filter.py a change, which tests/test_extending.py makes
    ```text, ```math, ```mermaid without a name: shown only

A block that is only indented holds commands too.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "results/README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = {"text", "mermaid", "math"}
WORKFLOW = ["Snakefile", "config.yaml", "workflow", "profiles", "envs"]
WORKFLOW += ["Makefile", "pyproject.toml", "requirements.lock"]  # what `make install` reads

_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.M | re.S)
_INDENTED = re.compile(r"(?<=\n\n)(?:(?: {4}[^\n]*)?\n)*? {4}[^\n]*\n(?:(?: {4}[^\n]*)\n)*")
_ITEM = re.compile(r"^(?:[-*]|\d+\.) ", re.M)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_PICTURE = "─"


@dataclass(frozen=True)
class Block:
    """A block of a page: the first word of its info string, the rest of it, and its text."""

    kind: str
    note: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The blocks in fences, then those that are only indented."""
    text = page.read_text(encoding="utf-8")
    fenced = [Block(*_info(found["info"]), found["text"]) for found in _FENCE.finditer(text)]
    rest = _FENCE.sub("", text)
    indented = [found[0] for found in _INDENTED.finditer(rest) if _PICTURE not in found[0]]
    return [*fenced, *(Block("console", "", text) for text in indented)]


def _info(info: str) -> tuple[str, str]:
    kind, _, note = info.strip().partition(" ")
    return kind, note


def files(page: Path) -> dict[str, str]:
    """The files whose content a page shows, by name."""
    shown = [block for block in blocks(page) if block.kind not in {"console", "diff"}]
    return {block.note: block.text for block in shown if block.note}


def write_files(page: Path, folder: Path) -> None:
    """Put the files that a page shows into a folder."""
    for name, text in files(page).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def commands(page: Path, note: str) -> list[str]:
    """The commands of the blocks of a note, continued lines joined, comments left out."""
    chosen = [b.text for b in blocks(page) if b.kind == "console" and b.note == note]
    lines = "\n".join(chosen).replace("\\\n", " ").splitlines()
    plain = [re.sub(r"(^|\s)#.*", "", line).strip() for line in lines]
    return [" ".join(line.split()) for line in plain if line]


def inline_commands(page: Path) -> list[str]:
    """The commands in the running text: what stands in backticks and begins like one."""
    prose = _FENCE.sub("", page.read_text(encoding="utf-8"))
    spans = [found[1] for found in _CODE.finditer(prose)]
    return [s for s in spans if re.match(r"(make|snakemake|python -m) [\w.-]+", s)]


def links(page: Path) -> Iterator[str]:
    """The targets of the links of a page."""
    yield from _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}


def copy_workflow(folder: Path) -> Path:
    """A copy of all that `snakemake` and `make` read, in a new folder."""
    folder.mkdir()
    for name in WORKFLOW:
        place = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        place(ROOT / name, folder / name)
    return folder


def run(command: str, folder: Path, package: Path = ROOT) -> str:
    """What a command prints, both streams, with the code of `package`; fails where it fails."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": f"{package / 'src'}{os.pathsep}{ROOT}"}
    result = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=os.environ | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout[-3000:]}"
    return result.stdout
