"""Ports on the host's loopback."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

from .errors import FleetError

LOOPBACK = "127.0.0.1"
LISTEN = "0A"  # state of a listening socket in /proc/net/tcp


def require_free(ports: list[int]) -> None:
    """Check that nobody listens on any of `ports` of the loopback.

    Raises:
        FleetError: names the port and who has it.
    """
    for port in ports:
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
    """Who listens on the port, as far as this user may know."""
    inodes = listening_inodes(port)
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            for handle in (entry / "fd").iterdir():
                if handle.readlink().name in inodes:
                    name = (entry / "comm").read_text(encoding="utf-8").strip()
                    return f"process {entry.name} ({name})"
    return "a process of another user"


def listening_inodes(port: int) -> set[str]:
    """``socket:[inode]`` of the sockets that listen on the port."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTEN and int(fields[1].rsplit(":", 1)[1], 16) == port:
                    found.add(f"socket:[{fields[9]}]")
    return found
