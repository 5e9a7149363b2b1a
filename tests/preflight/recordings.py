"""Recorded hosts and what is wanted of them, for the tests of preflight."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from plugins.module_utils.preflight.judge import preflight
from plugins.module_utils.preflight.recorded import RecordedHost
from plugins.module_utils.preflight.wanted import Wanted

ROOT: Final = Path(__file__).resolve().parents[2]
HOSTS: Final = ROOT / "tests/data/preflight"
NAMES: Final = sorted(path.parent.name for path in HOSTS.glob("*/recorded.json"))
SVSM_IMAGE: Final = "/srv/svsm/coconut-qemu.igvm"

TEMPLATE: Final = re.compile(r"\{\{ \w+ \| default\((.+)\) \}\}")

Found = dict[str, Any]
"""The fact that preflight leaves."""


def role_defaults() -> dict[str, Any]:
    """The role's defaults under the module's names; of what others may set, what holds if not."""
    text = (ROOT / "roles/preflight/defaults/main.yml").read_text("utf-8")
    given = yaml.safe_load(text)
    return {name.removeprefix("preflight_"): _unset(value) for name, value in given.items()}


def _unset(value: object) -> object:
    """What ``{{ variable | default(VALUE) }}`` is where nobody sets the variable."""
    found = TEMPLATE.fullmatch(value) if isinstance(value, str) else None
    return yaml.safe_load(found[1]) if found else value


def wanted(**changes: object) -> Wanted:
    """What the role asks for by default once the packages are there, with `changes`."""
    usual = {"state_dir": "/var/lib/svsm-testbed", "packages_pending": False}
    return Wanted.from_params({**role_defaults(), **usual, **changes})


SERVER: Final[dict[str, object]] = {
    "vm_vcpus": 4,
    "vm_memory_mib": 4096,
    "svsm_image_path": SVSM_IMAGE,
}
"""What inventories/epyc asks for, on a server with a built image."""


UNTUNED: Final[dict[str, object]] = {"vm_user": "testbed", "vm_vcpus": 8, "pin_interrupts": True}
"""VMs so large that threads of a core must be shared, run by a user of their own."""


@cache
def recorded(root: Path) -> RecordedHost:
    """A recorded host, unpacked once: nobody writes to it."""
    return RecordedHost(root)


def look(host: str | Path, **changes: object) -> Found:
    """Preflight of a recorded host, named or at a path."""
    return preflight(recorded(HOSTS / host), wanted(**changes))


def as_meant(host: str) -> Found:
    """Preflight of a recorded host as it is meant: servers run what inventories/epyc says."""
    own = {"epyc-untuned": UNTUNED}.get(host, {})
    usual = SERVER if host.startswith("epyc-") else {"svsm_image_path": SVSM_IMAGE}
    return look(host, **{**usual, **own})


def statuses(found: Found, *, but: str = "ok") -> dict[str, str]:
    """Status by check, those with status `but` left out."""
    return {check["id"]: check["status"] for check in found["checks"] if check["status"] != but}


def check(found: Found, name: str) -> dict[str, str]:
    """One check by its id."""
    return next(check for check in found["checks"] if check["id"] == name)
