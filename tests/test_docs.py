"""Every command of the documentation is run, every link leads somewhere, what is made is current.

Commands run in a copy of the workflow with the files that the page shows. What would train is
planned (`snakemake --dry-run`, `make --dry-run`); a command of a kind that is not known fails.
"""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from pydantic import BaseModel

from clner.config.markdown import reference
from clner.config.sections import Config
from clner.corpus import CorpusSettings
from clner.lexicon import LexiconSettings
from tests.documentation import (
    PAGES,
    ROOT,
    SHOWN,
    anchors,
    blocks,
    commands,
    copy_workflow,
    inline_commands,
    links,
    run,
    write_files,
)

TUTORIAL = ROOT / "docs/tutorial.md"
NOTES = {"", "demo", "tutorial"}
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))

CONLL = "Ana\tB-PER\nlives\tO\nin\tO\nRome\tB-LOC\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A copy of the workflow with all files that pages show, and the data that they only name."""
    above = tmp_path_factory.mktemp("docs")
    copy = copy_workflow(above / "clner")
    for page in PAGES:
        write_files(page, copy)
    (copy / "mine.yaml").write_text("filter: {entity_confidence: 0.9}\n")
    for language in ("en", "es", "nl"):
        for split in ("train", "dev", "test"):
            path = above / f"path/to/conll/{language}/{split}.conll"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(CONLL)
    for language in ("en", "es", "nl"):
        path = above / f"path/to/wikiann/{language}/train.conll"
        path.parent.mkdir(parents=True)
        path.write_text(CONLL)
    (above / "path/parallel").mkdir()
    names = ("wmt-news.en-es", "flores-reference.en-es", "flores-reference.en-nl")
    for name in (*names, "news.es-en", "news.nl-en"):
        (above / f"path/parallel/{name}.tsv").write_text("It rains.\tLlueve.\n")
    (above / "path/dictionaries").mkdir()
    for pair in ("en-es", "en-nl"):
        (above / f"path/dictionaries/{pair}.tsv").write_text("lives\tvive\nin\ten\n")
    return copy


@pytest.fixture(scope="module")
def done() -> set[str]:
    """What was run already: pages repeat each other."""
    return set()


def tried(command: str, folder: Path) -> str | None:
    """The command as it is tried; None where it is of no known kind."""
    command = command.replace("/path/to/conll", str(folder.parent / "path/to/conll"))
    words = shlex.split(command)
    while re.match(r"[A-Z_]+=", words[0]):
        words.pop(0)
    match words:
        case ["make", *_]:
            return command.replace("make", "make --dry-run", 1)
        case ["snakemake", *_] if command in commands(TUTORIAL, "demo"):
            return "true"  # tests/test_end_to_end.py runs it
        case ["snakemake", *options] if not {"--unlock", "--rulegraph"} & {*options}:
            return command.replace("snakemake", "snakemake --dry-run", 1)
        case ["snakemake", *_]:
            return command
        case ["python", "-m", module, *options] if module.startswith(("clner", "bench")):
            return command if options else f"{command} --help"
        case ["cat" | "head" | "ls", *_]:
            return command
    return None


def can_run(command: str) -> bool:
    """Whether the plugin that a profile names is installed; `make install` leaves it out."""
    return "profiles/slurm" not in command or bool(find_spec("snakemake_executor_plugin_slurm"))


@pytest.mark.slow
@pages
def test_every_command_of_a_page_runs(page, folder, done):
    for command in dict.fromkeys([*commands(page, ""), *inline_commands(page)]):
        trial = tried(command, folder)
        assert trial, f"{page.name}: of no known kind, so no test runs it: {command}"
        if can_run(command) and trial not in done:
            run(trial, folder)
            done.add(trial)


@pages
def test_every_command_is_run_or_says_why_not(page):
    for block in blocks(page):
        if block.kind == "console":
            known = block.note in NOTES or re.fullmatch(r"no-run: .{10,}", block.note)
            assert known, f"{page.name}: a block of commands that no test runs: {block.note!r}"
        else:
            assert block.kind in SHOWN or block.note, f"{page.name}: is it a file?\n{block.text}"
    if page.name != "tutorial.md":
        assert not commands(page, "tutorial")


@pages
def test_every_link_leads_somewhere(page):
    for link in links(page):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


def test_the_index_names_every_page():
    index = ROOT / "docs/README.md"
    named = {(index.parent / link.partition("#")[0]).resolve() for link in links(index)}
    assert set(PAGES) - {index} <= named


def test_the_reference_of_the_settings_is_current():
    shown = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert shown == reference(), "run `make docs`"


def leaves(settings: BaseModel, above: str = "") -> Iterator[tuple[str, object]]:
    """The key and the default of every setting."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from leaves(value, f"{above}{name}.")
        else:
            yield above + name, value


def test_every_setting_is_in_the_reference_with_its_default():
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    models = {name: field.default for name, field in Config.model_fields.items()}
    models |= {"corpora": CorpusSettings(), "lexicons": LexiconSettings()}
    sections = {name: model for name, model in models.items() if isinstance(model, BaseModel)}
    assert len(sections) > 12
    for section, model in sections.items():
        (rows,) = re.findall(rf"^## `{section}(?:\.<\w+>)?`\n(.*?)(?=^## )", page, re.M | re.S)
        for key, value in leaves(model):
            default = re.escape(f"`{json.dumps(value, ensure_ascii=False)}`")
            assert re.search(rf"^\| `{key}` \| .+ \| {default} \| .+ \|$", rows, re.M), key


def edges(picture: str) -> set[tuple[str, str]]:
    """The arrows of a picture in Mermaid, by the names of the rules."""
    names = dict(re.findall(r"^\s*(id\d+)\[(\w+)\]", picture, re.M))
    arrows = re.findall(r"^\s*(id\d+) --> (id\d+)", picture, re.M)
    return {(names[one], names[other]) for one, other in arrows}


@pytest.mark.slow
def test_the_picture_of_the_rules_is_current(folder):
    """Snakemake numbers the rules in another order each time: the arrows count."""
    (shown,) = [b.text for b in blocks(ROOT / "docs/rules.md") if b.kind == "mermaid"]
    experiment = "workflow/experiments/methods.yaml"
    made = run(f"snakemake --rulegraph mermaid-js --configfile {experiment} 2> log", folder)
    assert len(edges(made)) > 40
    assert edges(shown) == edges(made), "run `make docs`"


def test_error_lines_in_the_troubleshooting_are_real():
    """Each quoted message, cut at …, is made of texts that our code or Snakemake's holds."""
    page = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    quoted = [
        m for row in re.findall(r"^\| (`.+?`) \|", page, re.M) for m in row[1:-1].split("` `")
    ]
    assert len(quoted) > 15
    said = texts(ROOT / "src/clner") + texts(Path(find_spec("snakemake").origin).parent)
    for message in quoted:
        for part in filter(None, (part.strip() for part in message.split("…"))):
            assert part in said, f"no code says {part!r}"


def texts(folder: Path) -> str:
    """All literal text of the Python files below a folder, adjacent literals joined."""
    found = []
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(found)
