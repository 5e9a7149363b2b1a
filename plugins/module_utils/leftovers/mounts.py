"""Mounts below the testbed's folders, and loop devices of files in there."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .finding import Finding, Kind

if TYPE_CHECKING:
    from ..preflight.host import Host
    from .finding import Answer
    from .scope import Scope

MOUNTS = Kind("mounts", "mounts")
LOOPS = Kind("loops", "loop devices")
OCTAL = re.compile(r"\\([0-7]{3})")
DASH = " - "
"""Ends the optional fields of a line (proc_pid_mountinfo(5), field 8)."""


@dataclass(frozen=True)
class Mount:
    """A mount.

    Attributes:
        point: where.
        kind: of file system.
    """

    point: Path
    kind: str


def read_mounts(host: Host) -> list[Mount]:
    """The mounts that this process sees, in the order they were made."""
    lines = (host.read("/proc/self/mountinfo") or "").splitlines()
    return [Mount(Path(plain(line.split()[4])), line.split(DASH)[1].split()[0]) for line in lines]


def plain(text: str) -> str:
    """Undo the escapes of /proc/PID/mountinfo and fstab(5)."""
    return OCTAL.sub(lambda match: chr(int(match[1], 8)), text)


def look_at_mounts(scope: Scope) -> Answer:
    """What is mounted inside the testbed's folders; what fstab has there is the administrator's."""
    wanted = permanent(scope.host)
    left = [
        mount
        for mount in read_mounts(scope.host)
        if any(is_inside(mount.point, folder) for folder in scope.folders)
        and mount.point not in wanted
    ]
    # The last one first: those before may be below it.
    return MOUNTS.judged(
        [
            Finding(f"{mount.point} ({mount.kind})", f"umount {shlex.quote(str(mount.point))}")
            for mount in reversed(left)
        ]
    )


def permanent(host: Host) -> set[Path]:
    """Mount points that fstab(5) names."""
    lines = [line.split() for line in (host.read("/etc/fstab") or "").splitlines()]
    return {Path(plain(f[1])) for f in lines if len(f) > 1 and not f[0].startswith("#")}


def is_inside(path: Path, folder: Path) -> bool:
    """Whether `path` is below `folder`, and not `folder` itself."""
    return folder in path.parents


def look_at_loops(scope: Scope) -> Answer:
    """Loop devices whose file is the testbed's (Linux, drivers/block/loop.c: backing_file)."""
    return LOOPS.judged(
        [
            Finding(f"/dev/{device} of {file}", f"losetup -d /dev/{device}")
            for device, file in read_loops(scope.host).items()
            if any(is_inside(file, folder) for folder in scope.folders)
        ]
    )


def read_loops(host: Host) -> dict[str, Path]:
    """The file of every loop device that has one."""
    paths = host.glob("/sys/block/loop*/loop/backing_file")
    return {path.split("/")[3]: Path(host.read(path) or "/") for path in paths}
