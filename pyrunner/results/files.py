"""Files that are left alone where nothing changed, and else appear whole or not at all."""

from __future__ import annotations

import filecmp
import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyrunner.files import disk_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def sha256(path: Path) -> str:
    """Digest of a file's bytes as 64 hex digits.

    Raises:
        TestbedError: the file cannot be read.
    """
    with disk_errors(path), path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """Name a file beside ``path`` to write to; it is gone afterwards unless settled.

    Raises:
        TestbedError: the disk is full, or the folder cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    with disk_errors(path):
        try:
            yield draft
        finally:
            draft.unlink(missing_ok=True)


def settle(draft: Path, path: Path) -> bool:
    """Put a finished draft in place; tell whether that changed anything.

    Equal files keep their modification time, so that a second run can say ``changed=0``.
    """
    if path.exists() and filecmp.cmp(draft, path, shallow=False):
        return False
    with draft.open("rb") as handle:
        os.fsync(handle.fileno())
    draft.replace(path)
    return True


def put(path: Path, data: bytes) -> bool:
    """Write ``data`` to ``path`` whole or not at all; tell whether that changed anything.

    Raises:
        TestbedError: the disk is full, or the folder cannot be written.
    """
    with scratch(path) as draft:
        draft.write_bytes(data)
        return settle(draft, path)
