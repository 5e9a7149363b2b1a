"""Full disks: before a run, under the VMs, under the results. Nothing is half-written or lost."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import pytest

from tests.faults.disks import fill, resize, small_disk
from tests.faults.guests import answers, measures
from tests.faults.reports import failed
from tests.faults.rig import read

if TYPE_CHECKING:
    from tests.faults.rig import Rig

pytestmark = [pytest.mark.vm, pytest.mark.slow]

CELL: Final = "plain-1vm-r1"
HOPEFUL: Final = {"preflight_image_disk_mib": 0, "preflight_overlay_disk_mib": 0}
"""Let preflight think that VMs need no room, or it would see the fault before any does."""
FULL: Final = "no space is left on the disk"


@pytest.fixture(autouse=True)
def fresh(rig: Rig) -> None:
    """No campaign is there yet."""
    shutil.rmtree(rig.results, ignore_errors=True)


def test_preflight_sees_it_before_anything_starts(rig: Rig) -> None:
    with small_disk(rig.state, 4096):
        played = rig.play("site")
        assert played.status != 0
        told = failed(rig, "preflight.here", "disk.state")
        assert f"free for {rig.state}" in told
        assert any(f"free for {rig.state}" in fault for fault in played.faults), played.told
        assert not (rig.state / "run").exists()


@pytest.mark.parametrize("kib", [150, 1000])
def test_no_room_for_what_a_vm_needs_is_told_with_the_path(rig: Rig, kib: int) -> None:
    """Too little for an overlay; enough for an overlay, but for nothing that a guest writes."""
    with small_disk(rig.state, kib):
        played = rig.play("site", seconds=120, **HOPEFUL)
        assert played.status != 0
        message = rig.failure(CELL)["message"]
        assert f"{rig.state}/run" in message
        assert "o space" in message
        assert rig.failure(CELL)["phase"] == "boot"
        assert message in failed(rig, f"here.{CELL}", "boot")
        rig.play("teardown")


def test_a_disk_that_fills_in_mid_benchmark_is_told_at_once(rig: Rig) -> None:
    with small_disk(rig.state, 256 << 10):
        playing = rig.start("campaign", stress_ng_seconds=120, **HOPEFUL)
        playing.until(lambda: answers(rig.vm(CELL)), "booted VM")
        playing.until(lambda: measures(rig.vm(CELL)), "benchmark")
        fill(rig.state)
        playing.wait(60)
        failure = rig.failure(CELL)
        assert failure["phase"] == "benchmark_stress_ng"
        assert FULL in failure["message"]
        assert str(rig.state) in failure["message"]
        rig.play("teardown")


def test_full_results_leave_a_cell_undone_and_lose_nothing(rig: Rig) -> None:
    with small_disk(rig.results, 16 << 10):
        playing = rig.start("campaign", testbed_repeats=2)
        playing.until(lambda: rig.sealed() == {CELL}, "first cell")
        before = {path: path.read_bytes() for path in rig.cell(CELL).rglob("*") if path.is_file()}
        playing.until(lambda: rig.cell("plain-1vm-r2").exists(), "second cell")
        ballast = fill(rig.results)
        playing.wait(240)
        assert playing.status != 0
        assert rig.sealed() == {CELL}
        assert any(str(rig.results) in fault for fault in playing.faults), playing.told
        assert any("o space" in fault for fault in playing.faults), playing.told
        assert not list(rig.campaign.rglob("*.partial"))
        assert {path: path.read_bytes() for path in before} == before
        ballast.unlink()
        resize(rig.results, 32 << 10)
        played = rig.play("site", testbed_repeats=2)
        assert played.status == 0, played.told
        assert rig.sealed() == {CELL, "plain-1vm-r2"}
        assert read(rig.cell("plain-1vm-r2") / "cell.json")["attempt"] == 2
