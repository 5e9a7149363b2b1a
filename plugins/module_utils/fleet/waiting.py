"""Wait until every VM of a fleet answers, without touching the VMs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .errors import FleetError
from .health import require_healthy

if TYPE_CHECKING:
    from .vm import Vm

POLL_SECONDS = 0.2
LATE_HINT = (
    "look at serial.log and qemu.log of that VM; raise fleet_boot_timeout if the host is just slow"
)


def wait_ready(vms: list[Vm], seconds: float) -> dict[str, float]:
    """Wait for the stamper to have read each VM's SSH banner.

    It reads what the stamper wrote rather than polling SSH: under TCG every connection costs the
    VMs time that is being measured.

    Args:
        vms: the fleet.
        seconds: how long the slowest may take, from now.

    Returns:
        Seconds from each VM's start to its answer.

    Raises:
        FleetError: a QEMU ended, the disk is full, or a VM was not ready in time; names it and its
            last words.
    """
    deadline = time.monotonic() + seconds
    waiting = list(vms)
    while True:
        waiting = [vm for vm in waiting if answered(vm) is None]
        if not waiting:
            return {vm.name: answered(vm) or 0.0 for vm in vms}
        require_healthy(waiting)
        if time.monotonic() > deadline:
            raise FleetError(late(waiting, seconds), LATE_HINT)
        time.sleep(POLL_SECONDS)


def answered(vm: Vm) -> float | None:
    """Seconds from the VM's start to its SSH banner, or None."""
    stamps = {record["event"]: record["t"] for record in vm.records("host")}
    if "ssh_answers" not in stamps:
        return None
    return float(stamps["ssh_answers"] - stamps["qemu_started"])


def late(waiting: list[Vm], seconds: float) -> str:
    """Say which VMs are late and how far they came."""
    tales = "; ".join(
        f"{vm.name} sent {len(vm.records('debugcon'))} boot events, "
        f"its last words: {vm.last_words()}"
        for vm in waiting
    )
    return f"{len(waiting)} of the VMs did not answer within {seconds:.0f} s: {tales}"
