"""What must be so while a fleet runs; what is not is told at once, not when time is up."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from .errors import FleetError
from .processes import owner_of, pid_in
from .tracer import require_tracer

if TYPE_CHECKING:
    from pathlib import Path

    from .vm import Vm

LEAST_BYTES = 1 << 20
"""Free space below which the next write of a VM or of a log may fail."""
GRACE_SECONDS = 2.0
POLL_SECONDS = 0.1


def require_healthy(vms: list[Vm]) -> None:
    """Check that every VM's QEMU runs, that somebody stamps what they say, that they can write.

    A tracer has to run only where it is required.

    Raises:
        FleetError: names the VM, the stamper, the tracer or the folder at fault.
    """
    fleet = vms[0].dir.parent
    require_room(fleet)
    require_alive(vms)
    require_stamper(fleet)
    require_tracer(fleet)


def require_alive(vms: list[Vm]) -> None:
    """Check that every VM's QEMU still runs.

    Raises:
        FleetError: names the VM whose QEMU is gone.
    """
    for vm in vms:
        if vm.qemu() is None:
            log = vm.dir / "qemu.log"
            said = log.read_text(encoding="utf-8", errors="replace").strip()[-300:]
            raise FleetError(
                f"QEMU of {vm.name} ended unexpectedly; its log: {said or '(empty)'}; "
                f"the VM's last words: {vm.last_words()}",
                "unless the VM gave up itself: was it killed, or the host out of memory? see the "
                "host's kernel log",
            )


def require_room(folder: Path) -> None:
    """Check that the disk that the VMs write to is not full: QEMU would pause them, silently.

    Raises:
        FleetError: names the folder, full or gone.
    """
    if not folder.is_dir():
        raise FleetError(f"{folder} is gone", "did somebody tear the testbed down?")
    seen = os.statvfs(folder)
    free = seen.f_frsize * (seen.f_bavail if os.geteuid() else seen.f_bfree)
    if free < LEAST_BYTES:
        raise FleetError(
            f"{folder}: no space is left on the disk ({free} bytes free): the VMs cannot write",
            "free some space, or set testbed_state_dir to a larger file system",
        )


def require_stamper(fleet: Path) -> None:
    """Check that the stamper, once it is there, still stamps.

    Raises:
        FleetError: it is gone, with what it said.
    """
    pid_file = fleet / "stamper.pid"
    if pid_in(pid_file) and owner_of(pid_file) is None:
        said = (fleet / "stamper.log").read_text(encoding="utf-8", errors="replace").strip()[-300:]
        raise FleetError(
            f"the stamper of {fleet} ended unexpectedly; its log: {said or '(empty)'}",
            "was it killed, or out of memory? see the host's kernel log",
        )


def await_end(vm: Vm) -> None:
    """Give a QEMU that is being killed the moment that it takes to be gone.

    Its connections close first: whoever sees that should blame the QEMU, not the connection.

    Raises:
        FleetError: the QEMU is gone.
    """
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline:
        require_alive([vm])
        time.sleep(POLL_SECONDS)
