"""Builds: those that still run, and what interrupted ones left behind."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from .finding import Finding, Kind
from .mounts import is_inside, read_loops, read_mounts

if TYPE_CHECKING:
    from pathlib import Path

    from .finding import Answer
    from .scope import Scope
    from .tasks import Task

RUNNING = Kind("builds", "builds")
ABANDONED = Kind("scratch", "folders of interrupted builds")
STAGING = ".staging-"


def scratch(scope: Scope) -> list[Path]:
    """Folders that a build removes or renames when it ends, however it ends.

    Staging (role artifact), scratch in the build roots (the build roles), unpacked trees (role
    source).
    """
    return [
        *scope.below(f"artifacts/*/{STAGING}*"),
        *scope.below("artifacts/build_root*/*/rootfs/work/*"),
        *scope.below("sources/.*.work-*"),
    ]


def signs(folder: Path) -> list[str]:
    """What a process holds that is at work in `folder`: that, its build's log, its lock, its root.

    See roles/artifact/tasks/wait.yml and roles/source/module_utils/source_tree/store.py.
    """
    if folder.name.startswith(STAGING):
        key = folder.name.removeprefix(STAGING)
        logs = folder.parents[2] / "logs"
        return [str(folder), str(logs / f"{folder.parent.name}-{key}.log")]
    if folder.parent.name == "sources":
        return [str(folder), str(folder.parent / f"{folder.name.rpartition('.work-')[0]}.lock")]
    return [str(folder), str(folder.parents[1])]  # chroot'ed into the build root


def worker(scope: Scope, folder: Path) -> Task | None:
    """A process that is at work in `folder`."""
    held = signs(folder)
    return next((task for task in scope.tasks if any(task.holds(path) for path in held)), None)


def look_at_running(scope: Scope) -> Answer:
    """Builds go on for a while if the run that began them is killed.

    In a folder that several testbeds share, nobody can tell whose they are.
    """
    found = {task: folder for folder in scratch(scope) if (task := worker(scope, folder))}
    told = {task: f"{task.told()} works in {folder}" for task, folder in found.items()}
    if scope.artifact_dir != scope.state_dir:
        return RUNNING.judged(
            [], "; ".join(f"{text}, maybe another testbed's" for text in told.values())
        )
    hint = "wait until it ends, or kill {}"
    return RUNNING.judged([Finding(text, hint.format(task.pid)) for task, text in told.items()])


def look_at_abandoned(scope: Scope) -> Answer:
    """Folders that nobody works in any more."""
    ends = {mount.point: f"umount {quoted(mount.point)}" for mount in read_mounts(scope.host)}
    ends |= {file: f"losetup -d /dev/{device}" for device, file in read_loops(scope.host).items()}
    left = [folder for folder in scratch(scope) if not worker(scope, folder)]
    return ABANDONED.judged([abandoned(folder, ends) for folder in left])


def abandoned(folder: Path, ends: dict[Path, str]) -> Finding:
    """A folder.

    What is mounted below it would be emptied with it, and a loop device would keep its file.

    Args:
        folder: which.
        ends: how to end mounts and loop devices, by their places, inner ones last.
    """
    inside = [end for place, end in ends.items() if place == folder or is_inside(place, folder)]
    command = f"rm -r {quoted(folder)}"
    if inside:
        return Finding(str(folder), f"{inside[-1]} first, then {command}")
    return Finding(str(folder), command, path=str(folder))


def quoted(path: Path) -> str:
    """A path for a shell."""
    return shlex.quote(str(path))
