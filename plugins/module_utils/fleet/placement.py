"""Where the VMs of a fleet run: as module fleet_plan says, and as ``fleet.json`` keeps it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..topology import Place, Plan, pool_shortage, read_topology, shortage
from .errors import FleetError

if TYPE_CHECKING:
    from pathlib import Path

    from ..topology import Topology


@dataclass(frozen=True)
class Placement:
    """Where the VMs run.

    Attributes:
        record: what ``fleet.json`` says of it.
        places: by the VM's name; empty where they may run anywhere.
        host_cpus: what is not theirs; empty where they may run anywhere.
        interrupts: whether interrupts are kept off the VMs' processors.
    """

    record: dict[str, Any]
    places: dict[str, Place]
    host_cpus: tuple[int, ...]
    interrupts: bool

    @classmethod
    def of(cls, record: dict[str, Any]) -> Placement:
        """Read what `fleet_plan` returns; an empty one lets VMs run anywhere."""
        places = {
            name: Place(
                node=place["node"],
                cpus=tuple(place["cpus"]),
                idle=tuple(place["idle"]),
                emulator_cpus=tuple(place["emulator_cpus"]),
            )
            for name, place in record.get("vms", {}).items()
        }
        wanted = bool(record.get("interrupts", False))
        return cls(record, places, tuple(record.get("host_cpus", ())), bool(places) and wanted)

    def with_threads(self, threads: dict[str, dict[str, int]]) -> dict[str, Any]:
        """The record of a fleet that was started, with the vCPUs' threads by processor."""
        places = self.record.get("vms", {})
        return {
            **self.record,
            "vms": {name: {**place, "threads": threads[name]} for name, place in places.items()},
        }

    def threads_of(self, vm: str) -> dict[int, int]:
        """The vCPUs' threads and the processor of each, of a VM that was started."""
        threads = self.record["vms"][vm]["threads"]
        return {int(thread): int(cpu) for cpu, thread in threads.items()}

    def require_memory(self, vms: int) -> None:
        """Check that the memory of `vms` VMs is free: on their nodes, or as huge pages anywhere.

        A process that is bound to a node is killed when that node is full.

        Raises:
            FleetError: says what is short.
        """
        short = self.short_of(vms, read_topology()) if "memory" in self.record else ""
        if short:
            raise FleetError(
                f"memory for the VMs is short: {short}",
                "stop what has it (`numastat -m` tells by node), lower fleet_memory_mib, or have "
                "more huge pages (host_setup_huge_pages)",
            )

    def short_of(self, vms: int, topology: Topology) -> str:
        """What is short on the host; ordinary memory that may be of anywhere is preflight's."""
        memory = self.record["memory"]
        size, pages = memory["mib"], memory["huge_page_kib"]
        if self.places:
            plan = Plan(tuple(self.places.values()), self.host_cpus, "off")
            return shortage(topology, plan, size, huge_page_kib=pages, private=memory["private"])
        return pool_shortage(topology, vms, size, pages) if pages else ""


def placement_of(fleet: Path) -> Placement:
    """Where the VMs of a fleet that was started run."""
    with suppress(FileNotFoundError):
        record = json.loads((fleet / "fleet.json").read_text(encoding="utf-8"))
        return Placement.of(record.get("pinning", {}))
    return Placement.of({})
