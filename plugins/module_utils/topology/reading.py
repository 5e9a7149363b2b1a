"""Read a host's topology from sysfs.

Documentation/admin-guide/cputopology.rst and Documentation/ABI/{stable,testing}/sysfs-devices-*
(Linux): cpu*/topology, cpu*/cache/index*, cpu/{online,isolated}, node*/{cpulist,meminfo,hugepages}.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from . import cpulist
from .machine import Cpu, HugePages, Node, Topology

CPUS = "sys/devices/system/cpu"
NODES = "sys/devices/system/node"
RECLAIMED = ("MemFree", "Active(file)", "Inactive(file)", "SReclaimable")
"""What becomes free on demand; the kernel estimates MemAvailable much the same way."""


def read_topology(root: Path = Path("/"), allowed: frozenset[int] | None = None) -> Topology:
    """Read the host below `root`.

    Args:
        root: where its ``/`` is; another folder only for recorded hosts.
        allowed: processors that this user may run on; of the machine itself what the process may
            use, of a recorded one all.
    """
    if allowed is None and root == Path("/"):
        allowed = frozenset(os.sched_getaffinity(0))
    nodes = _nodes(root)
    home = {cpu: node.number for node in nodes for cpu in node.cpus}
    online = set(_list(root / CPUS / "online"))
    isolated = set(_list(root / CPUS / "isolated"))
    cpus = []
    for number in _numbers(root / CPUS, "cpu"):
        if number not in online:
            cpus.append(Cpu(number, online=False))
            continue
        folder = root / CPUS / f"cpu{number}"
        cpus.append(
            Cpu(
                number,
                core=int(_text(folder / "topology/core_id") or number),
                package=int(_text(folder / "topology/physical_package_id") or 0),
                node=home.get(number, -1),
                siblings=_siblings(folder, number),
                cache=_last_cache(folder, number),
                isolated=number in isolated,
                allowed=allowed is None or number in allowed,
            )
        )
    return Topology(tuple(cpus), nodes)


def _siblings(folder: Path, number: int) -> tuple[int, ...]:
    """The online threads of a core; the file's older name is ``thread_siblings_list``."""
    text = _text(folder / "topology/core_cpus_list")
    return cpulist.parse(text or _text(folder / "topology/thread_siblings_list")) or (number,)


def _last_cache(folder: Path, number: int) -> tuple[int, ...]:
    """Who shares the third-level cache; where there is none, the package."""
    for index in sorted((folder / "cache").glob("index[0-9]*")):
        if _text(index / "level") == "3":
            return cpulist.parse(_text(index / "shared_cpu_list")) or (number,)
    package = _text(folder / "topology/package_cpus_list")
    return cpulist.parse(package or _text(folder / "topology/core_siblings_list")) or (number,)


def _nodes(root: Path) -> tuple[Node, ...]:
    """The NUMA nodes; a kernel without NUMA has one that is the machine."""
    numbers = _numbers(root / NODES, "node")
    if numbers:
        return tuple(_node(root / NODES / f"node{number}", number) for number in numbers)
    memory = _meminfo(root / "proc/meminfo")
    pages = _huge_pages(root / "sys/kernel/mm/hugepages")
    return (_made(0, _list(root / CPUS / "online"), memory, pages),)


def _node(folder: Path, number: int) -> Node:
    """One node."""
    memory = _meminfo(folder / "meminfo")
    return _made(number, _list(folder / "cpulist"), memory, _huge_pages(folder / "hugepages"))


def _made(
    number: int, cpus: tuple[int, ...], kib: dict[str, int], pages: dict[int, HugePages]
) -> Node:
    """A node of these numbers, in KiB."""
    return Node(
        number=number,
        cpus=cpus,
        memory_total_mib=kib.get("MemTotal", 0) // 1024,
        memory_free_mib=kib.get("MemFree", 0) // 1024,
        memory_available_mib=sum(kib.get(name, 0) for name in RECLAIMED) // 1024,
        huge_pages=pages,
    )


def _huge_pages(folder: Path) -> dict[int, HugePages]:
    """Total and free pages by size in KiB, from folders such as ``hugepages-2048kB``."""
    return {
        int(entry.name.removeprefix("hugepages-").removesuffix("kB")): HugePages(
            total=int(_text(entry / "nr_hugepages") or 0),
            free=int(_text(entry / "free_hugepages") or 0),
        )
        for entry in sorted(folder.glob("hugepages-*kB"))
    }


def _meminfo(path: Path) -> dict[str, int]:
    """A meminfo file in KiB; a node's says ``Node 0`` before each name."""
    pairs = re.findall(r"^(?:Node \d+ )?([\w()]+):\s+(\d+) kB$", _text(path), re.MULTILINE)
    return {name: int(value) for name, value in pairs}


def _numbers(folder: Path, prefix: str) -> list[int]:
    """The numbers of the folders such as ``cpu7`` in `folder`."""
    names = (path.name.removeprefix(prefix) for path in folder.glob(f"{prefix}[0-9]*"))
    return sorted(int(name) for name in names if name.isdigit())


def _list(path: Path) -> tuple[int, ...]:
    """A file that holds a list of processors; empty if there is none."""
    return cpulist.parse(_text(path))


def _text(path: Path) -> str:
    """A file's text without the white space around it; empty if it cannot be read."""
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
