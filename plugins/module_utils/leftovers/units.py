"""systemd units that were made for a run: transient ones, and those of the testbed that failed."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from .finding import Answer, Finding, Kind

if TYPE_CHECKING:
    from .scope import Scope

KIND = Kind("units", "systemd units")
RUNS = "/run/systemd/system"
"""There if and only if systemd is the init (sd_booted(3))."""
TRANSIENT = "/run/systemd/transient"
INSTALLED = "/etc/systemd/system"
PREFIX = "svsm-testbed"


def look(scope: Scope) -> Answer:
    """Transient units of ours, and failed ones; what host_setup installs is no leftover."""
    if not scope.host.exists(RUNS):
        return KIND.skipped("systemd does not run this machine")
    units = [Path(path) for path in scope.host.glob(f"{TRANSIENT}/*") if is_unit(path)]
    names = [unit.name for unit in units if is_of_testbed(scope, unit)]
    findings = [Finding(name, f"systemctl stop {shlex.quote(name)}") for name in names]
    findings += [
        Finding(f"{name} (failed)", f"systemctl reset-failed {shlex.quote(name)}")
        for name in failed(scope)
        if name not in names
    ]
    return KIND.judged(findings)


def is_unit(path: str) -> bool:
    """Whether it is a unit's file, rather than the folder of its settings."""
    return not path.endswith(".d")


def is_of_testbed(scope: Scope, unit: Path) -> bool:
    """By name, or by what it runs."""
    text = scope.host.read(str(unit)) or ""
    return unit.name.startswith(PREFIX) or str(scope.run_root) in text


def failed(scope: Scope) -> list[str]:
    """Units of ours that failed; one that host_setup has installed is preflight's business."""
    words = ["systemctl", "list-units", "--failed", "--plain", "--no-legend", f"{PREFIX}*"]
    answer = scope.host.run(words)
    names = [line.split()[0] for line in answer.text.splitlines() if line and answer.status == 0]
    return [name for name in names if not scope.host.exists(f"{INSTALLED}/{name}")]
