"""Sealing a cell: raw files checked and parsed, results written, cell.json last."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyrunner.campaign.store import DONE
from pyrunner.cells.archive import take_in
from pyrunner.cells.folder import BEGUN, BOOT_EVENTS, OBSERVATIONS, CellFolder, now
from pyrunner.cells.measurements import (
    MEASUREMENT,
    Measured,
    measure_cell,
    refuse_failed,
    write_measured,
)
from pyrunner.cells.phases import Phase, phase
from pyrunner.cells.proofs import PROOF, prove_cell, write_proofs
from pyrunner.errors import UsageError
from pyrunner.files import read_json, write_json
from pyrunner.model import SCHEMA
from pyrunner.parsers.cell import parse_cell
from pyrunner.parsers.context import CellContext
from pyrunner.parsers.measurement import SUITE
from pyrunner.parsers.placement import placement
from pyrunner.parsers.raw import fleet_of
from pyrunner.results.boot_events import write_boot_events
from pyrunner.results.files import sha256
from pyrunner.results.observations import write_observations

if TYPE_CHECKING:
    from pathlib import Path

    from pyrunner.campaign import Campaign
    from pyrunner.parsers.raw import Fleet


@dataclass(frozen=True)
class Sealed:
    """What sealing came to: whether anything changed, and how many rows the cell has."""

    changed: bool
    observations: int = 0
    boot_events: int = 0


def seal(campaign: Campaign, host: str, cell_id: str, archive: Path, phases: list[Phase]) -> Sealed:
    """Check and parse a cell's raw files; write its rows, and last of all its cell.json.

    A sealed cell is left alone. If anything is wrong there is no cell.json, and the cell counts as
    not done.

    Raises:
        UsageError: the plan has no such cell, it was not begun, its plan changed since, or a phase
            failed.
        TestbedError: raw files are missing, damaged, or contradict each other; a VM is not what
            the cell says, or its memory not what it should be; the disk is full.
    """
    started = time.monotonic()
    folder = CellFolder.of(campaign, host, cell_id)
    if folder.sealed:
        folder.check_sealed()
        return Sealed(changed=False)
    begun = _begun(folder)
    _refuse_failed(folder, phases)
    fleet = fleet_of(take_in(archive, folder.path), folder.cell)
    context = CellContext.of(folder.cell, begun)
    proofs = prove_cell(folder, fleet, begun)
    measured = _measured(folder, fleet, begun)
    if measured is not None and measured.ran:
        context = context.with_suite(SUITE)
    parsed = parse_cell(fleet, context)
    write_observations(folder.path / OBSERVATIONS, parsed.observations)
    write_boot_events(folder.path / BOOT_EVENTS, parsed.boot_events)
    write_proofs(folder.path, proofs)
    took = phase("seal", "passed", time.monotonic() - started)
    files = [OBSERVATIONS, BOOT_EVENTS, PROOF, *([MEASUREMENT] if measured is not None else [])]
    _write_done(folder, begun, [*phases, took], files, placement(fleet))
    return Sealed(
        changed=True,
        observations=len(parsed.observations),
        boot_events=len(parsed.boot_events),
    )


def _begun(folder: CellFolder) -> dict[str, Any]:
    """Read begun.json and see that it belongs to the plan as it is now."""
    if folder.failed or not (folder.path / BEGUN).exists():
        state = "failed" if folder.failed else "was not begun"
        raise UsageError(f"{folder.label} {state}: it cannot be sealed", "begin it (again) first")
    begun = read_json(folder.path / BEGUN)
    for key, value in folder.identity.items():
        if begun.get(key) != value:
            raise UsageError(
                f"{folder.label} was begun with {key} {begun.get(key)!r}, now it is {value!r}",
                "the plan changed while the cell ran: begin it again",
            )
    return begun


def _measured(folder: CellFolder, fleet: Fleet, begun: dict[str, Any]) -> Measured | None:
    """Judge the VMs' measurements; what came of it is kept even if it is why the cell fails."""
    measured = measure_cell(folder, fleet, begun)
    if measured is not None:
        write_measured(folder.path, measured)
        refuse_failed(measured)
    return measured


def _refuse_failed(folder: CellFolder, phases: list[Phase]) -> None:
    """A cell with a failed phase has no results."""
    for seen in phases:
        if seen["status"] != "passed":
            message = f"{folder.label}: phase {seen['name']} failed: it cannot be sealed"
            raise UsageError(message, "record it with `fail`")


def _write_done(
    folder: CellFolder, begun: dict[str, Any], phases: list[Phase], files: list[str], placed: str
) -> None:
    """Write cell.json: from here on the cell is done."""
    record = {
        "schema": SCHEMA,
        **folder.identity,
        "started_at": begun["started_at"],
        "finished_at": now(),
        "attempt": begun["attempt"],
        "phases": phases,
        "placement": placed,
        "files": {name: sha256(folder.path / name) for name in files},
    }
    write_json(folder.path / DONE, record)
