"""Recorded hosts and what is wanted of them, for the tests of preflight."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from plugins.module_utils.preflight.judge import preflight
from plugins.module_utils.preflight.recorded import RecordedHost
from plugins.module_utils.preflight.wanted import Wanted

ROOT: Final = Path(__file__).resolve().parents[2]
HOSTS: Final = ROOT / "tests/data/preflight"
NAMES: Final = sorted(path.name for path in HOSTS.iterdir())
SVSM_IMAGE: Final = "/srv/svsm/coconut-qemu.igvm"

Found = dict[str, Any]
"""The fact that preflight leaves."""


def role_defaults() -> dict[str, Any]:
    """The role's defaults under the module's names."""
    text = (ROOT / "roles/preflight/defaults/main.yml").read_text("utf-8")
    given = yaml.safe_load(text)
    return {name.removeprefix("preflight_"): value for name, value in given.items()}


def wanted(**changes: object) -> Wanted:
    """What the role asks for by default once the packages are there, with `changes`."""
    usual = {"state_dir": "/var/lib/svsm-testbed", "packages_pending": False}
    return Wanted.from_params({**role_defaults(), **usual, **changes})


def look(host: str | Path, **changes: object) -> Found:
    """Preflight of a recorded host, named or at a path."""
    return preflight(RecordedHost(HOSTS / host), wanted(**changes))


def statuses(found: Found, *, but: str = "ok") -> dict[str, str]:
    """Status by check, those with status `but` left out."""
    return {check["id"]: check["status"] for check in found["checks"] if check["status"] != but}


def check(found: Found, name: str) -> dict[str, str]:
    """One check by its id."""
    return next(check for check in found["checks"] if check["id"] == name)
