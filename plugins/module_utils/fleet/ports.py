"""Ports on the host's loopback."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

from .errors import FleetError

LOOPBACK = "127.0.0.1"
HIGHEST = 65535


def require_free(ports: list[int]) -> None:
    """Check that nobody has any of `ports` of the loopback.

    Raises:
        FleetError: names the port and who has it.
    """
    for port in ports:
        if port > HIGHEST:
            raise FleetError(f"there is no port {port}", "choose a lower fleet_ssh_port_base")
        if not is_free(port):
            raise FleetError(
                f"port {port} on {LOOPBACK} is in use by {holder(port)}",
                "end that program, or choose another fleet_ssh_port_base",
            )


def is_free(port: int) -> bool:
    """Whether a server could listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def holder(port: int) -> str:
    """Who has the port, listening or not, as far as this user may know."""
    inodes = inodes_at(port)
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            for handle in (entry / "fd").iterdir():
                if handle.readlink().name in inodes:
                    name = (entry / "comm").read_text(encoding="utf-8").strip()
                    return f"process {entry.name} ({name})"
    return "a process of another user"


def inodes_at(port: int) -> set[str]:
    """``socket:[inode]`` of the sockets whose own end is the port."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if int(fields[1].rsplit(":", 1)[1], 16) == port:
                    found.add(f"socket:[{fields[9]}]")
    return found
