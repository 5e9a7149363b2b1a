"""How raw logs are cut and altered on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def halve(path: Path) -> None:
    """Keep the first half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def lose_last_line(path: Path) -> None:
    """Cut between two lines: what is left reads well."""
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def empty(path: Path) -> None:
    """Keep the name alone."""
    path.write_bytes(b"")


KINDS: Final = {
    "serial.jsonl": (halve, lose_last_line, empty),
    "debugcon.jsonl": (halve, lose_last_line, empty),
    "host.jsonl": (halve, lose_last_line, empty),
    "stress_ng/fork-1.yaml": (halve, lose_last_line, empty),
    "stress_ng/request.json": (halve, empty),
}

ALL: Final = [
    pytest.param(name, damage, id=f"{name}-{damage.__name__}")
    for name, kinds in KINDS.items()
    for damage in kinds
]
"""Every file of a VM with every damage."""
