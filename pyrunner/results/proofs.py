"""What the VMs of a campaign proved to be, for the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyrunner.errors import TestbedError
from pyrunner.files import read_json
from pyrunner.model import VARIANTS
from pyrunner.results.aggregate import SEAL_HINT
from pyrunner.results.files import sha256
from pyrunner.results.labels import VARIANT_TITLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrunner.results.load import CellState

FILE = "proof.json"


@dataclass(slots=True)
class ProofRow:
    """What all VMs of a variant on a host proved, as text.

    Attributes:
        boots: VMs times repeats.
        vmpl: privilege level of the guest; empty in plain VMs.
        roots: whose certificates their reports end in.
        measurements: launch digests; one, unless components changed.
    """

    host: str
    variant: str
    boots: int = 0
    vmpl: str = ""
    features: str = ""
    roots: set[str] = field(default_factory=set)
    measurements: set[str] = field(default_factory=set)

    def add(self, vm: dict[str, Any]) -> None:
        """Count one more VM."""
        self.boots += 1
        if vm["vmpl"] is not None:
            self.vmpl, self.features = f"VMPL{vm['vmpl']}", vm["features"]
            self.roots.add(vm["root"])
            self.measurements.add(vm["measurement"])


def proof_rows(states: Iterable[CellState]) -> list[ProofRow]:
    """Make a row for each host and variant that has cells with proofs.

    Raises:
        TestbedError: a proof is gone or was altered.
    """
    rows: dict[tuple[str, int], ProofRow] = {}
    for state in states:
        if FILE not in dict(state.files):  # cells of before there were proofs
            continue
        cell = state.cell
        key = (cell.host, VARIANTS.index(cell.variant))
        row = rows.setdefault(key, ProofRow(cell.host, VARIANT_TITLES[cell.variant]))
        for vm in _proofs(state):
            row.add(vm)
    return [rows[key] for key in sorted(rows)]


def _proofs(state: CellState) -> list[dict[str, Any]]:
    path = state.folder / FILE
    if sha256(path) != dict(state.files)[FILE]:
        raise TestbedError(f"{path}: its sha256 is not the one in cell.json", SEAL_HINT)
    vms: list[dict[str, Any]] = read_json(path)["vms"]
    return vms
