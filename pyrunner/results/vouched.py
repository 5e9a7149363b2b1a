"""What the SVSMs of a campaign vouched for, for the page and for JUnit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pyrunner.errors import TestbedError
from pyrunner.files import read_json
from pyrunner.model import VARIANTS
from pyrunner.results.aggregate import SEAL_HINT
from pyrunner.results.files import sha256
from pyrunner.results.labels import THIN_SPACE, VARIANT_TITLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrunner.results.load import CellState

FILE: Final = "measurement.json"


@dataclass(slots=True)
class VouchedRow:
    """One thing in all VMs of a variant on a host, as text.

    Attributes:
        verified: VMs times repeats in which it was verified.
        skipped: those in which it was not measured, for cause.
        said: what was found.
        digests: one, unless every boot has another (the kernel moves itself when it starts).
        sizes: bytes that were measured.
    """

    host: str
    variant: str
    thing: str
    verified: int = 0
    skipped: int = 0
    said: set[str] = field(default_factory=set)
    digests: set[str] = field(default_factory=set)
    sizes: set[int] = field(default_factory=set)

    @property
    def bytes(self) -> str:
        """How much was measured, as it is read."""
        ends = sorted({min(self.sizes), max(self.sizes)}) if self.sizes else []
        return " to ".join(figure_of_bytes(size) for size in ends)

    def add(self, thing: dict[str, Any]) -> None:
        """Count one more VM."""
        self.verified += thing["status"] == "verified"
        self.skipped += thing["status"] == "skipped"
        self.said.add(thing["said"])
        if thing["digest"]:
            self.digests.add(thing["digest"])
            self.sizes.add(thing["size"])


def vouched_rows(states: Iterable[CellState]) -> list[VouchedRow]:
    """Make a row for each host, variant and thing of cells whose memory was measured.

    Raises:
        TestbedError: a measurement.json is gone or was altered.
    """
    rows: dict[tuple[str, int, str], VouchedRow] = {}
    for state in states:
        if state.status != "done":
            continue
        cell = state.cell
        variant = VARIANT_TITLES[cell.variant]
        for vm in vouched_vms(state):
            for thing in vm["things"]:
                key = (cell.host, VARIANTS.index(cell.variant), thing["name"])
                row = rows.setdefault(key, VouchedRow(cell.host, variant, thing["name"]))
                row.add(thing)
    return [rows[key] for key in sorted(rows, key=lambda key: key[:2])]


def vouched_vms(state: CellState) -> list[dict[str, Any]]:
    """What measurement.json of a cell says of each VM; empty for a cell without one.

    A failed cell has it if it was this that failed.

    Raises:
        TestbedError: it is gone or was altered since the cell was sealed.
    """
    path, sealed = state.folder / FILE, dict(state.files)
    if FILE not in sealed and (state.status == "done" or not path.exists()):
        return []
    if FILE in sealed and sha256(path) != sealed[FILE]:
        raise TestbedError(f"{path}: its sha256 is not the one in cell.json", SEAL_HINT)
    vms: list[dict[str, Any]] = read_json(path)["vms"]
    return vms


def figure_of_bytes(size: int) -> str:
    """Write a whole number with gaps between the thousands."""
    return f"{size:,}".replace(",", THIN_SPACE)


def left_out_sizes(states: Iterable[CellState]) -> list[str]:
    """Sizes that the VMs' memory is too small for, in the order of the request."""
    found: dict[str, None] = {}
    for state in states:
        if FILE in dict(state.files):
            found |= dict.fromkeys(read_json(state.folder / FILE).get("left_out", []))
    return list(found)
