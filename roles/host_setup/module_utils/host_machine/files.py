"""Reading of small files below the host's root."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def text(root: Path, path: str) -> str:
    """The text of a file without the white space around it; empty if there is none to read.

    Args:
        root: where the host's ``/`` is.
        path: the host's absolute path.
    """
    try:
        return at(root, path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def at(root: Path, path: str) -> Path:
    """Where the host's absolute path is found."""
    return root / path.lstrip("/")


def glob(root: Path, pattern: str) -> list[Path]:
    """The files that match, sorted."""
    return sorted(root.glob(pattern.lstrip("/")))
