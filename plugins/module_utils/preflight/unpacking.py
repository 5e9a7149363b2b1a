"""Recordings in short: one that differs little from another, and files that repeat per processor.

In ``recorded.json``, ``"like": "NAME"`` names a recording beside this one: its files and records
hold here as well unless this one has its own. ``files`` are files without a file:
``{"/sys/devices/system/cpu/cpu{0-7}/topology/core_id": "{n}"}`` stands for eight of them, ``{n}``,
``{n+8}`` and ``{n-8}`` for the processor's number and what is counted from it, null for no file.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORD: Final = "recorded.json"
MERGED: Final = ("files", "closed", "owners", "programs", "outputs")
"""Records that a recording adds to those of the one that it is like."""

NUMBERS: Final = re.compile(r"\{([\d,-]+)\}")
COUNTED: Final = re.compile(r"\{n([+-]\d+)?\}")


class Tree:
    """Where a recorded host's files are; a temporary folder lives as long as this."""

    def __init__(self, path: Path, temporary: tempfile.TemporaryDirectory[str] | None) -> None:
        """Keep the folder."""
        self.path = path
        self.temporary = temporary


def unpack(root: Path) -> tuple[dict[str, Any], Tree]:
    """Read the recording below `root`: its records, and a folder with all of its files.

    Raises:
        ValueError: it, or the one that it is like, has no readable ``recorded.json``.
    """
    chain = _chain(root)
    record: dict[str, Any] = {}
    for _, own in chain:
        joined = {key: {**record.get(key, {}), **own.get(key, {})} for key in MERGED}
        record = {**record, **own, **joined}
    if len(chain) == 1 and not record["files"]:
        return record, Tree(root, None)
    temporary = tempfile.TemporaryDirectory(prefix="recorded-host-")
    target = Path(temporary.name)
    for folder, own in chain:
        shutil.copytree(folder, target, dirs_exist_ok=True)
        _write(target, own.get("files", {}))
    return record, Tree(target, temporary)


def _chain(root: Path) -> list[tuple[Path, dict[str, Any]]]:
    """The recordings from the one that all are like to the one that was asked for."""
    chain = [(root, _record(root))]
    while like := chain[0][1].get("like"):
        folder = chain[0][0].parent / like
        if folder in [known for known, _ in chain]:
            raise ValueError(f"{root} is no recorded host: it is like itself, by way of {like}")
        chain.insert(0, (folder, _record(folder)))
    return chain


def _record(root: Path) -> dict[str, Any]:
    """One recording's own records."""
    try:
        return dict(json.loads((root / RECORD).read_text("utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise ValueError(f"{root} is no recorded host: {error}") from error


def _write(root: Path, files: dict[str, str | None]) -> None:
    """Write the files of a record below `root`."""
    for pattern, text in files.items():
        for path, content in _expand(pattern, text):
            target = root / path.lstrip("/")
            if content is None:
                target.unlink(missing_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content + "\n", encoding="utf-8")


def _expand(pattern: str, text: str | None) -> Iterator[tuple[str, str | None]]:
    """Each path that a pattern stands for, with its text."""
    found = NUMBERS.search(pattern)
    if not found:
        yield pattern, text
        return
    for number in _numbers(found[1]):
        path = pattern[: found.start()] + str(number) + pattern[found.end() :]
        yield path, None if text is None else _count(text, number)


def _count(text: str, number: int) -> str:
    """`text` with what is counted from a processor's number."""
    return COUNTED.sub(lambda found: str(number + int(found[1] or 0)), text)


def _numbers(text: str) -> Iterator[int]:
    """The numbers of a list such as ``0-3,8``."""
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
