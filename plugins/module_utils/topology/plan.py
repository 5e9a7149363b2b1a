"""Where the VMs of a fleet go: whole cores of their own, on one NUMA node each.

The place of a VM depends on the host, on what a VM is and on the largest fleet of a campaign, not
on the fleet it is in: the one VM of a fleet of 1 runs where ``vm1`` of a fleet of 8 does, so that
what differs between them is the company.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from . import refusal
from .layout import lay_out, reserve
from .wish import Smt, Wish

if TYPE_CHECKING:
    from .machine import Topology


@dataclass(frozen=True)
class Place:
    """Where a VM goes.

    Attributes:
        node: the NUMA node of its processors and its memory.
        cpus: one host processor for each vCPU, in order.
        idle: the other threads of its cores: nobody's.
        emulator_cpus: for QEMU's other threads, which it shares with the host.
    """

    node: int
    cpus: tuple[int, ...]
    idle: tuple[int, ...]
    emulator_cpus: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """Where a fleet goes.

    Attributes:
        vms: a place for ``vm1`` to ``vmN``.
        host_cpus: processors for the host, QEMU's other threads and those who watch.
        smt: what was done about the threads of a core; ``off`` where a core has one.
    """

    vms: tuple[Place, ...]
    host_cpus: tuple[int, ...]
    smt: Literal["off", "spread", "pack"]


def plan(  # noqa: PLR0913  # all but the host by keyword
    topology: Topology,
    *,
    vms: int,
    vcpus: int,
    memory_mib: int,
    largest: int = 0,
    host_cores: int = 0,
    smt: Smt = "auto",
    isolated: bool = False,
    huge_page_kib: int = 0,
) -> Plan:
    """Find a place for every VM of a fleet; attributes of `Wish` say what the arguments are.

    Raises:
        PinningError: no plan fits; says what does not, and what would.
    """
    wish = Wish(vms, vcpus, memory_mib, largest, host_cores, smt, isolated, huge_page_kib)
    found = attempt(topology, wish)
    if found is None:
        raise refusal.explain(topology, wish, lambda other: attempt(topology, other) is not None)
    return found


def attempt(topology: Topology, wish: Wish) -> Plan | None:
    """A plan, or None if none fits."""
    threads = max((len(core.cpus) for core in topology.cores(isolated=wish.isolated)), default=1)
    if threads == 1:
        return _with(topology, wish, "off")
    if wish.smt != "auto":
        return _with(topology, wish, wish.smt)
    return _with(topology, wish, "spread") or _with(topology, wish, "pack")


def _with(topology: Topology, wish: Wish, smt: Literal["off", "spread", "pack"]) -> Plan | None:
    """A plan that treats threads so; there must be room for the largest fleet."""
    host, rest = reserve(topology, wish)
    if not host:
        return None
    spots = lay_out(topology, wish, rest, host, pack=smt == "pack")
    if len(spots) < wish.places:
        return None
    host_cpus = tuple(sorted(cpu for core in host for cpu in core.cpus))
    near = {
        node.number: [c for core in host if core.node == node.number for c in core.cpus]
        for node in topology.nodes
    }
    places = []
    for node, cores in spots[: wish.vms]:
        threads = [cpu for core in cores for cpu in (core.cpus if smt == "pack" else core.cpus[:1])]
        cpus = tuple(threads[: wish.vcpus])
        idle = tuple(c for core in cores for c in core.cpus if c not in cpus)
        places.append(Place(node, cpus, idle, tuple(sorted(near[node])) or host_cpus))
    return Plan(tuple(places), host_cpus, smt)
