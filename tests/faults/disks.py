"""Small file systems that fill up: tmpfs, which takes root to mount."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[Path]:
    """Mount an empty file system of ``kib`` KiB on ``folder``; skip where that cannot be."""
    if os.geteuid():
        pytest.skip("mounting a small file system takes root")
    folder.mkdir(exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={kib}k,mode=0700", "tmpfs", str(folder)]
    mounted = subprocess.run(words, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def resize(folder: Path, kib: int) -> None:
    """Make the file system larger or smaller."""
    subprocess.run(["mount", "-o", f"remount,size={kib}k", str(folder)], check=True)


def fill(folder: Path, leave_kib: int = 0) -> Path:
    """Fill the file system but for ``leave_kib`` KiB; gives the file to remove."""
    seen = os.statvfs(folder)
    size = seen.f_bavail * seen.f_frsize - leave_kib * 1024
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(max(0, size)))
    return ballast
