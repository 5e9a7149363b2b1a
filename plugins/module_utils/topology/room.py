"""Memory: how many VMs a node has room for, and whether it is free right now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .machine import Node, Topology
    from .plan import Plan
    from .wish import Wish

OVERHEAD_MIB = 192
"""What QEMU takes besides a VM's memory; preflight reckons with the same."""


def room(node: Node, wish: Wish) -> int:
    """How many VMs the node's memory has room for, whoever uses it now.

    What is in use changes from cell to cell, the place of a VM must not.
    """
    ordinary = node.memory_total_mib - _pool_mib(node)
    if not wish.huge_page_kib:
        return max(0, ordinary // (wish.memory_mib + OVERHEAD_MIB))
    pages = node.huge_pages.get(wish.huge_page_kib)
    return _in_pages(pages.total if pages else 0, wish.memory_mib, wish.huge_page_kib)


def shortage(
    topology: Topology,
    plan: Plan,
    memory_mib: int,
    *,
    huge_page_kib: int = 0,
    private: bool = False,
) -> str:
    """What keeps the plan's VMs from getting their memory right now; empty if nothing does.

    Args:
        topology: the host, read just now.
        plan: where the VMs go.
        memory_mib: memory of a VM.
        huge_page_kib: size of the huge pages that back it; 0 for ordinary memory.
        private: the VMs have private memory. It comes from guest_memfd, which has no huge pages of
            the pool, and backing of the pool is there besides.
    """
    backing = 0 if huge_page_kib and not private else memory_mib
    tales = []
    for number, count in sorted(Counter(place.node for place in plan.vms).items()):
        node = topology.node(number)
        need = count * (backing + OVERHEAD_MIB)
        if node.memory_available_mib < need:
            tales.append(
                f"node {number} has {node.memory_available_mib} MiB available, {count} VMs need "
                f"{need} MiB"
            )
        pages = node.huge_pages.get(huge_page_kib)
        free = pages.free if pages else 0
        if huge_page_kib and _in_pages(free, memory_mib, huge_page_kib) < count:
            tales.append(
                f"node {number} has {free} free huge pages of {huge_page_kib} KiB, {count} VMs "
                f"need {count * _pages(memory_mib, huge_page_kib)}"
            )
    return "; ".join(tales)


def pool_shortage(topology: Topology, vms: int, memory_mib: int, huge_page_kib: int) -> str:
    """What VMs that may run anywhere lack of huge pages right now; empty if nothing."""
    pools = [node.huge_pages.get(huge_page_kib) for node in topology.nodes]
    free = sum(pool.free for pool in pools if pool)
    need = vms * _pages(memory_mib, huge_page_kib)
    if free >= need:
        return ""
    return f"{free} huge pages of {huge_page_kib} KiB are free, {vms} VMs need {need}"


def _pool_mib(node: Node) -> int:
    """What huge pages have taken from ordinary memory."""
    return sum(size * pages.total for size, pages in node.huge_pages.items()) // 1024


def _pages(memory_mib: int, size_kib: int) -> int:
    """Pages of a VM, the last one perhaps in part."""
    return -(-memory_mib * 1024 // size_kib)


def _in_pages(count: int, memory_mib: int, size_kib: int) -> int:
    """How many VMs `count` pages are enough for."""
    return count // _pages(memory_mib, size_kib)
