"""What goes on inside and around the VMs of a running fleet."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.rig import SHARED, read

if TYPE_CHECKING:
    from tests.faults.rig import Rig

UNTIL_MEASURING = "until pgrep -x stress-ng-fork; do sleep 0.2; done"


def answers(vm: Path) -> bool:
    """Whether a running VM has answered; to ask it earlier would hang."""
    journal = vm / "host.jsonl"
    return (vm / "pid").exists() and "ssh_answers" in journal.read_text(encoding="utf-8")


def measures(vm: Path) -> bool:
    """Wait until a VM is in the middle of its benchmark, from inside; False if it never is.

    To ask again and again would take longer than the benchmark: every connection costs a second.
    """
    port = str(read(vm / "vm.json")["ssh_port"])
    keys = SHARED / "keys"
    options = ["HostKeyAlias=testbed-guest", f"UserKnownHostsFile={keys}/known_hosts"]
    words = [
        "ssh",
        "-F",
        "/dev/null",
        "-p",
        port,
        "-i",
        f"{keys}/id_ed25519",
        "-o",
        "BatchMode=yes",
    ]
    words += [word for option in options for word in ("-o", option)]
    asked = subprocess.run(
        [*words, "root@127.0.0.1", f"timeout 60 sh -c '{UNTIL_MEASURING}'"],
        capture_output=True,
        check=False,
    )
    return asked.returncode == 0


def kill_qemu(vm: Path) -> int:
    """Kill -9 the QEMU of a VM, found by its pid file."""
    pid = int((vm / "pid").read_text(encoding="utf-8"))
    os.kill(pid, signal.SIGKILL)
    return pid


def left(rig: Rig) -> list[str]:
    """Command lines of processes that still work on something of the rig, ourselves left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                words = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
                if f"{rig.root}/" in words:
                    found.append(f"{entry.name}: {words.replace(chr(0), ' ')[:300]}")
    return found
