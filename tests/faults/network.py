"""The way from Ansible to a testbed host, which a test can cut.

Ansible's own SSH connection runs this program instead of ssh. It runs what it is asked to on this
machine, as sshd would, until the cut: then it ends as ssh does when a host is lost, and what ran
there goes on by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM: Final = r"""#!/bin/bash
cut="$(dirname "$0")/cut"
lost() { echo "ssh: connect to host 127.0.0.1 port 22: No route to host" >&2; exit 255; }
[ -e "$cut" ] && lost
setsid bash -c "${!#}" <&0 &
while kill -0 $! 2>/dev/null; do [ -e "$cut" ] && lost; sleep 0.1; done
wait $!
"""

HOSTS: Final = """
testbed_hosts:
  hosts:
    here:
      ansible_connection: ssh
      ansible_host: 127.0.0.1
      ansible_ssh_executable: {ssh}
      ansible_ssh_transfer_method: piped
"""


def program(folder: Path) -> Path:
    """Install the program."""
    ssh = folder / "ssh"
    ssh.write_text(PROGRAM, encoding="utf-8")
    ssh.chmod(0o755)
    return ssh


def cut(ssh: Path) -> Path:
    """Cut the way; removing the file that this gives mends it."""
    mark = ssh.parent / "cut"
    mark.touch()
    return mark
