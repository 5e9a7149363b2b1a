"""Hosts as Linux shows them: made by a few numbers each, in memory or as a tree of sysfs.

Cores, caches and NUMA nodes of the EPYC ones are AMD's: a CCX of Milan and Genoa has up to 8 cores
and one third-level cache ("4th Gen AMD EPYC Processor Architecture", 2023), NPS is the number of
NUMA nodes a socket. Linux numbers the first threads of all cores, then the second ones; notebooks'
firmware has the threads of a core side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from plugins.module_utils.topology import Cpu, HugePages, Node, Topology, cpulist

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

GIB = 1024


@dataclass(frozen=True)
class Host:
    """A host's numbers.

    Attributes:
        ccx_cores: cores of each third-level cache of a node.
        memory_mib: memory of a node.
        side_by_side: whether the threads of a core have neighbouring numbers.
        offline, isolated, forbidden: processors that are so.
        huge_pages: of each node, by size in KiB.
    """

    sockets: int = 1
    nodes: int = 1
    ccx_cores: tuple[int, ...] = (8,)
    threads: int = 2
    memory_mib: int = 64 * GIB
    side_by_side: bool = False
    offline: frozenset[int] = frozenset()
    isolated: frozenset[int] = frozenset()
    forbidden: frozenset[int] = frozenset()
    huge_pages: dict[int, HugePages] = field(default_factory=dict)

    @property
    def cores(self) -> int:
        """All of them."""
        return self.sockets * self.nodes * sum(self.ccx_cores)

    def threads_of(self, core: int) -> tuple[int, ...]:
        """The processors of a core, offline ones among them."""
        if self.side_by_side:
            return tuple(core * self.threads + thread for thread in range(self.threads))
        return tuple(core + thread * self.cores for thread in range(self.threads))

    @cached_property
    def caches(self) -> list[tuple[int, ...]]:
        """The cores of each third-level cache, node by node."""
        found, first = [], 0
        for size in self.ccx_cores * (self.sockets * self.nodes):
            found.append(tuple(range(first, first + size)))
            first += size
        return found

    def topology(self) -> Topology:
        """As it should be read."""
        cpus = {number: Cpu(number, online=False) for number in self.offline}
        for cache in self.caches:
            sharing = self.online(cache)
            for core in cache:
                for number in self.online([core]):
                    node = core // sum(self.ccx_cores)
                    cpus[number] = Cpu(
                        number,
                        core=core % (self.cores // self.sockets),
                        package=node // self.nodes,
                        node=node,
                        siblings=self.online([core]),
                        cache=sharing,
                        isolated=number in self.isolated,
                        allowed=number not in self.forbidden,
                    )
        ordered = tuple(cpu for _, cpu in sorted(cpus.items()))
        return Topology(ordered, tuple(self.node(n) for n in range(self.sockets * self.nodes)))

    def node(self, number: int) -> Node:
        """One of its nodes: half of what huge pages leave is free, an eighth is page cache."""
        size = sum(self.ccx_cores)
        return Node(
            number=number,
            cpus=self.online(range(number * size, (number + 1) * size)),
            memory_total_mib=self.memory_mib,
            memory_free_mib=self.memory_mib // 2,
            memory_available_mib=self.memory_mib // 2 + self.memory_mib // 8,
            huge_pages=self.huge_pages,
        )

    def online(self, cores: Iterable[int]) -> tuple[int, ...]:
        """The processors of these cores that are online."""
        return tuple(sorted({n for core in cores for n in self.threads_of(core)} - self.offline))

    def write(self, root: Path) -> None:
        """Make the tree of sysfs that says all this."""
        topology = self.topology()
        folder = root / "sys/devices/system"
        online = [cpu for cpu in topology.cpus if cpu.online]
        put(folder / "cpu/online", cpulist.write(cpu.number for cpu in online))
        put(folder / "cpu/isolated", cpulist.write(self.isolated))
        for number in self.offline:
            put(folder / f"cpu/cpu{number}/online", "0")
        for cpu in online:
            own = folder / f"cpu/cpu{cpu.number}"
            put(own / "topology/core_id", f"{cpu.core}")
            put(own / "topology/physical_package_id", f"{cpu.package}")
            put(own / "topology/core_cpus_list", cpulist.write(cpu.siblings))
            for index, (level, sharing) in enumerate(
                [(1, cpu.siblings), (1, cpu.siblings), (2, cpu.siblings), (3, cpu.cache)]
            ):
                put(own / f"cache/index{index}/level", f"{level}")
                put(own / f"cache/index{index}/shared_cpu_list", cpulist.write(sharing))
        for node in topology.nodes:
            write_node(folder / f"node/node{node.number}", node)


def write_node(folder: Path, node: Node) -> None:
    """A NUMA node's folder; a kernel says what follows in kB and with the node's name."""
    put(folder / "cpulist", cpulist.write(node.cpus))
    cache = node.memory_available_mib - node.memory_free_mib
    kib = {
        "MemTotal": node.memory_total_mib * 1024,
        "MemFree": node.memory_free_mib * 1024,
        "MemUsed": (node.memory_total_mib - node.memory_free_mib) * 1024,
        "Active(file)": cache * 512,
        "Inactive(file)": cache * 512,
        "HugePages_Total": 0,
    }
    lines = [f"Node {node.number} {name}: {value:12} kB" for name, value in kib.items()]
    put(folder / "meminfo", "\n".join(lines))
    for size, pages in node.huge_pages.items():
        put(folder / f"hugepages/hugepages-{size}kB/nr_hugepages", f"{pages.total}")
        put(folder / f"hugepages/hugepages-{size}kB/free_hugepages", f"{pages.free}")


def put(path: Path, text: str) -> None:
    """Write a file as the kernel does: with a line end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="ascii")


MILAN = (8,) * 8
HOSTS = {
    "two EPYC 7763, NPS1": Host(2, 1, MILAN, memory_mib=512 * GIB),
    "two EPYC 7763, NPS4": Host(2, 4, MILAN[:2], memory_mib=128 * GIB),
    "two EPYC 9654, NPS1": Host(2, 1, (8,) * 12, memory_mib=768 * GIB),
    "one EPYC 7543P, nosmt": Host(
        ccx_cores=(4,) * 8, memory_mib=256 * GIB, offline=frozenset(range(32, 64))
    ),
    "Ryzen 5800U": Host(memory_mib=30 * GIB, side_by_side=True),
    "VM of two processors": Host(ccx_cores=(2,), threads=1, memory_mib=22 * GIB),
}
