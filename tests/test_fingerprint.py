"""The fingerprint of a stage's code: what changes it, and what must not."""

import ast
import os
import shutil
from pathlib import Path

import pytest

from clner.errors import ClnerError
from clner.files.fingerprint import ROOT, dependencies, fingerprint

STAGES = sorted(
    f"clner.{path.stem}"
    for path in (ROOT / "clner").glob("*.py")
    if "sys.exit(main(run))" in path.read_text(encoding="utf-8")
)

PACKAGE = {
    "pack/__init__.py": '"""A package."""\n',
    "pack/stage.py": "from pack.tools import hammer\ndef f():\n    from .deep.inner import value\n",
    "pack/tools/__init__.py": "from . import words\n",
    "pack/tools/hammer.py": "import json\nfrom ..shared import NAME\n",
    "pack/tools/words.py": "WORDS = 'words.tsv'\n",
    "pack/tools/words.tsv": "a\tb\n",
    "pack/tools/lists/more.txt": "one\n",
    "pack/deep/__init__.py": "",
    "pack/deep/inner.py": "value = 1\n",
    "pack/shared.py": "NAME = 'x'\n",
    "pack/unused.py": "import pack.stage\n",
    "pack/other/__init__.py": "",
    "pack/other/data.txt": "not read\n",
}
NEEDED = {path for path in PACKAGE if "unused" not in path and "other" not in path}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in PACKAGE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_dependencies_are_the_import_closure_with_parents_and_data(root):
    found = {path.relative_to(root).as_posix() for path in dependencies("pack.stage", root)}
    assert found == NEEDED


def test_it_is_sixteen_hexadecimal_digits_and_stable(root):
    value = fingerprint("pack.stage", root)
    assert len(value) == 16
    assert int(value, 16) >= 0
    assert fingerprint("pack.stage", root) == value


@pytest.mark.parametrize("name", sorted(PACKAGE))
def test_it_changes_with_every_needed_file_and_no_other(root, name):
    before = fingerprint("pack.stage", root)
    with (root / name).open("a", encoding="utf-8") as file:
        file.write("added = 1\n")
    assert (fingerprint("pack.stage", root) != before) == (name in NEEDED)


@pytest.mark.parametrize(
    ("one", "two", "equal"),
    [
        ("def f(a):\n    return a\n", "# why\ndef f( a ):\n\n    return (a)  # so\n", True),
        ("def f():\n    return 1\n", 'def f():\n    """One."""\n    return 1\n', True),
        ("class A:\n    x = 1\n", 'class A:\n    """An A."""\n\n    x = 1\n', True),
        ("x = 1\n", '"""About x."""\n\nx = 1\n', True),
        ("x = 1\n", "x = 2\n", False),
        ("x = 1\n", "x = 1.0\n", False),
        ("x = 'a'\n", "x = 'b'\n", False),
        ("def f():\n    pass\n", "async def f():\n    pass\n", False),
    ],
)
def test_code_counts_and_comments_docstrings_and_layout_do_not(root, one, two, equal):
    values = []
    for text in (one, two):
        (root / "pack/shared.py").write_text(text, encoding="utf-8")
        values.append(fingerprint("pack.stage", root))
    assert (values[0] == values[1]) == equal


def test_touching_files_or_moving_the_whole_tree_changes_nothing(root, tmp_path_factory):
    before = fingerprint("pack.stage", root)
    for path in root.rglob("*"):
        os.utime(path, (1, 1))
    assert fingerprint("pack.stage", root) == before
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "root"
    shutil.copytree(root, elsewhere)
    assert fingerprint("pack.stage", elsewhere) == before


def test_modules_that_swap_their_content_change_it(root):
    before = fingerprint("pack.stage", root)
    (root / "pack/shared.py").write_text(PACKAGE["pack/deep/inner.py"], encoding="utf-8")
    (root / "pack/deep/inner.py").write_text(PACKAGE["pack/shared.py"], encoding="utf-8")
    assert fingerprint("pack.stage", root) != before


def test_circular_imports_end(root):
    (root / "pack/shared.py").write_text("import pack.stage\n", encoding="utf-8")
    assert {path.name for path in dependencies("pack.stage", root)} >= {"shared.py", "stage.py"}


def test_nothing_is_executed(root):
    (root / "pack/shared.py").write_text("raise RuntimeError\n", encoding="utf-8")
    fingerprint("pack.stage", root)


def test_a_missing_module_and_broken_code_are_named(root):
    with pytest.raises(ClnerError, match=r"no module pack\.nothing"):
        fingerprint("pack.nothing", root)
    (root / "pack/shared.py").write_text("x = 1\ndef\n", encoding="utf-8")
    with pytest.raises(ClnerError, match=r"shared\.py:2: not valid Python"):
        fingerprint("pack.stage", root)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "clner", tmp_path / "clner")
    return tmp_path


def test_editing_an_objective_reaches_the_teacher_and_nothing_before_it(copy):
    before = {stage: fingerprint(stage, copy) for stage in STAGES}
    for path in (copy / "clner/objectives").glob("*.py"):
        path.write_text(path.read_text(encoding="utf-8") + "\nEDITED = 1\n", encoding="utf-8")
    changed = {stage for stage in STAGES if fingerprint(stage, copy) != before[stage]}
    assert {"clner.teacher", "clner.student"} <= changed
    earlier = ("corpus", "lexicon", "translate", "project", "codeswitch", "encoder", "evaluate")
    assert changed.isdisjoint({f"clner.{stage}" for stage in earlier})


def test_every_import_of_the_package_from_itself_resolves():
    """A module that the hash overlooked would be a change that reruns nothing."""
    for stage in STAGES:
        found = set(dependencies(stage))
        for path in found:
            if path.suffix == ".py":
                for module in _plain_imports(path):
                    file = ROOT.joinpath(*module.split("."))
                    assert {file.with_suffix(".py"), file / "__init__.py"} & found, (path, module)


def _plain_imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    froms = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    names = {alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names}
    return {module for module in froms | names if module.split(".")[0] == "clner"}


def test_no_two_stages_have_the_same():
    assert len(STAGES) >= 10
    assert len({fingerprint(stage) for stage in STAGES}) == len(STAGES)
