"""Every VM of a cell proves what it is; a cell whose proof fails does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyrunner.attestation.proof import SUITE, Expected, Proof, prove
from pyrunner.files import write_json
from pyrunner.model import SCHEMA
from pyrunner.parsers.suite import read_suite

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyrunner.cells.folder import CellFolder
    from pyrunner.parsers.raw import Fleet

PROOF: Final = "proof.json"


def prove_cell(folder: CellFolder, fleet: Fleet, begun: Mapping[str, Any]) -> list[Proof]:
    """Check what the VMs of a cell left when they were asked what they are.

    Args:
        folder: the cell.
        fleet: its VMs.
        begun: its begun.json, which has the nonce that reports must answer.

    Raises:
        TestbedError: a VM left nothing, or is not what its cell says; the message names it.
    """
    host = folder.campaign.data["hosts"][folder.cell.host].get("attestation", {})
    expected = Expected.of(folder.cell.variant, str(begun["nonce"]), host)
    asked = read_suite(fleet.raw, SUITE, fleet.names).by_vm
    return [prove(asked[vm].files, vm, expected) for vm in fleet.names]


def write_proofs(path: Path, proofs: list[Proof]) -> None:
    """Write proof.json: what each VM has proved."""
    write_json(path / PROOF, {"schema": SCHEMA, "vms": [proof.as_dict() for proof in proofs]})
