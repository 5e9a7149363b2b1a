"""Recorded hosts with a difference."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import ansible.module_utils
import pytest

from tests.preflight.recordings import HOSTS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Ansible merges our module_utils into its own when it sends a module to a host.
ansible.module_utils.__path__.append(str(ROOT / "plugins/module_utils"))


@pytest.fixture
def alter(tmp_path: Path) -> Callable[..., Path]:
    """Copy a recorded host with other files (None: without the file) and other records."""

    def change(
        host: str,
        files: dict[str, str | None] | None = None,
        **record: Any,  # noqa: ANN401
    ) -> Path:
        copy = tmp_path / host
        shutil.copytree(HOSTS / host, copy)
        kept = json.loads((copy / "recorded.json").read_text("utf-8"))
        kept["files"] = {**kept.get("files", {}), **(files or {})}
        if "like" in kept:
            kept["like"] = str(HOSTS / kept["like"])
        (copy / "recorded.json").write_text(json.dumps({**kept, **record}), encoding="utf-8")
        return copy

    return change


@pytest.fixture
def closed_kvm(alter: Callable[..., Path]) -> Path:
    """A laptop whose user may not open /dev/kvm."""
    return alter("laptop-vmx", closed={"/dev/kvm": "Permission denied"})
