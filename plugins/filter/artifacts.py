"""Filters that give an artifact its content address."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError

KEY_LENGTH = 24
"""Hex digits of a key: 96 bits, ample against accident, short enough for a socket path."""


def artifact_key(inputs: dict[str, Any]) -> str:
    """Digest of all that goes into a build: equal inputs, equal key.

    Args:
        inputs: JSON-like; order of keys does not matter.

    Returns:
        The first 24 hex digits of a SHA-256 over the canonical JSON text.

    Raises:
        AnsibleFilterError: an input is not plain data.
    """
    try:
        text = json.dumps(inputs, sort_keys=True, separators=(",", ":"))
    except TypeError as error:
        raise AnsibleFilterError(f"artifact inputs must be plain data: {error}") from error
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


def tree_digest(folder: str, leave_out: tuple[str, ...] | list[str] = (".git",)) -> str:
    """Digest of a folder on the controller: names, contents and execute bits.

    Times, owners and other modes do not count, so that two checkouts of the same
    commit give the same digest.

    Args:
        folder: an existing folder.
        leave_out: names of files and folders that do not count, at any depth.

    Raises:
        AnsibleFilterError: the folder is missing or has no files.
    """
    root = Path(folder)
    files = sorted(
        path
        for path in root.rglob("*")
        if path.is_file() and not set(path.relative_to(root).parts) & set(leave_out)
    )
    if not files:
        raise AnsibleFilterError(f"{folder}: no such folder, or nothing in it")
    digest = hashlib.sha256()
    for path in files:
        executable = "x" if path.stat().st_mode & 0o100 else "-"
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root)}\0{executable}\0{content}\n".encode())
    return digest.hexdigest()


class FilterModule:
    """What Ansible looks for in a filter plugin's file."""

    def filters(self) -> dict[str, Any]:
        """Names of the filters, as templates use them."""
        return {"artifact_key": artifact_key, "tree_digest": tree_digest}
