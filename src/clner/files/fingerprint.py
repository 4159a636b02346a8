"""A hash of the code behind a stage: its module and all that this imports from the package.

A workflow that keeps the hash among a job's parameters reruns the job when, and only when, code
that it may run has changed. Source files are read, never imported.
"""

import ast
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.util import resolve_name
from pathlib import Path

from clner.errors import ClnerError

ROOT = Path(__file__).parents[2]
LISTING = "iter_modules"
"""A package whose code calls this function is taken to import all of its modules."""
DATA = {".tsv", ".txt", ".html", ".css", ".js"}


def fingerprint(module: str, root: Path = ROOT) -> str:
    """Hash (16 hexadecimal digits) of `module` and of every file it depends on.

    Comments, docstrings, formatting and time stamps do not count. Python's own version may,
    where it changes the syntax tree. Raises ClnerError as `dependencies` does.
    """
    parts = [
        f"{path.relative_to(root).as_posix()} {_digest(path)}"
        for path in dependencies(module, root)
    ]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def dependencies(module: str, root: Path = ROOT) -> list[Path]:
    """The files of its package that `module` (dotted) needs, its own among them, sorted.

    These are the modules imported anywhere in the code, in functions too, transitively; their
    parent packages; all modules of a package that lists them by `pkgutil.iter_modules`; and the
    data files of those packages, see DATA. Any other import whose name is computed at run time is
    not seen. `root` is the folder that holds the package. Raises
    ClnerError where `module` does not exist or a file is not valid Python.
    """
    if _source_file(module, root) is None:
        raise ClnerError(f"{root}: no module {module}")
    package = module.partition(".")[0]
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _source_file(name, root)
        if name in found or path is None or name.partition(".")[0] != package:
            continue
        found[name] = path
        parent = name.rpartition(".")[0]
        waiting += [parent, *_imported(name, path)] if parent else _imported(name, path)
    packages = [path.parent for path in found.values() if path.name == "__init__.py"]
    return sorted({*found.values(), *(file for folder in packages for file in _data(folder))})


def _source_file(module: str, root: Path) -> Path | None:
    folder = root.joinpath(*module.split("."))
    candidates = (folder.with_name(f"{folder.name}.py"), folder / "__init__.py")
    return next((path for path in candidates if module and path.is_file()), None)


def _imported(module: str, path: Path) -> Iterator[str]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for name in _parsed(path)[1]:
        if name == LISTING:
            yield from (f"{package}.{file.stem}" for file in sorted(path.parent.glob("[!_]*.py")))
        else:
            yield resolve_name(name, package)


def _data(package: Path) -> Iterator[Path]:
    """Data files under a package, without those that lie in a package below it."""
    for path in package.rglob("*"):
        owner = next(folder for folder in path.parents if (folder / "__init__.py").is_file())
        if path.suffix in DATA and owner == package:
            yield path


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.suffix in DATA else _parsed(path)[0]


def _parsed(path: Path) -> tuple[str, list[str]]:
    try:
        return _parse(path.read_bytes())
    except SyntaxError as error:
        raise ClnerError(f"{path}:{error.lineno}: not valid Python ({error.msg})") from None


@cache
def _parse(source: bytes) -> tuple[str, list[str]]:
    """Digest of the code, and all that may be a module in its imports, relative ones as written."""
    tree = ast.parse(source)
    imports: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            prefix = f"{base}." if node.module else base
            imports += [base, *(prefix + alias.name for alias in node.names)]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", None) == LISTING:
            imports.append(LISTING)
        elif _has_docstring(node):
            del node.body[0]
    return sha256(ast.dump(tree).encode()).hexdigest(), imports


def _has_docstring(node: ast.AST) -> bool:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None
