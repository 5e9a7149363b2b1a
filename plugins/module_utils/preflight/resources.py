"""Memory, disk and path lengths against what the fleets need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .check import Check, Topic

if TYPE_CHECKING:
    from .host import Host
    from .wanted import Wanted

MEMORY = Topic("memory.fleet", "Memory for the fleets")
DISK = Topic("disk.state", "Disk space for the state folder")
PATH = Topic("state.path_length", "Length of the state folder's path")

SUN_PATH: Final = 107
"""Longest path of a Unix socket in bytes: sun_path has 108, one of them for the final zero."""


@dataclass(frozen=True)
class Resources:
    """What the host has to offer, in MiB.

    Attributes:
        huge_memory: in free huge pages of the size for VMs; 0 if they are to have none.
    """

    memory_total: int
    memory_available: int
    disk_free: int
    huge_memory: int = 0


def observe_resources(host: Host, wanted: Wanted) -> Resources:
    """Read /proc/meminfo (kB there) and the free space where the state folder will be."""
    pairs = re.findall(r"^(\w+):\s+(\d+) kB$", host.read("/proc/meminfo") or "", re.MULTILINE)
    kib = {name: int(value) for name, value in pairs}
    return Resources(
        memory_total=kib.get("MemTotal", 0) // 1024,
        memory_available=kib.get("MemAvailable", 0) // 1024,
        disk_free=host.free_mib(wanted.state_dir),
        huge_memory=_huge_memory(host, wanted),
    )


def _huge_memory(host: Host, wanted: Wanted) -> int:
    """MiB in free huge pages, a VM's last page counted whole."""
    if wanted.memory_backing != "hugetlb":
        return 0
    size = wanted.huge_page_kib
    free = host.read(f"/sys/kernel/mm/hugepages/hugepages-{size}kB/free_hugepages") or "0"
    each = pages_of_a_vm(wanted)
    return int(free) // each * wanted.vm_memory_mib if free.isdecimal() else 0


def pages_of_a_vm(wanted: Wanted) -> int:
    """Huge pages that a VM's memory takes."""
    return -(-wanted.vm_memory_mib * 1024 // wanted.huge_page_kib)


def ordinary_memory(wanted: Wanted, *, private: bool) -> int:
    """MiB of ordinary memory that a VM takes.

    What is in huge pages is taken already; private memory is guest_memfd's and never among them.
    """
    huge = wanted.memory_backing == "hugetlb" and not private
    return wanted.vm_overhead_mib + (0 if huge else wanted.vm_memory_mib)


def fleet_memory(size: int, wanted: Wanted, *, private: bool = False) -> int:
    """MiB that `size` VMs take, QEMU's own share and the host's reserve included."""
    return size * ordinary_memory(wanted, private=private) + wanted.memory_reserve_mib


def most_vms(seen: Resources, wanted: Wanted, *, private: bool = False) -> int:
    """How many VMs fit into the memory that is available now."""
    room = seen.memory_available - wanted.memory_reserve_mib
    fit = max(0, room // max(1, ordinary_memory(wanted, private=private)))
    if wanted.memory_backing == "hugetlb":
        fit = min(fit, seen.huge_memory // wanted.vm_memory_mib)
    return fit


def check_memory(seen: Resources, wanted: Wanted, *, private: bool = False) -> Check:
    """Fleets that do not fit are left out; if not even the smallest fits, nothing can run."""
    fit = most_vms(seen, wanted, private=private)
    need = fleet_memory(wanted.largest_fleet, wanted, private=private)
    detail = f"{seen.memory_available} MiB available, {wanted.largest_fleet} VMs need {need} MiB"
    if wanted.memory_backing == "hugetlb":
        detail += f", and free huge pages are enough for {seen.huge_memory // wanted.vm_memory_mib}"
    if fit >= wanted.largest_fleet:
        return MEMORY.ok(detail)
    return MEMORY.found(
        "error" if fit < min(wanted.fleet_sizes) else "missing",
        f"{detail}: {fit} would fit",
        "Use smaller fleets or less memory a VM, stop other programs, or add memory",
    )


def check_disk(seen: Resources, wanted: Wanted) -> Check:
    """The base image, and an overlay for each VM of the largest fleet."""
    need = wanted.image_disk_mib + wanted.largest_fleet * wanted.overlay_disk_mib
    detail = f"{seen.disk_free} MiB free for {wanted.state_dir}, {need} MiB needed"
    if seen.disk_free >= need:
        return DISK.ok(detail)
    return DISK.found(
        "error", detail, "Free some space, or set testbed_state_dir to a larger file system"
    )


def check_path(wanted: Wanted) -> Check:
    """QEMU's sockets are below the state folder, and a socket's path must be short."""
    length = len(wanted.state_dir.rstrip("/").encode())
    room = SUN_PATH - wanted.socket_path_reserve
    detail = f"{length} of at most {room} bytes: {wanted.state_dir}"
    if length <= room:
        return PATH.ok(detail)
    return PATH.found(
        "error", detail, "Set testbed_state_dir to a shorter path, or to a link to it"
    )
