"""The host's processes, with what they hold open."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..fleet.processes import Process, is_stamper, is_tracer, mentions, programs

if TYPE_CHECKING:
    from pathlib import Path

    from ..preflight.host import Host

KEPT = 60
"""Characters of a program's name and its first argument that tell enough."""


@dataclass(frozen=True)
class Task:
    """A process that runs.

    Attributes:
        process: number and arguments.
        links: where its working directory, its root and its open files are.
        is_hidden: the links of another user's process, which only root may read.
    """

    process: Process
    links: tuple[str, ...]
    is_hidden: bool = False

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid

    def holds(self, path: str) -> bool:
        """Whether it has `path` or something below it open, or is in there."""
        return any(link == path or link.startswith(f"{path}/") for link in self.links)

    def told(self) -> str:
        """Number and name, for a person."""
        return f"process {self.pid} ({' '.join(programs(self.process))[:KEPT]})"


def read_tasks(host: Host) -> list[Task]:
    """All processes but this one; kernel threads and zombies hold nothing and do not count."""
    found = []
    for path in host.glob("/proc/[0-9]*/cmdline"):
        pid = int(path.split("/")[2])
        command = host.read(path)
        if command and pid != os.getpid():
            process = Process(pid, tuple(command.rstrip("\0").split("\0")))
            found.append(with_links(host, process))
    return found


def with_links(host: Host, process: Process) -> Task:
    """Add what the process holds open."""
    folder = host.at(f"/proc/{process.pid}")
    try:
        paths = [folder / "cwd", folder / "root", *(folder / "fd").iterdir()]
    except PermissionError:
        return Task(process, (), is_hidden=True)
    except OSError:  # it has ended meanwhile
        return Task(process, ())
    links = [link for path in paths if (link := target(path))]
    return Task(process, tuple(links))


def target(path: Path) -> str:
    """Where a link points; empty if it is gone or nobody's business."""
    try:
        return str(path.readlink())
    except OSError:
        return ""


def is_qemu(task: Task) -> bool:
    """Whether it is a QEMU."""
    return any("qemu-" in name for name in programs(task.process)[:1])


def works_below(task: Task, folder: Path) -> bool:
    """Whether it was started with something inside `folder`, or holds something of it open."""
    return mentions(task.process, folder) or task.holds(str(folder))


def is_ours(task: Task, run_root: Path) -> bool:
    """Whether the testbed started it for a fleet."""
    known = is_qemu(task) or is_tracer(task.process) or is_stamper(task.process)
    return known and works_below(task, run_root)
