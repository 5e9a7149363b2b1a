"""Huge pages in use, and files in hugetlbfs.

Pages that host_setup reserves stay reserved; nobody may have them in use. See the kernel's
Documentation/admin-guide/mm/hugetlbpage.rst for the counters, proc_pid_status(5) for HugetlbPages.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .finding import Answer, Finding, Kind
from .mounts import read_mounts
from .processes import ended_by_kill

if TYPE_CHECKING:
    from ..preflight.host import Host
    from .scope import Scope
    from .tasks import Task

KIND = Kind("huge_pages", "huge pages")
SIZE = re.compile(r"hugepages-(\d+)kB")
HELD = re.compile(r"^HugetlbPages:\s+(\d+) kB$", re.MULTILINE)
MAPS = re.compile(r"^VmFlags:.* ht\b", re.MULTILINE)
"""A mapping of huge pages, had or promised (proc_pid_smaps(5), VmFlags)."""
OURS = "svsm-testbed"
"""In the name of every file of the testbed's in hugetlbfs."""
HINT = "see `grep HugetlbPages /proc/*/status` and files in hugetlbfs; if nobody has them, reboot"


@dataclass(frozen=True)
class Pool:
    """The pages of one size.

    Attributes:
        size: KiB of a page.
        total: pages there are.
        free: of them nobody has.
        reserved: of the free ones promised to somebody.
    """

    size: int
    total: int
    free: int
    reserved: int

    @property
    def had(self) -> int:
        """KiB that somebody has."""
        return (self.total - self.free) * self.size

    @property
    def promised(self) -> int:
        """KiB that somebody will have."""
        return self.reserved * self.size


def pools(host: Host) -> list[Pool]:
    """The pages of all sizes."""
    found = []
    for path in host.glob("/sys/kernel/mm/hugepages/hugepages-*kB"):
        names = ("nr_hugepages", "free_hugepages", "resv_hugepages")
        numbers = [int(host.read(f"{path}/{name}") or 0) for name in names]
        size = SIZE.search(path)
        if size:
            found.append(Pool(int(size[1]), *numbers))
    return found


def look(scope: Scope) -> Answer:
    """Pages in use that no stranger has, and files of ours."""
    there = pools(scope.host)
    if not there:
        return KIND.skipped("this kernel has none")
    in_use = any(pool.had + pool.promised for pool in there)
    holders = [task for task in scope.tasks if in_use and maps(scope.host, task)]
    unexplained = sum(pool.had for pool in there) - sum(held_by(scope.host, t) for t in holders)
    if not holders:
        unexplained += sum(pool.promised for pool in there)
    findings = [gone_by_rm(path) for path in files(scope.host)]
    findings += [ended_by_kill(task) for task in holders if task in scope.ours]
    if unexplained > 0:
        findings.append(Finding(f"{unexplained} KiB in use, and by no program", HINT))
    strangers = [task for task in holders if task not in scope.ours]
    return KIND.judged(findings, detail(scope, there, strangers))


def maps(host: Host, task: Task) -> bool:
    """Whether a process has huge pages, or was promised some."""
    return bool(MAPS.search(host.read(f"/proc/{task.pid}/smaps") or ""))


def held_by(host: Host, task: Task) -> int:
    """KiB of huge pages that a process has."""
    found = HELD.search(host.read(f"/proc/{task.pid}/status") or "")
    return int(found[1]) if found else 0


def files(host: Host) -> list[Path]:
    """Files of the testbed's in hugetlbfs."""
    points = [mount.point for mount in read_mounts(host) if mount.kind == "hugetlbfs"]
    return [Path(path) for point in points for path in host.glob(f"{point}/*{OURS}*")]


def gone_by_rm(path: Path) -> Finding:
    """A file that holds pages."""
    return Finding(str(path), f"rm -r {shlex.quote(str(path))}", path=str(path))


def detail(scope: Scope, there: list[Pool], strangers: list[Task]) -> str:
    """What there is, against what host_setup reserves, and who else has some."""
    parts = [counted(pool, scope.huge_pages.get(pool.size, 0)) for pool in there if pool.total]
    parts += [f"{task.told()} has some, not of this testbed" for task in strangers]
    return "; ".join(parts) or "none reserved"


def counted(pool: Pool, wanted: int) -> str:
    """One pool in words."""
    who = f", {wanted} of them by host_setup" if wanted else ""
    return f"{pool.total} of {pool.size} KiB reserved{who}, {pool.free - pool.reserved} free"
