"""Run a suite in all VMs of a fleet, started at the same moment."""

from __future__ import annotations

import io
import json
import tarfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import FleetError
from .health import await_end, require_healthy
from .pinning import require_in_place
from .placement import placement_of
from .session import Session
from .threads import only_on

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .vm import Vm

POLL_SECONDS = 0.1
DELIVERY_SECONDS = 180.0


def deliver(files: dict[str, str]) -> bytes:
    """A tar archive of small text files, for every VM the same."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in sorted(files.items()):
            content = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o600
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@dataclass(frozen=True)
class Suite:
    """What to run in every VM.

    Attributes:
        name: the suite's name; its output goes to ``<vm>/<name>/``, the summary to ``<name>.json``.
        files: what the suite's role delivers: ``guest.sh``, ``request.json``, ...
        keys: folder of the testbed's SSH keys.
        timeout: seconds from the barrier to the last VM's end.
    """

    name: str
    files: dict[str, str]
    keys: Path
    timeout: float


def run_suite(fleet: Path, vms: list[Vm], suite: Suite) -> dict[str, Any]:
    """Run `suite` in all `vms` at once and keep what they leave.

    Where the VMs have processors of their own, those who watch keep off them.

    All guests are made ready first; then all are told to go within a moment of each other (the
    barrier), so that connecting and unpacking disturb nobody who measures already.

    Args:
        fleet: the fleet's folder.
        vms: the VMs; all must answer.
        suite: what to run.

    Raises:
        FleetError: a QEMU ended, a guest failed or took too long, a thread is not where it was
            put; names the VM.
    """
    placement = placement_of(fleet)
    with only_on(placement.host_cpus):
        summary = run_together(vms, suite)
    require_in_place(vms, placement)
    (fleet / f"{suite.name}.json").write_text(
        json.dumps(summary, indent=1) + "\n", encoding="utf-8"
    )
    return summary


def run_together(vms: list[Vm], suite: Suite) -> dict[str, Any]:
    """Have it run and return the summary."""
    delivery = deliver(suite.files)
    sessions = [Session(vm, suite.name, suite.keys, delivery) for vm in vms]
    try:
        watch(vms, sessions, Session.has_spoken, DELIVERY_SECONDS, "did not become ready")
        barrier = time.clock_gettime(time.CLOCK_MONOTONIC)
        for session in sessions:
            session.start()
        watch(vms, sessions, Session.ended, suite.timeout, "did not finish")
    finally:
        for session in sessions:
            session.kill()
    parts = {session.vm.name: session.save(session.vm.dir / suite.name) for session in sessions}
    return {"schema": 1, "suite": suite.name, "barrier": round(barrier, 6), "vms": parts}


def watch(
    vms: list[Vm],
    sessions: list[Session],
    done: Callable[[Session], bool],
    seconds: float,
    complaint: str,
) -> None:
    """Wait until all sessions are `done`; notice at once if a QEMU goes or a guest gives up.

    Raises:
        FleetError: names the VM and what became of it.
    """
    deadline = time.monotonic() + seconds
    while not all(done(session) for session in sessions):
        require_healthy(vms)
        require_whole(sessions)
        if time.monotonic() > deadline:
            late = ", ".join(s.vm.name for s in sessions if not done(s))
            raise FleetError(
                f"suite {sessions[0].suite}: {late} {complaint} within {seconds:.0f} s",
                f"raise {sessions[0].suite}_timeout if the host is just slow",
            )
        time.sleep(POLL_SECONDS)
    require_whole(sessions)


def require_whole(sessions: list[Session]) -> None:
    """Check that no session has failed.

    Raises:
        FleetError: names the VM, and its QEMU where that was the cause.
    """
    for session in sessions:
        if session.failed():
            if session.lost():
                await_end(session.vm)
            raise FleetError(session.complaint(), "see serial.log of that VM")
