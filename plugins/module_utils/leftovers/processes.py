"""Processes: QEMUs, stampers, tracers, and the connections to VMs."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ..fleet.processes import is_stamper, is_tracer, mentions, programs
from .finding import Finding, Kind
from .tasks import Task, is_qemu

if TYPE_CHECKING:
    from .finding import Answer
    from .scope import Scope

QEMU = Kind("qemu", "QEMU processes")
STAMPERS = Kind("stampers", "stampers")
TRACERS = Kind("tracers", "tracers")
SESSIONS = Kind("sessions", "SSH sessions to VMs")
PROBE = "testbed.probe"
"""On the kernel command line of the VM that tells whether KVM is any good (role fleet, probe)."""


def look_at_qemu(scope: Scope) -> Answer:
    """VMs of fleets, and probe VMs, which have no folder of a fleet."""
    fleets = [task for task in scope.ours if is_qemu(task)]
    probes = [task for task in scope.tasks if is_qemu(task) and is_probe(task, scope)]
    return QEMU.judged([ended_by_kill(task) for task in [*fleets, *probes]])


def is_probe(task: Task, scope: Scope) -> bool:
    """Whether it is a probe VM of this testbed."""
    words = " ".join(task.process.arguments).split()
    return PROBE in words and mentions(task.process, scope.artifact_dir)


def look_at_stampers(scope: Scope) -> Answer:
    """They end by themselves once every QEMU has gone."""
    return STAMPERS.judged([ended_by_kill(t) for t in scope.ours if is_stamper(t.process)])


def look_at_tracers(scope: Scope) -> Answer:
    """Bpftrace that writes into a fleet's folder."""
    return TRACERS.judged([ended_by_kill(t) for t in scope.ours if is_tracer(t.process)])


def look_at_sessions(scope: Scope) -> Answer:
    """Connections with the testbed's key to a port of its VMs: a benchmark whose run was killed."""
    return SESSIONS.judged([ended_by_kill(t) for t in scope.tasks if is_session(t, scope)])


def is_session(task: Task, scope: Scope) -> bool:
    """Whether it is such an SSH client (plugins/module_utils/fleet/ssh.py starts them)."""
    words = task.process.arguments
    if programs(task.process)[:1] != ["ssh"] or not {"-i", "-p"} <= set(words[:-1]):
        return False
    keys = {str(folder / "keys/id_ed25519") for folder in scope.folders}
    given = {flag: words[words.index(flag) + 1] for flag in ("-i", "-p")}
    return given["-i"] in keys and given["-p"] in map(str, scope.ports)


def ended_by_kill(task: Task) -> Finding:
    """A process that a signal ends."""
    return Finding(task.told(), f"kill {shlex.quote(str(task.pid))}, with -9 if that is not enough")
