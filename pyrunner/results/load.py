"""How far each planned cell came: sealed, failed, or not run yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pyrunner.errors import TestbedError
from pyrunner.results.campaign import Campaign, read_campaign, read_cell
from pyrunner.results.node import Node

if TYPE_CHECKING:
    from pathlib import Path

    from pyrunner.model import Cell


@dataclass(frozen=True, slots=True)
class Phase:
    """A step of a cell; ``seconds`` is how long it took."""

    name: str
    passed: bool
    seconds: float
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class CellState:
    """A planned cell and what its folder holds.

    Attributes:
        status: ``done`` (it has cell.json), ``failed`` (failure.json instead) or ``planned``.
        files: name -> sha256 of the CSV files sealed with it; empty unless done.
        failed_phase: the phase that failed; empty unless failed.
        attempt: which attempt failed last, from 1; 0 unless failed.
        placement: where its VMs ran, in words; empty unless done, and in cells of an older testbed.
    """

    cell: Cell
    folder: Path
    status: Literal["done", "failed", "planned"]
    artifact_set: str = ""
    started_at: str = ""
    finished_at: str = ""
    phases: tuple[Phase, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    failed_phase: str = ""
    message: str = ""
    hint: str = ""
    attempt: int = 0
    placement: str = ""


def load(folder: Path) -> tuple[Campaign, tuple[CellState, ...]]:
    """Read a campaign's plan and the state of each of its cells, in the plan's order.

    Folders of cells that the plan does not name are not looked at.

    Raises:
        TestbedError: a file is not of its shape, or belongs to another cell.
    """
    campaign = read_campaign(folder)
    return campaign, tuple(_state(folder, campaign, cell) for cell in campaign.cells)


def cell_folder(folder: Path, cell: Cell) -> Path:
    """Folder of a cell below its campaign's."""
    return folder / "cells" / cell.host / cell.id


def _state(folder: Path, campaign: Campaign, cell: Cell) -> CellState:
    home = cell_folder(folder, cell)
    for name, reader in (("cell.json", _sealed), ("failure.json", _failed)):
        if (home / name).exists():
            node = Node.read(home / name)
            found = read_cell(node.node("cell"))
            if (found, node.text("campaign")) != (cell, campaign.name):
                raise TestbedError(
                    f"{home / name}: belongs to {found.host}/{found.id} ({found.backend}) of "
                    f"{node.text('campaign')}, not to {cell.host}/{cell.id} ({cell.backend}) of "
                    f"{campaign.name}",
                    "move the folder back to where it came from",
                )
            return reader(node, cell, home)
    return CellState(cell, home, "planned")


def _sealed(node: Node, cell: Cell, home: Path) -> CellState:
    files = node.node("files")
    return CellState(
        cell,
        home,
        "done",
        artifact_set=node.text("artifact_set"),
        started_at=node.text("started_at"),
        finished_at=node.text("finished_at"),
        phases=_phases(node),
        placement=node.text("placement"),
        files=tuple((name, files.text(name)) for name in sorted(files.data)),
    )


def _failed(node: Node, cell: Cell, home: Path) -> CellState:
    return CellState(
        cell,
        home,
        "failed",
        artifact_set=node.text("artifact_set"),
        finished_at=node.text("failed_at"),
        phases=_phases(node),
        failed_phase=node.text("phase"),
        message=node.text("message"),
        hint=node.text("hint"),
        attempt=node.integer("attempt"),
    )


def _phases(node: Node) -> tuple[Phase, ...]:
    return tuple(_phase(each) for each in node.items("phases"))


def _phase(node: Node) -> Phase:
    if (status := node.text("status")) not in ("passed", "failed"):
        raise node.wrong("status", "passed or failed")
    texts = (node.text("message"), node.text("hint"))
    return Phase(node.text("name"), status == "passed", node.number("seconds"), *texts)
