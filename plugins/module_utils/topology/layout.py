"""Give cores away: first to the host, then to one VM after the other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .room import room

if TYPE_CHECKING:
    from .machine import Core, Topology
    from .wish import Wish

SHARE = 16
"""Of so many cores of a node one is the host's, unless it is said how many are."""

Spot = tuple[int, "list[Core]"]
"""A VM's node and cores."""


def reserve(topology: Topology, wish: Wish) -> tuple[list[Core], list[Core]]:
    """The host's cores and the others.

    The host gets the lowest of each node: processor 0 has work that Linux cannot move.

    Returns:
        No host cores at all if there are not as many as are wanted.
    """
    cores = topology.cores(isolated=wish.isolated)
    by_node = [[c for c in cores if c.node == node.number] for node in topology.nodes]
    if wish.host_cores:
        turns = [(turn, own[turn]) for own in by_node for turn in range(len(own))]
        turns.sort(key=lambda entry: entry[0])  # a core of each node in turn
        host = [core for _, core in turns[: wish.host_cores]]
    else:
        host = [core for own in by_node for core in own[: max(1, len(own) // SHARE)]]
    if len(host) < wish.host_cores:
        return [], cores
    kept = set(host)
    return host, [core for core in cores if core not in kept]


def lay_out(
    topology: Topology, wish: Wish, cores: list[Core], host: list[Core], *, pack: bool
) -> list[Spot]:
    """Give every VM its cores, as long as there are any.

    Each VM goes to the node with the fewest VMs. This finds room for all if there is any: VMs are
    alike, and none leaves cores of its node unusable.
    """
    need = cores_of_a_vm(cores, wish.vcpus, pack=pack)
    left = {node.number: [c for c in cores if c.node == node.number] for node in topology.nodes}
    places = {node.number: room(node, wish) for node in topology.nodes}
    company = Counter(core.cache for core in host)
    spots: list[Spot] = []
    while len(spots) < wish.places:
        taken = Counter(node for node, _ in spots)
        able = [n for n in left if len(left[n]) >= need and places[n] > taken[n]]
        if not able:
            break
        node = min(able, key=lambda number: (taken[number], number))
        chosen = choose(left[node], need, company)
        company.update({core.cache for core in chosen})
        left[node] = [core for core in left[node] if core not in set(chosen)]
        spots.append((node, chosen))
    return spots


def cores_of_a_vm(cores: list[Core], vcpus: int, *, pack: bool) -> int:
    """How many cores a VM takes."""
    threads = min((len(core.cpus) for core in cores), default=1) if pack else 1
    return -(-vcpus // threads)


def choose(cores: list[Core], need: int, company: Counter[int]) -> list[Core]:
    """Take a VM's cores from one last-level cache, the one with the least company.

    Where no cache has enough, those that have the most: the VM then shares as few as it can.
    """
    caches: dict[int, list[Core]] = {}
    for core in cores:
        caches.setdefault(core.cache, []).append(core)
    fitting = [cache for cache, own in caches.items() if len(own) >= need]
    if fitting:
        return caches[min(fitting, key=lambda cache: (company[cache], cache))][:need]
    order = sorted(caches, key=lambda cache: (-len(caches[cache]), cache))
    return [core for cache in order for core in caches[cache]][:need]
