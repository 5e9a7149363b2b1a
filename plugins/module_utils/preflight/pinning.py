"""Processors, memory and huge pages of each NUMA node against what the fleets are to have there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..topology import PinningError, Plan, Topology, plan, read_topology, shortage
from .check import Check, Topic
from .resources import pages_of_a_vm

if TYPE_CHECKING:
    from .host import Host
    from .wanted import Wanted

PLAN = Topic("pinning.plan", "Processors for each VM")
MEMORY = Topic("numa.memory", "Memory of the NUMA nodes")
HUGE = Topic("memory.huge_pages", "Huge pages for VMs")


@dataclass(frozen=True)
class Pinning:
    """Where the largest fleet would go.

    Attributes:
        topology: the host's.
        plan: None if none fits, or none is wanted.
        problem: why none fits; empty if one does, or none is wanted.
        hint: what would fit.
        shortage: what keeps the plan's VMs from getting their memory right now.
    """

    topology: Topology
    plan: Plan | None
    problem: str = ""
    hint: str = ""
    shortage: str = ""

    def facts(self) -> dict[str, object]:
        """For the campaign's facts: the nodes, not each processor."""
        return {
            "numa_nodes": len(self.topology.nodes),
            "numa_memory_mib": [node.memory_total_mib for node in self.topology.nodes],
        }


def observe_pinning(host: Host, wanted: Wanted, *, private: bool) -> Pinning:
    """Read the topology and make the plan that role fleet would make.

    Args:
        host: where to look.
        wanted: the fleets.
        private: some VMs have private memory, which is never in huge pages of the pool.
    """
    topology = read_topology(host.root)
    if wanted.pinning == "off":
        return Pinning(topology, None)
    huge_page = wanted.huge_page_kib if wanted.memory_backing == "hugetlb" else 0
    try:
        found = plan(
            topology,
            vms=wanted.largest_fleet,
            vcpus=wanted.vm_vcpus,
            memory_mib=wanted.vm_memory_mib,
            host_cores=wanted.host_cores,
            smt=wanted.smt,
            isolated=wanted.isolated_cpus,
            huge_page_kib=huge_page,
        )
    except PinningError as error:
        return Pinning(topology, None, str(error), error.hint)
    lacking = shortage(
        topology, found, wanted.vm_memory_mib, huge_page_kib=huge_page, private=private
    )
    return Pinning(topology, found, shortage=lacking)


def check_plan(pinning: Pinning, wanted: Wanted, *, kvm: bool) -> Check:
    """Whether every VM of the largest fleet gets cores of its own on one node."""
    if wanted.pinning == "off":
        return PLAN.ok("fleet_pinning is off")
    if not kvm and wanted.pinning == "auto":
        return PLAN.ok("emulated VMs are not pinned")
    if pinning.plan is None:
        required = wanted.pinning == "required"
        tale = "refused" if required else "its VMs run anywhere, and the report says so"
        return PLAN.found(
            "missing" if required else "warning",
            f"none for a fleet of {wanted.largest_fleet}, so {tale}: {pinning.problem}",
            pinning.hint or "fleet_pinning=off runs VMs anywhere",
        )
    nodes = sorted({place.node for place in pinning.plan.vms})
    return PLAN.ok(
        f"{wanted.largest_fleet} VMs x {wanted.vm_vcpus} on node {', '.join(map(str, nodes))}, "
        f"{len(pinning.plan.host_cpus)} processors for the host"
    )


def check_numa(pinning: Pinning, *, kvm: bool) -> Check:
    """A VM whose memory is on another node than its processors is slower by a distance."""
    nodes = pinning.topology.nodes
    shown = ", ".join(f"node {n.number}: {n.memory_available_mib} MiB" for n in nodes)
    if kvm and pinning.shortage:
        return MEMORY.found(
            "warning",
            f"{pinning.shortage}: the rest comes from another node, or not at all",
            "Stop what takes the memory, or use smaller VMs or fleets; sync; "
            "echo 3 > /proc/sys/vm/drop_caches frees what is cached",
        )
    return MEMORY.ok(f"{len(nodes)} node{'s' if len(nodes) > 1 else ''} ({shown} available)")


def check_huge(pinning: Pinning, wanted: Wanted) -> Check:
    """VMs with hugetlb get huge pages from a pool that somebody must have filled."""
    if wanted.memory_backing != "hugetlb":
        return HUGE.ok("not asked for (fleet_memory_backing)")
    size = wanted.huge_page_kib
    pools = [node.huge_pages[size] for node in pinning.topology.nodes if size in node.huge_pages]
    free = sum(pool.free for pool in pools)
    each = pages_of_a_vm(wanted)
    detail = (
        f"{free} free of {size} KiB, {wanted.largest_fleet} VMs need {wanted.largest_fleet * each}"
    )
    if free >= wanted.largest_fleet * each:
        return HUGE.ok(detail)
    pending = wanted.packages_pending or free >= min(wanted.fleet_sizes) * each
    return HUGE.found(
        "missing" if pending else "error",
        detail,
        f"host_setup_huge_pages: {{{size}: {wanted.largest_fleet * each}}} sets them aside in the "
        "host phase; fleet_memory_backing: memfd needs none",
    )
