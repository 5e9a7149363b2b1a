"""Failing a cell: what went wrong, with all the evidence there is."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyrunner.campaign.store import FAILED
from pyrunner.cells.archive import take_in
from pyrunner.cells.begin import write_begun
from pyrunner.cells.folder import BEGUN, CellFolder, now
from pyrunner.cells.phases import Phase, phase
from pyrunner.errors import TestbedError, UsageError
from pyrunner.files import disk_errors, write_json
from pyrunner.model import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from pyrunner.campaign import Campaign


@dataclass(frozen=True)
class Failure:
    """Why a cell failed.

    Attributes:
        phase: the phase that failed, for example ``boot``.
        message: what went wrong, naming VM, file or command.
        hint: what to do about it.
        phases: all phases up to then; the failed one is added if it is not among them.
        archive: raw files as far as they could be collected.
    """

    phase: str
    message: str
    hint: str = ""
    phases: list[Phase] = field(default_factory=list)
    archive: Path | None = None


def fail(campaign: Campaign, host: str, cell_id: str, failure: Failure) -> bool:
    """Write failure.json; tell whether anything changed.

    The first failure of an attempt stays, for what follows is often its consequence. A cell that
    never began (its host cannot be reached) may fail too.

    Raises:
        UsageError: the plan has no such cell, or the cell is sealed.
        TestbedError: the disk is full.
    """
    folder = CellFolder.of(campaign, host, cell_id)
    if folder.sealed:
        raise UsageError(f"{folder.label} is done and cannot fail any more")
    if folder.failed:
        return False
    with disk_errors(folder.path):
        folder.path.mkdir(parents=True, exist_ok=True)
    attempt = len(folder.earlier_failures()) + 1
    if not (folder.path / BEGUN).exists():
        write_begun(folder, attempt)
    note = _keep_raw(failure.archive, folder.path) if failure.archive else ""
    record = {
        "schema": SCHEMA,
        "cell": folder.cell.as_dict(),
        "campaign": campaign.name,
        "phase": failure.phase,
        "message": failure.message,
        "hint": failure.hint,
        "failed_at": now(),
        "attempt": attempt,
        "phases": _with_failed(failure),
        **({"raw_note": note} if note else {}),
    }
    write_json(folder.path / FAILED, record)
    return True


def _with_failed(failure: Failure) -> list[Phase]:
    """Say in the phases which one failed; add it if they do not have it.

    Who notes times knows how long the phase took, but not that it was the one that failed.
    """
    told = (failure.message, failure.hint)
    took = {seen["name"]: seen["seconds"] for seen in failure.phases}
    failed = phase(failure.phase, "failed", took.get(failure.phase, 0.0), *told)
    if failure.phase not in took:
        return [*failure.phases, failed]
    return [failed if seen["name"] == failure.phase else seen for seen in failure.phases]


def _keep_raw(archive: Path, folder: Path) -> str:
    """Keep what was collected; evidence that cannot be unpacked is kept as it is.

    Returns:
        What is wrong with it, empty if nothing is: that must not hide why the cell failed.
    """
    try:
        take_in(archive, folder)
    except TestbedError as error:
        if archive.is_file():
            with disk_errors(folder):
                shutil.copyfile(archive, folder / f"unreadable-{archive.name}")
        return str(error)
    return ""
