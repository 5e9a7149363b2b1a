"""Files of fleets: overlays, sockets, pid files, and whatever else is below ``run/``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from .finding import Finding, Kind

if TYPE_CHECKING:
    from .finding import Answer
    from .scope import Scope

OVERLAYS = Kind("overlays", "overlays")
SOCKETS = Kind("sockets", "sockets")
PIDS = Kind("pids", "pid files")
FOLDERS = Kind("folders", "run folders")


def look_at_overlays(scope: Scope) -> Answer:
    """The VMs' disks."""
    return OVERLAYS.judged(
        [gone_by_rm(path) for path in scope.fleet_files if path.suffix == ".qcow2"]
    )


def look_at_sockets(scope: Scope) -> Answer:
    """QMP, serial and debug consoles."""
    is_socket = {path: scope.host.at(str(path)).is_socket() for path in scope.fleet_files}
    left = [path for path, found in is_socket.items() if found or path.suffix == ".sock"]
    return SOCKETS.judged([gone_by_rm(path) for path in left])


def look_at_pids(scope: Scope) -> Answer:
    """QEMU's pid files; it removes its own when it ends in peace."""
    left = [path for path in scope.fleet_files if path.name == "pid" or path.suffix == ".pid"]
    return PIDS.judged([gone_by_rm(path) for path in left])


def look_at_folders(scope: Scope) -> Answer:
    """Whatever is below ``run/``: folders of fleets, and archives that nobody fetched."""
    left = [Path(path) for path in scope.host.glob(f"{scope.run_root}/*")]
    return FOLDERS.judged([gone_by_rm(path) for path in left])


def gone_by_rm(path: Path) -> Finding:
    """A file that is of no use to anybody once nothing runs."""
    return Finding(str(path), f"rm -r {shlex.quote(str(path))}")
