"""Keep the host's interrupts off the VMs' processors while a fleet runs.

Linux, Documentation/core-api/irq/irq-affinity.rst: ``/proc/irq/*/smp_affinity_list``. What was
there is noted below the fleet's folder before anything is changed, so that whoever stops the fleet,
or what a killed run left of it, can put it back.
"""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import FleetError
from .processes import PROC

if TYPE_CHECKING:
    from .placement import Placement

IRQS = Path("/proc/irq")
NOTED = "interrupts.json"
BALANCER = "irqbalance"


def keep_off(fleet: Path, placement: Placement) -> None:
    """Send all interrupts that can be moved to the host's processors, if that is wanted.

    Some cannot: a disk's or a network card's queues may have processors of their own, and timers
    are the processor's. They are counted.

    Raises:
        FleetError: this user may not, or irqbalance would move them back.
    """
    if not placement.interrupts:
        return
    require_no_balancer()
    target = ",".join(str(cpu) for cpu in placement.host_cpus)
    before = {irq: text for irq in irqs() if (text := read(IRQS / irq / "smp_affinity_list"))}
    for irq, text in list(before.items())[:1]:  # whoever may not is told before anything is noted
        write(IRQS / irq / "smp_affinity_list", text)
    half = fleet / f"{NOTED}.half"
    half.write_text(json.dumps({"target": target, "before": before}) + "\n", encoding="utf-8")
    half.rename(fleet / NOTED)
    moved = [irq for irq in before if write(IRQS / irq / "smp_affinity_list", target)]
    placement.record["interrupts_moved"] = len(moved)
    placement.record["interrupts_fixed"] = sorted(set(before) - set(moved), key=int)


def restore_below(folder: Path) -> int:
    """Put back what the fleets at or below `folder` have moved; how many fleets had."""
    notes = sorted(folder.rglob(NOTED))
    for noted in notes:
        restore(noted)
    return len(notes)


def restore(noted: Path) -> None:
    """Put interrupts back where they were; those that are gone meanwhile need none of it."""
    record = json.loads(noted.read_text(encoding="utf-8"))
    for irq, text in record["before"].items():
        write(IRQS / irq / "smp_affinity_list", text)
    noted.unlink()


def irqs() -> list[str]:
    """Numbers of the interrupts that are in use."""
    return sorted((path.name for path in IRQS.iterdir() if path.name.isdigit()), key=int)


def require_no_balancer() -> None:
    """See that nobody distributes interrupts by a plan of his own.

    Raises:
        FleetError: irqbalance runs.
    """
    for entry in PROC.iterdir():
        if entry.name.isdigit() and read(entry / "comm") == BALANCER:
            raise FleetError(
                f"irqbalance runs (process {entry.name}) and would move the interrupts back",
                "systemctl stop irqbalance, or fleet_pin_interrupts=false",
            )


def read(path: Path) -> str:
    """A file's text; empty if it, or what it is about, is gone."""
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def write(path: Path, text: str) -> bool:
    """Write to a file of the kernel's; False if it does not take it.

    An interrupt that cannot be moved is answered with EPERM or EIO, who may not with EACCES
    (Linux, kernel/irq/proc.c, write_irq_affinity).

    Raises:
        FleetError: this user may not.
    """
    try:
        path.write_text(text, encoding="ascii")
    except OSError as error:
        if error.errno == errno.EACCES:
            raise FleetError(
                f"{path}: {error.strerror}: interrupts are root's to move",
                "run as root (ansible_become), or fleet_pin_interrupts=false",
            ) from error
        return False
    return True
