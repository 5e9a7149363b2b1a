"""Instances of tracefs, and BPF programs that were pinned (bpf(2), BPF_OBJ_PIN)."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from .finding import Answer, Finding, Kind

if TYPE_CHECKING:
    from .scope import Scope

KIND = Kind("tracing", "tracefs instances, pinned BPF programs")
TRACEFS = ("/sys/kernel/tracing", "/sys/kernel/debug/tracing")
PREFIX = "svsm-testbed"


def look(scope: Scope) -> Answer:
    """Those that bear the testbed's name."""
    mounted = [path for path in TRACEFS if scope.host.exists(f"{path}/trace")]
    if not mounted:
        return KIND.skipped("no tracefs is mounted, or only root may see it")
    instances = scope.host.glob(f"{mounted[0]}/instances/{PREFIX}*")
    pinned = scope.host.glob(f"/sys/fs/bpf/{PREFIX}*")
    findings = [Finding(path, f"rmdir {shlex.quote(path)}") for path in instances]
    findings += [Finding(path, f"rm -r {shlex.quote(path)}") for path in pinned]
    return KIND.judged(findings)
