"""Where the VMs of a cell ran, in words that are the same for all cells that can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyrunner.errors import TestbedError
from pyrunner.parsers.raw import same_vms
from pyrunner.parsers.values import table, whole

if TYPE_CHECKING:
    from pyrunner.parsers.raw import Fleet

THREADS: Final = {
    "off": "a core for each vCPU",
    "spread": "a core for each vCPU, whose other thread idles",
    "pack": "a thread for each vCPU, all threads of a core in the same VM",
}

NOT_PINNED: Final = {
    "off": "fleet_pinning is off",
    "auto": "the largest fleet does not fit on cores of its own (fleet.json says why)",
}


def placement(fleet: Fleet) -> str:
    """Say how the VMs were placed; empty where the fleet was started by an older testbed.

    It does not depend on how many VMs there are, so that it is one text for all fleet sizes.

    Raises:
        TestbedError: fleet.json contradicts itself.
    """
    where = fleet.where
    if "pinning" not in fleet.record:
        return ""
    pinning = table(fleet.record, "pinning", where)
    memory = _memory(pinning, where)
    if not pinning.get("pinned"):
        return f"not pinned: {NOT_PINNED[pinning['mode']]}; memory: {memory}"
    _check_apart(pinning, fleet.names, where)
    interrupts = "; the host's interrupts are kept off" if pinning.get("interrupts") else ""
    host = ", ".join(str(cpu) for cpu in pinning["host_cpus"])
    return (
        f"pinned: {THREADS[pinning['smt']]}; the host and QEMU's other threads on processors "
        f"{host}{interrupts}; memory: {memory}, of the VM's NUMA node"
    )


def _memory(pinning: dict[str, Any], where: str) -> str:
    """What the memory is made of."""
    memory = table(pinning, "memory", where)
    if not memory.get("huge_page_kib"):
        return "ordinary pages"
    kind = "shared memory in huge pages" if memory.get("private") else "huge pages"
    return f"{kind} of {whole(memory, 'huge_page_kib', where)} KiB"


def _check_apart(pinning: dict[str, Any], vms: list[str], where: str) -> None:
    """See that the processors were really each VM's own.

    Raises:
        TestbedError: two have one in common, or a VM has none.
    """
    places = table(pinning, "vms", where)
    same_vms(places, vms, f"{where}: pinning")
    taken = dict.fromkeys(pinning.get("host_cpus", ()), "the host")
    for vm in vms:
        place = table(places, vm, where)
        for cpu in [*place.get("cpus", ()), *place.get("idle", ())]:
            if cpu in taken:
                raise TestbedError(f"{where}: processor {cpu} is {taken[cpu]}'s and {vm}'s")
            taken[cpu] = vm
