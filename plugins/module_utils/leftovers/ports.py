"""Ports: those of the VMs, and all that processes of the testbed listen on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..topology.cpulist import write
from .finding import Answer, Finding, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..preflight.host import Host
    from .scope import Scope
    from .tasks import Task

LISTENS = "0A"
"""TCP_LISTEN in /proc/net/tcp (Linux, include/net/tcp_states.h)."""
HINT = "see `ss -ltnp` as root, and end the program"


def look(scope: Scope) -> Answer:
    """Who listens where; a stranger on a port of the VMs is told, but nothing of ours."""
    kind = Kind("ports", f"ports {write(scope.ports)}" if scope.ports else "ports")
    findings, strangers = [], []
    for port, inode in sorted(listening(scope.host)):
        task = holder(scope, inode)
        if task in scope.ours:
            findings.append(Finding(f"port {port}: {told(task)}", HINT))
        elif port in scope.ports:
            strangers.append(f"{port} by {told(task)}")
            if task is None:
                findings.append(Finding(f"port {port}: somebody who cannot be seen", HINT))
    others = f"in use, and not by this testbed: {', '.join(strangers)}"
    return kind.judged(findings, others if strangers else "free")


def listening(host: Host) -> Iterator[tuple[int, str]]:
    """Port and socket of all that listens on TCP (proc(5), /proc/net/tcp)."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in (host.read(table) or "").splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENS:
                yield int(fields[1].rsplit(":", 1)[1], 16), f"socket:[{fields[9]}]"


def holder(scope: Scope, socket: str) -> Task | None:
    """The process that has the socket, as far as this user may know."""
    return next((task for task in scope.tasks if socket in task.links), None)


def told(task: Task | None) -> str:
    """A process, for a person."""
    return task.told() if task else "somebody"
