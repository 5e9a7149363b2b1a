"""The campaign's CSV files from those of its sealed cells, and the sums of what they hold."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

from pyrunner.errors import TestbedError
from pyrunner.files import disk_errors
from pyrunner.results.boot_events import EVENT_COLUMNS, BootEvent, read_boot_events
from pyrunner.results.files import scratch, settle
from pyrunner.results.observations import COLUMNS, Observation, read_observations
from pyrunner.results.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pyrunner.results.load import CellState

Row = TypeVar("Row", Observation, BootEvent)

CELL_FILES: Final = {
    "results.csv": ("observations.csv", COLUMNS),
    "boot_events.csv": ("boot_events.csv", EVENT_COLUMNS),
}
"""Campaign's file -> the cell's file that it is made of, and their columns."""

SEAL_HINT: Final = (
    "the cell's file is not the one that was sealed: restore it, or move the cell's folder away "
    "and resume to measure it again"
)


def aggregate(folder: Path, campaign: str, states: Iterable[CellState]) -> tuple[Tally, bool]:
    """Write results.csv and boot_events.csv; sum up what they hold.

    Args:
        folder: the campaign's folder.
        campaign: its name, which every row must carry.
        states: the planned cells in the plan's order; only sealed ones count.

    Returns:
        The sums, and whether a file changed.

    Raises:
        TestbedError: a cell's file is not as sealed, or holds rows that are not the cell's.
    """
    done = [state for state in states if state.status == "done"]
    changed = [concatenate(folder / name, done) for name in CELL_FILES]
    tally = Tally()
    for state in done:
        path = state.folder / "observations.csv"
        tally.add_cell(state.cell, _own(read_observations(path), campaign, state, path), path)
        path = state.folder / "boot_events.csv"
        for _ in _own(read_boot_events(path), campaign, state, path):
            pass  # reading them is the check: what the report shows are the durations
    return tally, any(changed)


def concatenate(target: Path, done: Sequence[CellState]) -> bool:
    """Join the cells' files below one header; tell whether ``target`` changed.

    Raises:
        TestbedError: a cell's file is not as sealed, or has another header.
    """
    name, columns = CELL_FILES[target.name]
    header = (",".join(columns) + "\n").encode()
    with scratch(target) as draft:
        with draft.open("wb") as out:
            out.write(header)
            for state in done:
                _append(state, name, header, out)
        return settle(draft, target)


def _append(state: CellState, name: str, header: bytes, out: BinaryIO) -> None:
    path = state.folder / name
    with disk_errors(path), path.open("rb") as source:
        if hashlib.file_digest(source, "sha256").hexdigest() != dict(state.files).get(name):
            raise TestbedError(f"{path}: its sha256 is not the one in cell.json", SEAL_HINT)
        source.seek(0)
        if source.readline() != header:
            raise TestbedError(f"{path}:1: the header is not {header.decode().strip()}", SEAL_HINT)
        shutil.copyfileobj(source, out, 1 << 20)
        if source.seek(-1, 2) and source.read(1) != b"\n":
            raise TestbedError(f"{path}: the last line has no end", SEAL_HINT)


def _own(rows: Iterable[Row], campaign: str, state: CellState, path: Path) -> Iterator[Row]:
    """Let pass the rows that are the cell's own.

    Raises:
        TestbedError: a row belongs to another campaign or cell.
    """
    cell = state.cell
    wanted = (campaign, cell.host, cell.backend, cell.variant, cell.fleet_size, cell.repeat)
    for row in rows:
        found = (row.campaign, row.host, row.backend, row.variant, row.fleet_size, row.repeat)
        if found != wanted:
            raise TestbedError(f"{path}: a row is of {found}, the cell is {wanted}", SEAL_HINT)
        yield row
