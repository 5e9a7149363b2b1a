"""A host that is lost while its cells run: told in JUnit for each of them, and resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults import network
from tests.faults.guests import answers, left, measures
from tests.faults.reports import failed
from tests.faults.rig import inventory

if TYPE_CHECKING:
    from tests.faults.rig import Rig

pytestmark = [pytest.mark.vm, pytest.mark.slow]

FIRST, SECOND, THIRD = "plain-1vm-r1", "plain-1vm-r2", "plain-1vm-r3"


def test_a_host_lost_in_mid_benchmark_keeps_what_it_has_and_is_resumed(rig: Rig) -> None:
    ssh = network.program(rig.root)
    rig.inventory = inventory(rig.root / "lost", network.HOSTS.format(ssh=ssh))
    playing = rig.start("site", testbed_repeats=3, stress_ng_seconds=15)
    playing.until(lambda: rig.sealed() == {FIRST}, "first cell")
    playing.until(lambda: answers(rig.vm(SECOND)) and measures(rig.vm(SECOND)), "benchmark")
    mark = network.cut(ssh)
    playing.wait(120)
    assert playing.status != 0
    assert "UNREACHABLE" in playing.said
    assert rig.sealed() == {FIRST}
    for cell in (SECOND, THIRD):
        assert "host here was lost" in rig.failure(cell)["message"]
        assert "host here was lost" in failed(rig, f"here.{cell}", "reach")
    assert left(rig), "what runs on a lost host goes on there: that is the fault to test"
    mark.unlink()
    played = rig.play("site", testbed_repeats=3, stress_ng_seconds=15)
    assert played.status == 0, played.told
    assert rig.sealed() == {FIRST, SECOND, THIRD}
    assert (rig.cell(SECOND) / "failures/1/failure.json").exists()
