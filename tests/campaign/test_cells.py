"""A cell's life: begun, sealed or failed; killed anywhere, nothing is lost or counted twice."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyrunner.campaign import load_campaign
from pyrunner.cells.begin import begin
from pyrunner.cells.fail import Failure, fail
from pyrunner.cells.phases import check_phases, phase
from pyrunner.cells.seal import Sealed, seal
from pyrunner.cells.status import status
from pyrunner.errors import TestbedError, UsageError
from pyrunner.results.boot_events import read_boot_events
from pyrunner.results.files import sha256
from pyrunner.results.observations import read_observations
from tests.campaign.demo import host, planned
from tests.parsers.raw_factory import pack, write_raw

if TYPE_CHECKING:
    from pyrunner.campaign import Campaign

CELL = "plain-2vm-r1"
PHASES = [phase("launch", "passed", 0.5), phase("boot", "passed", 8.0)]


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    """A planned campaign without results."""
    return planned(tmp_path / "demo")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """What was collected of a sound cell of two VMs."""
    return pack(write_raw(tmp_path / "raw"), tmp_path / "raw.tar.gz")


def _folder(campaign: Campaign) -> Path:
    """The cell's folder."""
    return campaign.cell_folder("local", CELL)


def _begin(campaign: Campaign) -> int:
    """Begin the cell; give the attempt."""
    return begin(campaign, "local", CELL).attempt


def _seal(campaign: Campaign, archive: Path) -> Sealed:
    """Seal the cell."""
    return seal(campaign, "local", CELL, archive, PHASES)


def _fail(campaign: Campaign, message: str = "vm2 never booted", **more: Any) -> bool:  # noqa: ANN401
    """Fail the cell."""
    return fail(campaign, "local", CELL, Failure("boot", message, "look", **more))


def _json(path: Path) -> dict[str, Any]:
    """Read a JSON file."""
    data: dict[str, Any] = json.loads(path.read_text())
    return data


def test_a_sealed_cell_has_rows_and_says_what_it_is(campaign: Campaign, archive: Path) -> None:
    _begin(campaign)
    sealed = _seal(campaign, archive)
    folder = _folder(campaign)
    rows = list(read_observations(folder / "observations.csv"))
    assert sealed == Sealed(changed=True, observations=len(rows), boot_events=14)
    assert len(list(read_boot_events(folder / "boot_events.csv"))) == 14
    done = _json(folder / "cell.json")
    assert done["cell"] == campaign.cell("local", CELL).as_dict()
    assert (done["campaign"], done["profile"], done["suites"]) == ("demo", "quick", ["stress_ng"])
    assert done["artifact_set"] == campaign.data["hosts"]["local"]["artifact_set"]
    assert [p["name"] for p in done["phases"]] == ["launch", "boot", "seal"]
    names = ("observations.csv", "boot_events.csv", "proof.json")
    assert [vm["vm"] for vm in _json(folder / "proof.json")["vms"]] == ["vm1", "vm2"]
    assert done["files"] == {name: sha256(folder / name) for name in names}
    assert {row.started_at for row in rows} == {done["started_at"]}
    assert done["started_at"] <= done["finished_at"]
    assert (folder / "raw" / "vm2" / "serial.jsonl").exists()


def test_sealing_twice_changes_nothing(campaign: Campaign, archive: Path) -> None:
    _begin(campaign)
    _seal(campaign, archive)
    before = {p.name: p.stat().st_mtime_ns for p in _folder(campaign).iterdir()}
    assert _seal(campaign, archive) == Sealed(changed=False)
    assert {p.name: p.stat().st_mtime_ns for p in _folder(campaign).iterdir()} == before


def test_a_sealed_cell_is_not_begun_again(campaign: Campaign, archive: Path) -> None:
    _begin(campaign)
    _seal(campaign, archive)
    assert begin(campaign, "local", CELL).done
    assert not (_folder(campaign) / "failures").exists()


def test_a_sealed_cell_cannot_fail(campaign: Campaign, archive: Path) -> None:
    _begin(campaign)
    _seal(campaign, archive)
    with pytest.raises(UsageError, match=f"cell local/{CELL} is done"):
        _fail(campaign)


def test_a_sealed_cell_that_was_altered_is_noticed(campaign: Campaign, archive: Path) -> None:
    _begin(campaign)
    _seal(campaign, archive)
    with (_folder(campaign) / "observations.csv").open("a") as out:
        out.write("x\n")
    with pytest.raises(TestbedError, match=r"observations.csv: altered since cell local/"):
        _begin(campaign)
    with pytest.raises(TestbedError, match=r"observations.csv: altered since"):
        _seal(campaign, archive)


def test_the_raw_folder_itself_can_be_sealed(campaign: Campaign, tmp_path: Path) -> None:
    _begin(campaign)
    assert _seal(campaign, write_raw(tmp_path / "elsewhere")).changed
    assert (tmp_path / "elsewhere" / "fleet.json").exists()


def test_raw_files_that_lie_in_the_cell_already_stay(campaign: Campaign) -> None:
    _begin(campaign)
    raw = write_raw(_folder(campaign) / "raw")
    assert _seal(campaign, raw).changed
    assert (raw / "fleet.json").exists()


def test_a_cell_must_be_begun_before_it_is_sealed(campaign: Campaign, archive: Path) -> None:
    with pytest.raises(UsageError, match=f"cell local/{CELL} was not begun"):
        _seal(campaign, archive)


def test_a_failed_cell_must_be_begun_again(campaign: Campaign, archive: Path) -> None:
    _begin(campaign)
    _fail(campaign)
    with pytest.raises(UsageError, match=f"cell local/{CELL} failed: it cannot be sealed"):
        _seal(campaign, archive)
    _begin(campaign)
    assert _seal(campaign, archive).changed


def test_a_cell_with_a_failed_phase_is_not_sealed(campaign: Campaign, archive: Path) -> None:
    _begin(campaign)
    phases = [phase("boot", "failed", 1.0)]
    with pytest.raises(UsageError, match="phase boot failed"):
        seal(campaign, "local", CELL, archive, phases)
    assert not (_folder(campaign) / "cell.json").exists()


def test_a_plan_that_changed_meanwhile_is_noticed(campaign: Campaign, archive: Path) -> None:
    _begin(campaign)
    other = planned(
        campaign.folder, hosts={"local": host(artifacts={"qemu": {"key": "k2", "manifest": {}}})}
    )
    with pytest.raises(UsageError, match="was begun with artifact_set"):
        _seal(other, archive)


def test_a_fault_in_the_raw_files_leaves_the_cell_undone(
    campaign: Campaign, tmp_path: Path
) -> None:
    raw = write_raw(tmp_path / "raw")
    path = raw / "vm2" / "debugcon.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:2], *lines[3:]]))
    _begin(campaign)
    with pytest.raises(TestbedError, match=r"vm2: debugcon.jsonl: event userspace_ready is miss"):
        _seal(campaign, raw)
    assert status(campaign)["missing"][1] == f"local/{CELL}"
    assert not (_folder(campaign) / "cell.json").exists()
    assert not (_folder(campaign) / "observations.csv").exists()


def test_the_evidence_of_a_failure_is_kept(campaign: Campaign, archive: Path) -> None:
    _begin(campaign)
    assert _fail(campaign, phases=PHASES[:1], archive=archive)
    failure = _json(_folder(campaign) / "failure.json")
    assert (failure["phase"], failure["message"], failure["hint"], failure["attempt"]) == (
        "boot",
        "vm2 never booted",
        "look",
        1,
    )
    assert [(p["name"], p["status"]) for p in failure["phases"]] == [
        ("launch", "passed"),
        ("boot", "failed"),
    ]
    assert _begin(campaign) == 2
    kept = _folder(campaign) / "failures" / "1"
    assert _json(kept / "failure.json") == failure
    assert (kept / "raw" / "vm1" / "serial.jsonl").exists()
    assert (kept / "begun.json").exists()
    assert sorted(p.name for p in _folder(campaign).iterdir()) == ["begun.json", "failures"]


def test_a_failed_phase_keeps_the_time_that_it_took(campaign: Campaign) -> None:
    _begin(campaign)
    assert _fail(campaign, phases=PHASES)
    failed = _json(_folder(campaign) / "failure.json")["phases"]
    assert failed == [PHASES[0], phase("boot", "failed", 8.0, "vm2 never booted", "look")]


def test_every_attempt_keeps_its_own_evidence(campaign: Campaign, archive: Path) -> None:
    for attempt in (1, 2, 3):
        assert _begin(campaign) == attempt
        _fail(campaign, message=f"fault {attempt}")
    assert _begin(campaign) == 4
    _seal(campaign, archive)
    folder = _folder(campaign) / "failures"
    assert [_json(folder / str(n) / "failure.json")["message"] for n in (1, 2, 3)] == [
        "fault 1",
        "fault 2",
        "fault 3",
    ]
    assert _json(_folder(campaign) / "cell.json")["attempt"] == 4


def test_the_first_failure_of_an_attempt_stays(campaign: Campaign) -> None:
    _begin(campaign)
    assert _fail(campaign, message="QEMU was killed")
    assert not _fail(campaign, message="cannot collect")
    assert _json(_folder(campaign) / "failure.json")["message"] == "QEMU was killed"


def test_a_cell_of_a_host_that_cannot_be_reached_fails_without_beginning(
    campaign: Campaign,
) -> None:
    assert _fail(campaign, message="host local is unreachable")
    assert status(campaign)["failed"] == [
        {
            "host": "local",
            "cell": CELL,
            "phase": "boot",
            "message": "host local is unreachable",
            "hint": "look",
            "attempt": 1,
        }
    ]
    assert _begin(campaign) == 2


def test_evidence_that_cannot_be_unpacked_is_kept_as_it_is(
    campaign: Campaign, archive: Path
) -> None:
    archive.write_bytes(archive.read_bytes()[:500])
    _begin(campaign)
    assert _fail(campaign, archive=archive)
    failure = _json(_folder(campaign) / "failure.json")
    assert failure["message"] == "vm2 never booted"
    assert "damaged archive" in failure["raw_note"]
    kept = _folder(campaign) / f"unreadable-{archive.name}"
    assert kept.read_bytes() == archive.read_bytes()


def test_a_failure_whose_archive_is_missing_is_still_told(
    campaign: Campaign, tmp_path: Path
) -> None:
    _begin(campaign)
    assert _fail(campaign, archive=tmp_path / "never.tar")
    assert "no such archive" in _json(_folder(campaign) / "failure.json")["raw_note"]


class Killed(BaseException):
    """As kill -9: nothing of the program runs any more."""


@pytest.mark.parametrize("writes", range(4))
def test_a_kill_between_two_writes_leaves_the_cell_undone(
    campaign: Campaign, archive: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    _begin(campaign)
    real, calls = os.replace, []

    def killed(source: Path, target: Path) -> None:
        calls.append(Path(target).name)
        if len(calls) > writes:
            raise Killed
        real(source, target)

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(Killed):
        _seal(campaign, archive)
    monkeypatch.undo()
    names = ["observations.csv", "boot_events.csv", "proof.json", "cell.json"]
    assert calls == names[: writes + 1]
    _undone_then_done(campaign, archive)


def _undone_then_done(campaign: Campaign, archive: Path) -> None:
    """After a kill the cell counts as missing; the next attempt does it, counted once."""
    assert f"local/{CELL}" in status(campaign)["missing"]
    assert _begin(campaign) == 2
    assert _seal(campaign, archive).changed
    assert status(campaign)["done"] == [f"local/{CELL}"]


@pytest.mark.parametrize("moves", range(4))
def test_a_kill_while_putting_aside_loses_nothing(
    campaign: Campaign, archive: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    _begin(campaign)
    _fail(campaign, archive=archive)
    assert len(list(_folder(campaign).iterdir())) == 3
    real, calls = Path.rename, []

    def killed(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) > moves:
            raise Killed
        return real(self, target)

    monkeypatch.setattr(Path, "rename", killed)
    if moves < 3:
        with pytest.raises(Killed):
            _begin(campaign)
        monkeypatch.undo()
    assert _begin(campaign) == 2
    aside = _folder(campaign) / "failures"
    assert [p.name for p in aside.iterdir()] == ["1"]
    assert sorted(p.name for p in (aside / "1").iterdir()) == ["begun.json", "failure.json", "raw"]


def test_a_killed_attempt_is_put_aside(campaign: Campaign, archive: Path) -> None:
    assert _begin(campaign) == 1
    assert _begin(campaign) == 2
    assert (_folder(campaign) / "failures" / "1" / "begun.json").exists()
    assert _seal(campaign, archive).changed


@pytest.mark.parametrize("place", ["copyfileobj", "fsync"])
def test_a_full_disk_names_the_path_and_leaves_the_cell_undone(
    campaign: Campaign, archive: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    _begin(campaign)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil if place == "copyfileobj" else os, place, full)
    with pytest.raises(TestbedError, match="no space is left on the disk") as error:
        _seal(campaign, archive)
    monkeypatch.undo()
    assert str(_folder(campaign)) in error.value.message or str(archive) in error.value.message
    _undone_then_done(campaign, archive)


def test_a_folder_that_cannot_be_written_is_named(campaign: Campaign) -> None:
    (campaign.folder / "cells").write_text("in the way")
    with pytest.raises(TestbedError, match=r"cells/local/.*(Not a directory|exists)"):
        _begin(campaign)


def test_status_sorts_all_cells(campaign: Campaign, archive: Path) -> None:
    _begin(campaign)
    _seal(campaign, archive)
    fail(campaign, "local", "plain-1vm-r1", Failure("boot", "x"))
    seen = status(load_campaign(campaign.folder))
    assert seen["total"] == 4
    assert seen["done"] == [f"local/{CELL}"]
    assert [failed["cell"] for failed in seen["failed"]] == ["plain-1vm-r1"]
    assert seen["missing"] == ["local/plain-2vm-r2", "local/plain-1vm-r2"]


@pytest.mark.parametrize(
    ("phases", "message"),
    [
        (3, "phases: a list is wanted"),
        ({}, "phases: a list is wanted"),
        ([3], "an object with a name is wanted"),
        ([{"name": "Boot!", "status": "passed", "seconds": 1}], "an object with a name"),
        ([{"name": "boot", "status": "meh", "seconds": 1}], "phase boot: status 'meh'"),
        ([{"name": "boot", "status": "passed"}], "phase boot: seconds None"),
        ([{"name": "boot", "status": "passed", "seconds": "x"}], "phase boot: seconds 'x'"),
        ([{"name": "boot", "status": "passed", "seconds": -1}], "phase boot: -1.0 s cannot be"),
        ([{"name": "boot", "status": "passed", "seconds": "nan"}], "phase boot: nan s cannot"),
        ([{"name": "boot", "status": "passed", "seconds": 1}] * 2, "one is named twice"),
    ],
)
def test_wrong_phases_are_refused(phases: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_phases(phases)


def test_phases_may_come_as_ansible_has_them() -> None:
    boot = {"name": "boot", "status": "passed", "seconds": "1.5"}
    expected = [{**boot, "seconds": 1.5, "message": "", "hint": ""}]
    assert check_phases([boot]) == check_phases({"phases": [boot]}) == expected
