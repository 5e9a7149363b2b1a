"""How to reach a VM: OpenSSH, the testbed's key, its pinned host key, the loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from .vm import Vm

HOST_KEY_ALIAS = "testbed-guest"
"""Name of every guest in ``known_hosts``: they share the image's host key."""


def command(vm: Vm, keys: Path, remote: str) -> list[str]:
    """Argument list that runs `remote` in the VM as root.

    Args:
        vm: whom to reach.
        keys: folder with ``id_ed25519`` and ``known_hosts`` (role host_setup).
        remote: a shell command.
    """
    options = {
        "BatchMode": "yes",
        "IdentitiesOnly": "yes",
        "StrictHostKeyChecking": "yes",
        "HostKeyAlias": HOST_KEY_ALIAS,
        "UserKnownHostsFile": str(keys / "known_hosts"),
        "GlobalKnownHostsFile": "/dev/null",
        "ConnectTimeout": "120",
        "ServerAliveInterval": "30",
        "ServerAliveCountMax": "10",
        "LogLevel": "ERROR",
    }
    words = ["ssh", "-F", "/dev/null", "-T", "-i", str(keys / "id_ed25519"), "-p", str(vm.ssh_port)]
    for name, value in options.items():
        words += ["-o", f"{name}={value}"]
    return [*words, "root@127.0.0.1", remote]
