"""campaign.json: the plan of a campaign, its hosts, and where its cells are."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from pyrunner.errors import UsageError
from pyrunner.files import disk_errors, read_json
from pyrunner.model import CELL_ID, SCHEMA, Cell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAN: Final = "campaign.json"
DONE: Final = "cell.json"
FAILED: Final = "failure.json"


@dataclass(frozen=True)
class Campaign:
    """A campaign's folder and what its campaign.json says."""

    folder: Path
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of the campaign."""
        return str(self.data["campaign"])

    @cached_property
    def cells(self) -> list[Cell]:
        """The planned cells, in the order in which they run."""
        return [Cell.from_dict(cell) for cell in self.data["cells"]]

    def cell(self, host: str, cell_id: str) -> Cell:
        """Find a planned cell.

        Raises:
            UsageError: the plan has no such cell.
        """
        for cell in self.data["cells"]:
            if cell["host"] == host and cell["id"] == cell_id:
                return Cell.from_dict(cell)
        example = "" if CELL_ID.match(cell_id) else "a cell is named like plain-8vm-r2"
        message = f"campaign {self.name} has no cell {cell_id} on host {host}"
        raise UsageError(message, example or "plan it first: `pyrunner.cli.data plan`")

    def cell_folder(self, host: str, cell_id: str) -> Path:
        """Folder of a cell."""
        return self.folder / "cells" / host / cell_id

    def is_sealed(self, cell: Cell) -> bool:
        """Whether the cell is done: its cell.json is there."""
        return (self.cell_folder(cell.host, cell.id) / DONE).exists()


def load_campaign(folder: Path) -> Campaign:
    """Read the campaign in ``folder``.

    Raises:
        UsageError: there is none, or it was written by another version of the testbed.
        TestbedError: campaign.json is damaged.
    """
    campaign = find_campaign(folder)
    if campaign is None:
        raise UsageError(f"{folder}: no {PLAN} there", "is it a campaign's folder?")
    return campaign


def find_campaign(folder: Path) -> Campaign | None:
    """Read the campaign in ``folder``, None if there is none.

    Raises:
        UsageError: it was written by another version of the testbed.
        TestbedError: campaign.json is damaged.
    """
    path = folder / PLAN
    if not path.exists():
        return None
    data = read_json(path)
    if data.get("schema") != SCHEMA:
        message = f"{path}: schema {data.get('schema')!r} is not {SCHEMA}"
        raise UsageError(message, "use the testbed's version that made it, or another campaign")
    return Campaign(folder, data)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait until nobody else changes the plan in ``folder``, which exists; then keep others out.

    Hosts run side by side, and each may ask for more repeats while another one is served.

    Raises:
        TestbedError: the folder cannot be opened.
    """
    with disk_errors(folder):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # ends with the process, however that ends
        yield
    finally:
        os.close(handle)
