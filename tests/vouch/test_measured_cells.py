"""Cells whose VMs' memory is measured: sealed with what was vouched for, or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pyrunner.cells.begin import begin
from pyrunner.cells.folder import BEGUN, CellFolder
from pyrunner.cells.measurements import measure_cell, refuse_failed, write_measured
from pyrunner.cells.phases import phase
from pyrunner.cells.seal import seal
from pyrunner.errors import TestbedError
from pyrunner.files import read_json
from pyrunner.parsers.raw import Fleet
from pyrunner.results.files import sha256
from pyrunner.results.observations import read_observations
from tests.builders import vouching
from tests.campaign.demo import RUNS, host, planned
from tests.parsers.raw_factory import write_raw, write_suite

if TYPE_CHECKING:
    from pathlib import Path

    from pyrunner.campaign import Campaign
    from pyrunner.model import Variant

PLAIN, SVSM = "plain-2vm-r1", "svsm-2vm-r1"
VMS = ["vm1", "vm2"]
PHASES = [phase("boot", "passed", 8.0), phase("measurement", "passed", 2.0)]


def campaign(folder: Path, **measured: object) -> Campaign:
    """A planned campaign with variant svsm on a host that measures."""
    here = host(variants={"plain": RUNS, "svsm": RUNS}, **vouching.host(**measured))
    return planned(folder / "demo", variants=["plain", "svsm"], hosts={"local": here})


def raw_of(folder: Path, variant: Variant, others: dict[str, Any] | None = None) -> Path:
    """Raw files of two VMs; ``others`` are other files in the second."""
    raw = write_raw(folder / f"raw-{variant}")
    for vm in VMS:
        changed = (others or {}) if vm == "vm2" else {}
        vouching.answer(raw / vm / "measurement", variant, vm, changed)
        (raw / vm / "qemu.args").write_text(f"-name {vm}\n-append {vouching.COMMAND_LINE}\n")
    write_suite(raw, "measurement", VMS)
    return raw


def test_a_plain_cell_is_sealed_with_the_vms_answers(tmp_path: Path) -> None:
    planned = campaign(tmp_path)
    begin(planned, "local", PLAIN)
    seal(planned, "local", PLAIN, raw_of(tmp_path, "plain"), PHASES)
    folder = planned.cell_folder("local", PLAIN)
    found = read_json(folder / "measurement.json")
    assert read_json(folder / "cell.json")["files"]["measurement.json"] == sha256(
        folder / "measurement.json"
    )
    assert [(vm["vm"], vm["status"]) for vm in found["vms"]] == [(vm, "verified") for vm in VMS]
    assert found["left_out"] == ["256MiB"]
    rows = [
        it for it in read_observations(folder / "observations.csv") if it.suite == "measurement"
    ]
    assert [(it.vm, it.metric) for it in rows] == [("all", "skew")]


def test_a_cell_with_a_vm_that_nobody_vouches_for_is_not_sealed(tmp_path: Path) -> None:
    planned = campaign(tmp_path)
    begin(planned, "local", PLAIN)
    raw = raw_of(tmp_path, "plain", {"query.exit": b"0\n"})
    with pytest.raises(TestbedError, match=r"^vm2: measurement: no SVSM: svsm-measure") as refused:
        seal(planned, "local", PLAIN, raw, PHASES)
    assert "docs/measurement.md" in refused.value.hint
    folder = planned.cell_folder("local", PLAIN)
    assert not (folder / "cell.json").exists()
    kept = read_json(folder / "measurement.json")["vms"]
    assert [vm["status"] for vm in kept] == ["verified", "failed"]


def test_the_vms_of_a_cell_with_an_svsm_are_judged_each_by_its_own_nonce(tmp_path: Path) -> None:
    planned = campaign(tmp_path)
    folder = CellFolder.of(planned, "local", SVSM)
    begun = {"nonce": vouching.NONCE}
    measured = measure_cell(folder, Fleet.read(raw_of(tmp_path, "svsm")), begun)
    assert measured is not None
    assert measured.ran
    assert [(vm.vm, vm.status) for vm in measured.vms] == [(vm, "verified") for vm in VMS]
    refuse_failed(measured)
    write_measured(tmp_path, measured)
    kept = json.loads((tmp_path / "measurement.json").read_text())["vms"][1]
    assert (
        kept["measurement"] == planned.data["hosts"]["local"]["attestation"]["measurements"]["svsm"]
    )
    assert {"name", "status", "said", "digest", "algorithm", "size", "ranges"} == {
        *kept["things"][0]
    }


def test_swapped_evidence_of_two_vms_is_noticed(tmp_path: Path) -> None:
    folder = CellFolder.of(campaign(tmp_path), "local", SVSM)
    others = {f"{turn}.bin": vouching.evidence(turn, "vm1") for turn in ("first", "second")}
    fleet = Fleet.read(raw_of(tmp_path, "svsm", others))
    measured = measure_cell(folder, fleet, {"nonce": vouching.NONCE})
    assert measured is not None
    with pytest.raises(TestbedError, match=r"^vm2: measurement: evidence: first: .*key_nonce"):
        refuse_failed(measured)


def test_another_command_line_than_the_vms_is_noticed(tmp_path: Path) -> None:
    folder = CellFolder.of(campaign(tmp_path), "local", SVSM)
    raw = raw_of(tmp_path, "svsm")
    (raw / "vm1" / "qemu.args").write_text("-append console=ttyS0 single\n")
    measured = measure_cell(folder, Fleet.read(raw), {"nonce": vouching.NONCE})
    assert measured is not None
    assert [
        [thing.name for thing in vm.things if thing.status == "failed"] for vm in measured.vms
    ] == [
        ["firmware:cmdline"],
        [],
    ]


def test_a_campaign_that_does_not_measure_asks_for_nothing(tmp_path: Path) -> None:
    planned = campaign(tmp_path, wanted=False)
    assert planned.data["hosts"]["local"]["measurement"] == {}
    begin(planned, "local", PLAIN)
    seal(planned, "local", PLAIN, write_raw(tmp_path / "raw"), PHASES[:1])
    folder = planned.cell_folder("local", PLAIN)
    assert not (folder / "measurement.json").exists()
    assert "measurement.json" not in read_json(folder / "cell.json")["files"]


def test_an_image_that_cannot_measure_is_a_reason_not_a_failure(tmp_path: Path) -> None:
    problem = {"reason": "no headers of this kernel", "hint": "build the kernel"}
    planned = campaign(tmp_path, problem=problem, references={})
    begin(planned, "local", PLAIN)
    seal(planned, "local", PLAIN, write_raw(tmp_path / "raw"), PHASES[:1])
    found = read_json(planned.cell_folder("local", PLAIN) / "measurement.json")["vms"]
    assert [vm["status"] for vm in found] == ["skipped", "skipped"]
    assert found[0]["things"][0]["said"] == "no headers of this kernel — build the kernel"


def test_answers_that_are_missing_are_no_skip(tmp_path: Path) -> None:
    planned = campaign(tmp_path)
    begin(planned, "local", PLAIN)
    with pytest.raises(TestbedError, match=r"measurement\.json: No such file"):
        seal(planned, "local", PLAIN, write_raw(tmp_path / "raw"), PHASES)
    assert (planned.cell_folder("local", PLAIN) / BEGUN).exists()
