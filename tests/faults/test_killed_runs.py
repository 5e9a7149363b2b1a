"""Kill -9 of Ansible and of a QEMU, each in mid-benchmark: nothing measured is lost.

One campaign of two cells goes through all of it, and ends with each cell counted once.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.faults.guests import answers, kill_qemu, left, measures
from tests.faults.reports import case, failed
from tests.faults.rig import SUITE
from tests.faults.sealed import counted, kept, sealed_bytes

if TYPE_CHECKING:
    from tests.faults.rig import Rig

pytestmark = pytest.mark.vm

FIRST, SECOND = "plain-1vm-r1", "plain-1vm-r2"
VARIABLES: Final = {"testbed_repeats": 2, "stress_ng_seconds": 5}
SOON: Final = 20
"""Seconds to notice, collect and record; a benchmark's time-out is minutes away."""


def test_a_killed_run_keeps_what_is_sealed(rig: Rig) -> None:
    playing = rig.start("campaign", **VARIABLES)
    playing.until(lambda: rig.sealed() == {FIRST}, "first cell")
    playing.until(lambda: answers(rig.vm(SECOND)) and measures(rig.vm(SECOND)), "benchmark")
    playing.kill()
    assert rig.sealed() == {FIRST}
    assert (rig.cell(SECOND) / "begun.json").exists()
    assert left(rig), "what was killed leaves its VM behind: that is the fault to test"


def test_the_next_ends_leftovers_and_a_killed_qemu_fails_its_cell_at_once(rig: Rig) -> None:
    before = sealed_bytes(rig)
    pid = rig.vm(SECOND) / "pid"
    leftover = pid.read_text(encoding="utf-8")
    playing = rig.start("site", **VARIABLES)
    playing.until(lambda: not pid.exists(), "end of the leftover")
    playing.until(lambda: answers(rig.vm(SECOND)) and measures(rig.vm(SECOND)), "benchmark")
    assert pid.read_text(encoding="utf-8") != leftover
    kill_qemu(rig.vm(SECOND))
    killed = time.monotonic()
    playing.until((rig.cell(SECOND) / "failure.json").exists, "record of the failure")
    assert time.monotonic() - killed < SOON
    playing.wait(60)
    assert playing.status != 0
    assert f"Begin {FIRST}" not in playing.said
    failure = rig.failure(SECOND)
    assert failure["phase"] == f"benchmark_{SUITE}"
    assert "QEMU of vm1 ended unexpectedly" in failure["message"]
    told = failed(rig, f"here.{SECOND}", f"benchmark_{SUITE}")
    assert f"here/{SECOND}" in told
    assert failure["hint"] in told
    assert (rig.cell(SECOND) / "raw/vm1/serial.jsonl").stat().st_size > 0
    assert kept(rig, before)
    assert counted(rig) == {"1"}


def test_the_last_run_completes_and_every_cell_counts_once(rig: Rig) -> None:
    before = sealed_bytes(rig)
    played = rig.play("site", **VARIABLES)
    assert played.status == 0, played.told
    assert rig.sealed() == {FIRST, SECOND}
    assert f"Begin {FIRST}" not in played.said
    assert kept(rig, before)
    assert counted(rig) == {"1", "2"}
    assert case(rig, f"here.{SECOND}", "seal").find("failure") is None
    assert (rig.cell(SECOND) / "failures/1/begun.json").exists()
    assert (rig.cell(SECOND) / "failures/2/failure.json").exists()
    assert not left(rig)
    assert not [path for path in (rig.state / "run").rglob("*") if path.is_file()]


def test_another_run_has_nothing_to_do(rig: Rig) -> None:
    played = rig.play("site", **VARIABLES)
    assert played.status == 0
    assert played.changed == 0, played.said
    assert "Begin plain" not in played.said
