"""Interrupts that were kept off the VMs' processors and are not back where they were.

Module fleet notes below a fleet's folder where they were (module_utils/fleet/interrupts.py).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..fleet.interrupts import NOTED
from .finding import Answer, Finding, Kind

if TYPE_CHECKING:
    from .scope import Scope

KIND = Kind("interrupts", "moved interrupts")


def noted(scope: Scope) -> dict[str, str]:
    """Where the interrupts were that fleets have moved: their numbers and processors."""
    before: dict[str, str] = {}
    pattern = f"{scope.run_root}/**/{NOTED}"
    for text in [scope.host.read(path) or "{}" for path in scope.host.glob(pattern)]:
        before.update(json.loads(text).get("before", {}))
    return before


def look(scope: Scope) -> Answer:
    """What is noted, and what was noted before the fleets were stopped; each should be back."""
    before = {**scope.interrupts, **noted(scope)}
    if not before:
        return KIND.judged([])
    findings = []
    for number, wanted in before.items():
        path = f"/proc/irq/{number}/smp_affinity_list"
        now = scope.host.read(path)
        if now not in (None, wanted):  # one whose device is gone needs nothing
            what = f"interrupt {number} goes to processors {now}, and went to {wanted}"
            findings.append(Finding(what, f"echo {wanted} > {path}"))
    return KIND.judged(findings, "" if findings else f"{len(before)} are back")
