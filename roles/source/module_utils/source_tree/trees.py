"""Trees and the tar archives they are kept in."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

from .command import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# The same tree is the same archive, byte for byte, whoever checked it out and when. Equal times
# also keep make from regenerating files that a release brings along.
SAME = (
    "--sort=name",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--mode=u+rwX,go+rX,go-w",
    "--mtime=@1735689600",
)
BLOCK = 1 << 20


def pack(tree: Path, archive: Path, leave_out: Sequence[str] = (".git",)) -> None:
    """Make a plain tar of a tree, its content at the top level.

    Args:
        tree: the folder.
        archive: the tar to write.
        leave_out: names that do not belong to it, at any depth.
    """
    skipped = [f"--exclude={name}" for name in leave_out]
    run(["tar", "--create", f"--file={archive}", *SAME, *skipped, f"--directory={tree}", "."])


def unpack(archive: Path, tree: Path) -> None:
    """Unpack a tar of any compression; a single folder at its top is taken off.

    Args:
        archive: the tar.
        tree: the folder to make.
    """
    inside = tree.with_name(f"{tree.name}.unpacked")
    inside.mkdir()
    extract(archive, inside)
    top = list(inside.iterdir())
    if len(top) == 1 and top[0].is_dir() and not top[0].is_symlink():
        top[0].rename(tree)
        inside.rmdir()
    else:
        inside.rename(tree)


def extract(archive: Path, folder: Path) -> None:
    """Unpack a tar into a folder.

    Args:
        archive: the tar.
        folder: an existing folder.
    """
    run(["tar", "--extract", f"--file={archive}", f"--directory={folder}", "--no-same-owner"])


def sha256(path: Path) -> str:
    """Digest of a file.

    Args:
        path: the file.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def discard(path: Path) -> None:
    """Remove a file or a folder, if it is there.

    Args:
        path: what to remove.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
