"""What VMs proved, on the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pyrunner.errors import TestbedError
from pyrunner.results.files import sha256
from pyrunner.results.load import load
from pyrunner.results.proofs import proof_rows
from tests.builders.synthetic import build, hardware

if TYPE_CHECKING:
    from pathlib import Path

VMPLS: dict[str, int | None] = {"plain": None, "cvm": 0, "svsm": 2}


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    """A campaign of which every VM has proved what it is."""
    home = build(tmp_path, hardware())
    for path in home.glob("cells/*/*/cell.json"):
        sealed = json.loads(path.read_text())
        cell = sealed["cell"]
        vms = [_proof(cell["variant"], f"vm{n + 1}") for n in range(cell["fleet_size"])]
        proof = path.with_name("proof.json")
        proof.write_text(json.dumps({"schema": 1, "vms": vms}))
        sealed["files"]["proof.json"] = sha256(proof)
        path.write_text(json.dumps(sealed))
    return home


def _proof(variant: str, vm: str) -> dict[str, Any]:
    protected = VMPLS[variant] is not None
    return {
        "vm": vm,
        "features": "AMD SEV SEV-ES SEV-SNP" if protected else "",
        "vmpl": VMPLS[variant],
        "measurement": ("ab" if variant == "cvm" else "cd") * 48 if protected else "",
        "root": "ARK-Milan" if protected else "",
        "emulated": False,
    }


def test_every_variant_has_a_row_that_counts_its_vms(campaign: Path) -> None:
    _, states = load(campaign)
    rows = {row.variant: row for row in proof_rows(states)}
    boots = {state.cell.variant: 0 for state in states}
    for state in states:
        boots[state.cell.variant] += state.cell.fleet_size * (state.status == "done")
    assert [row.boots for row in rows.values()] == list(boots.values())
    assert [row.vmpl for row in rows.values()] == ["", "VMPL0", "VMPL2"]
    assert [len(row.measurements) for row in rows.values()] == [0, 1, 1]
    assert [row.roots for row in rows.values()] == [set(), {"ARK-Milan"}, {"ARK-Milan"}]


def test_an_altered_proof_is_refused(campaign: Path) -> None:
    path = next(campaign.glob("cells/*/cvm-1vm-r1/proof.json"))
    path.write_text(path.read_text().replace("ab", "cd"))
    with pytest.raises(TestbedError, match=r"proof\.json: its sha256 is not the one in cell\.json"):
        proof_rows(load(campaign)[1])


def test_cells_of_before_there_were_proofs_have_no_row(tmp_path: Path) -> None:
    assert proof_rows(load(build(tmp_path, hardware()))[1]) == []
