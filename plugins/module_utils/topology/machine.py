"""What a host has: processors, cores, NUMA nodes and huge pages."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cpu:
    """A processor as Linux counts them: a thread of a core.

    Attributes:
        number: as in ``cpu7``.
        core: the core's number within its package; -1 where the processor is offline.
        package: the socket; -1 where the processor is offline.
        node: its NUMA node; -1 where the processor is offline.
        online: the kernel runs on it.
        siblings: the threads of its core that are online, itself among them.
        cache: the processors that share its last-level cache (a CCX, on EPYC).
        isolated: the kernel leaves it alone (``isolcpus=``, cpuset partitions).
        allowed: this user may run on it (cpuset of the session, affinity of the process).
    """

    number: int
    core: int = -1
    package: int = -1
    node: int = -1
    online: bool = True
    siblings: tuple[int, ...] = ()
    cache: tuple[int, ...] = ()
    isolated: bool = False
    allowed: bool = True


@dataclass(frozen=True)
class HugePages:
    """Huge pages of one size on one node: how many there are, and how many nobody has."""

    total: int
    free: int


@dataclass(frozen=True)
class Node:
    """A NUMA node.

    Attributes:
        cpus: its online processors.
        memory_total_mib: what it has.
        memory_free_mib: what nobody has, page cache excluded.
        memory_available_mib: the same, and the page cache that would make way.
        huge_pages: by size in KiB.
    """

    number: int
    cpus: tuple[int, ...]
    memory_total_mib: int
    memory_free_mib: int
    memory_available_mib: int
    huge_pages: dict[int, HugePages] = field(default_factory=dict)


@dataclass(frozen=True)
class Core:
    """A physical core whose threads are all online and allowed.

    Attributes:
        cpus: its threads.
        node: its NUMA node.
        cache: its last-level cache domain, by the lowest processor in it.
    """

    cpus: tuple[int, ...]
    node: int
    cache: int


@dataclass(frozen=True)
class Topology:
    """A host's processors and NUMA nodes, offline processors included."""

    cpus: tuple[Cpu, ...]
    nodes: tuple[Node, ...]

    def cores(self, *, isolated: bool = False) -> list[Core]:
        """The whole cores that VMs and QEMU may have, by their lowest processor.

        A core of which another user has a thread is not whole, and nobody's here.

        Args:
            isolated: take those that the kernel was told to leave alone as well.
        """
        usable = {
            cpu.number: cpu
            for cpu in self.cpus
            if cpu.online and (isolated if cpu.isolated else cpu.allowed)
        }
        return [
            Core(cpu.siblings, cpu.node, min(cpu.cache))
            for cpu in usable.values()
            if cpu.number == min(cpu.siblings) and all(n in usable for n in cpu.siblings)
        ]

    def node(self, number: int) -> Node:
        """The node of that number."""
        return next(node for node in self.nodes if node.number == number)
