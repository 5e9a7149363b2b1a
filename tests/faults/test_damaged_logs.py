"""A log that is cut while its cell runs: the cell fails by name, the next one goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.damage import halve
from tests.faults.guests import answers, measures
from tests.faults.reports import failed

if TYPE_CHECKING:
    from tests.faults.rig import Rig

pytestmark = [pytest.mark.vm, pytest.mark.slow]

CUT, GOOD = "plain-1vm-r1", "plain-1vm-r2"


def test_a_log_cut_on_the_host_fails_its_cell_and_the_next_goes_on(rig: Rig) -> None:
    playing = rig.start("site", testbed_repeats=2, stress_ng_seconds=8)
    playing.until(lambda: answers(rig.vm(CUT)) and measures(rig.vm(CUT)), "benchmark")
    halve(rig.vm(CUT) / "serial.jsonl")
    playing.wait(240)
    assert playing.status != 0
    assert rig.sealed() == {GOOD}
    failure = rig.failure(CUT)
    assert failure["phase"] == "seal"
    assert "vm1" in failure["message"]
    assert "serial.jsonl" in failure["message"]
    assert failure["message"] in failed(rig, f"here.{CUT}", "seal")
    assert not (rig.cell(CUT) / "observations.csv").exists()
