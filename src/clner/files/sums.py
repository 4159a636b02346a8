"""Checksums of the files in a folder, beside them: a flipped bit in weights is not seen otherwise.

The file is as `sha256sum` writes it, so that `sha256sum --check SHA256SUMS` reads it too.
"""

from hashlib import file_digest
from pathlib import Path

from clner.errors import ClnerError

SUMS = "SHA256SUMS"


def seal(folder: Path) -> None:
    """Write the checksums of all files in `folder`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    lines = [f"{digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def check_seal(folder: Path) -> None:
    """Raise ClnerError naming the first file in `folder` that is not as it was written.

    A folder that was never sealed, such as a user's own, passes.
    """
    sums = folder / SUMS
    if not sums.is_file():
        return
    for line in sums.read_bytes().decode(errors="replace").splitlines():
        written, _, name = line.partition("  ")
        path = folder / name
        if not path.is_file() or digest(path) != written:
            raise ClnerError(
                f"{path}: damaged or missing, by the checksums in {SUMS}: delete {folder} and run "
                f"again to rebuild it (or {SUMS} alone, if you changed the file yourself)"
            )


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
