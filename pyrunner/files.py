"""Writing files so that a kill or a full disk leaves either the old or the new, never half."""

from __future__ import annotations

import errno
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pyrunner.errors import TestbedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about ``path`` into an error that a user can act on.

    Raises:
        TestbedError: the disk is full or the path cannot be read or written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TestbedError(
                f"{path}: no space is left on the disk",
                "free some space, then run again with --resume: what was sealed is kept",
            ) from error
        raise TestbedError(f"{error.filename or path}: {error.strerror or error}") from error


def write_atomic(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` in one step: whoever reads it sees all of it or the old file.

    Raises:
        TestbedError: the disk is full or the folder cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with disk_errors(path):
        try:
            with partial.open("w", encoding="utf-8", newline="") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
            os.replace(partial, path)  # noqa: PTH105 - the one step that tests interrupt
        finally:
            partial.unlink(missing_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` survive a power cut, not only a kill."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Write ``data`` to ``path`` atomically, indented for people.

    Raises:
        TestbedError: as :func:`write_atomic`.
    """
    write_atomic(path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def parse_json(text: str, name: str) -> dict[str, Any]:
    """Read the JSON object in ``text``; ``name`` is the file to blame.

    Raises:
        TestbedError: it is not JSON, or no object.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise TestbedError(f"{name}: not JSON: {error}", "is the file truncated?") from error
    if not isinstance(data, dict):
        raise TestbedError(f"{name}: a JSON object is wanted, not {type(data).__name__}")
    return data


def read_text(path: Path) -> str:
    """Read a UTF-8 text file.

    Raises:
        TestbedError: the file is missing, unreadable or not UTF-8.
    """
    with disk_errors(path):
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise TestbedError(f"{path}: not UTF-8 text: {error}", "is it damaged?") from error


def read_json(path: Path) -> dict[str, Any]:
    """Read the JSON object in the file ``path``.

    Raises:
        TestbedError: the file is missing, unreadable, not JSON, or no object.
    """
    return parse_json(read_text(path), str(path))
