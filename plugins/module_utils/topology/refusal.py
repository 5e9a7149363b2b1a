"""Say why no plan fits, in numbers, and what would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from .errors import PinningError
from .layout import cores_of_a_vm, reserve
from .room import room
from .wish import Wish

if TYPE_CHECKING:
    from .machine import Topology

Fits = Callable[[Wish], bool]
"""Whether there is a plan."""
LEAST_MIB = 256
"""Memory below which nothing is proposed: no guest boots with less."""


def explain(topology: Topology, wish: Wish, fits: Fits) -> PinningError:
    """The error to raise."""
    proposals = _proposals(topology, wish, fits)
    instead = "; ".join(proposals) or "no change of one thing alone would do"
    hint = f"what would fit: {instead}. fleet_pinning=off runs VMs anywhere"
    return PinningError(_why(topology, wish), hint)


def _why(topology: Topology, wish: Wish) -> str:
    """What does not fit."""
    who = f"{wish.places} VMs" if wish.places > 1 else "one VM"
    if wish.places > wish.vms:
        who += f" (the largest fleet, which this of {wish.vms} is compared with)"
    cores = topology.cores(isolated=wish.isolated)
    if not reserve(topology, wish)[0]:
        return f"{wish.host_cores or 1} cores for the host: there are {len(cores)} whole cores"
    tales = "; ".join(_of_node(topology, wish, node.number) for node in topology.nodes)
    return (
        f"{who} of {wish.vcpus} vCPUs and {wish.memory_mib} MiB do not fit on cores of their own, "
        f"each VM on one NUMA node: {tales}"
    )


def _of_node(topology: Topology, wish: Wish, number: int) -> str:
    """What a node has for VMs."""
    host, rest = reserve(topology, wish)
    own = [core for core in rest if core.node == number]
    kept = sum(core.node == number for core in host)
    need = cores_of_a_vm(own, wish.vcpus, pack=wish.smt != "spread")
    by_memory = room(topology.node(number), wish)
    what = f"huge pages of {wish.huge_page_kib} KiB" if wish.huge_page_kib else "memory"
    return (
        f"node {number} has {len(own) + kept} whole cores, {kept} of them the host's; a VM takes "
        f"{need}: cores for {len(own) // need} VMs, {what} for {by_memory}"
    )


def _proposals(topology: Topology, wish: Wish, fits: Fits) -> list[str]:
    """Changes of one thing each that were tried and fit."""
    kept = len(reserve(topology, wish)[0]) or wish.host_cores
    ways: list[tuple[str, int, Callable[[int], Wish]]] = [
        (
            "fleets of up to {} VMs (fleet_size, testbed_fleet_sizes)",
            wish.places - 1,
            lambda n: replace(wish, vms=n, largest=n),
        ),
        ("fleet_vcpus={}", wish.vcpus - 1, lambda n: replace(wish, vcpus=n)),
        ("fleet_host_cores={}", kept - 1, lambda n: replace(wish, host_cores=n)),
    ]
    found = [(text, _most(1, high, make, fits)) for text, high, make in ways]
    memory = _most(LEAST_MIB, wish.memory_mib - 1, lambda n: replace(wish, memory_mib=n), fits)
    found.append(("fleet_memory_mib={}", memory))
    said = [text.format(number) for text, number in found if number]
    if wish.smt == "spread" and fits(replace(wish, smt="pack")):
        said.append("fleet_smt=pack (both threads of a core in one VM)")
    if not wish.isolated and fits(replace(wish, isolated=True)):
        said.append("fleet_isolated_cpus=true (those that the kernel was told to leave alone)")
    if wish.huge_page_kib and fits(replace(wish, huge_page_kib=0)):
        said.append("fleet_memory_backing=memfd, or more pages (host_setup_huge_pages)")
    return said


def _most(low: int, high: int, make: Callable[[int], Wish], fits: Fits) -> int:
    """The largest number from `low` to `high` that fits, or 0; less of a thing fits no worse."""
    best = 0
    while low <= high:
        middle = (low + high) // 2
        if fits(make(middle)):
            best, low = middle, middle + 1
        else:
            high = middle - 1
    return best
