"""Huge pages: where they go, and whether there is memory for them.

Documentation/admin-guide/mm/hugetlbpage.rst (Linux).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .files import at

if TYPE_CHECKING:
    from pathlib import Path

    from plugins.module_utils.topology.machine import Topology

GIB: Final = 1024 * 1024
"""Pages of this size (in KiB) are found only at boot: later, memory is in pieces."""

NODES: Final = "/sys/devices/system/node"


@dataclass(frozen=True)
class Setting:
    """A file of sysfs, and what is written into it."""

    path: str
    value: str


def at_boot(pages: dict[int, int]) -> list[str]:
    """Kernel parameters for pages of 1 GiB; Linux spreads them over the nodes."""
    words = [f"hugepagesz={size // GIB}G hugepages={count}" for size, count in _large(pages)]
    return [word for pair in words for word in pair.split()]


def settings(pages: dict[int, int], topology: Topology, root: Path) -> list[Setting]:
    """Files to write for smaller pages: each node gets the same number, the first ones the rest."""
    found = []
    for size, count in sorted(pages.items()):
        if size >= GIB:
            continue
        share, rest = divmod(count, len(topology.nodes))
        for position, node in enumerate(topology.nodes):
            folder = f"{NODES}/node{node.number}/hugepages"
            if not at(root, folder).is_dir():  # a kernel without NUMA
                folder = "/sys/kernel/mm/hugepages"
            path = f"{folder}/hugepages-{size}kB/nr_hugepages"
            found.append(Setting(path, str(share + (position < rest))))
    return found


def memory_problems(
    pages: dict[int, int], topology: Topology, reserve_mib: int, *, boots: bool
) -> list[str]:
    """Why the host cannot have these huge pages.

    Args:
        pages: numbers by size in KiB.
        topology: the host's.
        reserve_mib: what has to be left to the host.
        boots: whether kernel parameters may be set.
    """
    sizes = {size for node in topology.nodes for size in node.huge_pages}
    problems = [
        f"host_setup_huge_pages: the host has no pages of {size} KiB, only of "
        f"{' and '.join(str(s) for s in sorted(sizes)) or 'no size'}"
        for size in pages
        if size not in sizes
    ]
    if _large(pages) and not boots:
        problems.append(
            "host_setup_huge_pages: pages of 1 GiB need kernel parameters: set host_setup_kernel "
            "to packaged or built, or take pages of 2048 KiB"
        )
    for size, count in pages.items():
        share = -(-count // len(topology.nodes)) * size // 1024
        problems += [
            f"host_setup_huge_pages: node {node.number} has {node.memory_total_mib} MiB, not "
            f"{share} for its share of {count} pages of {size} KiB"
            for node in topology.nodes
            if share > node.memory_total_mib
        ]
    wanted = sum(size * count for size, count in pages.items()) // 1024
    total = sum(node.memory_total_mib for node in topology.nodes)
    if pages and wanted > total - reserve_mib:
        problems.append(
            f"host_setup_huge_pages: {wanted} MiB are wanted; of the host's {total} MiB at most "
            f"{max(total - reserve_mib, 0)} can be had (host_setup_memory_reserve_mib: "
            f"{reserve_mib})"
        )
    return problems


def lacking_pages(pages: dict[int, int], topology: Topology) -> list[str]:
    """What the host has not got of them."""
    has = {
        size: sum(node.huge_pages[size].total for node in topology.nodes if size in node.huge_pages)
        for size in pages
    }
    return [
        f"there are {has[size]} huge pages of {size} KiB, not {count}"
        for size, count in sorted(pages.items())
        if has[size] < count
    ]


def _large(pages: dict[int, int]) -> list[tuple[int, int]]:
    """The pages that are found only at boot."""
    return [(size, count) for size, count in sorted(pages.items()) if size >= GIB]
