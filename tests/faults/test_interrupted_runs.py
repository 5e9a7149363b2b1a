"""Ctrl-C in mid-benchmark, then a host out of reach: sealed cells stay, the rest is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.faults.guests import answers, measures
from tests.faults.reports import case, failed
from tests.faults.rig import LOCAL, inventory
from tests.faults.sealed import counted, kept, sealed_bytes

if TYPE_CHECKING:
    from tests.faults.rig import Rig

pytestmark = [pytest.mark.vm, pytest.mark.slow]

FIRST, SECOND, THIRD = "plain-1vm-r1", "plain-1vm-r2", "plain-1vm-r3"
VARIABLES: Final = {"testbed_repeats": 3, "stress_ng_seconds": 10}
GONE: Final = """
testbed_hosts:
  hosts:
    here: {ansible_host: 127.0.0.1, ansible_port: 1, ansible_connection: ssh}
"""


def test_ctrl_c_keeps_what_is_sealed(rig: Rig) -> None:
    playing = rig.start("campaign", **VARIABLES)
    playing.until(lambda: rig.sealed() == {FIRST}, "first cell")
    playing.until(lambda: answers(rig.vm(SECOND)) and measures(rig.vm(SECOND)), "benchmark")
    playing.interrupt()
    assert playing.status != 0
    assert rig.sealed() == {FIRST}


def test_a_host_out_of_reach_keeps_its_results_and_its_cells_are_due(rig: Rig) -> None:
    before = sealed_bytes(rig)
    rig.inventory = inventory(rig.root / "gone", GONE)
    played = rig.play("site", **VARIABLES)
    rig.inventory = LOCAL
    assert played.status != 0
    assert kept(rig, before)
    reason = "host here is unreachable"
    for cell in (SECOND, THIRD):
        assert reason in rig.failure(cell)["message"]
        assert reason in failed(rig, f"here.{cell}", "preflight")
    assert reason in failed(rig, "preflight.here", "host.reachable")
    assert case(rig, f"here.{FIRST}", "seal").find("failure") is None


def test_the_next_run_completes(rig: Rig) -> None:
    before = sealed_bytes(rig)
    played = rig.play("site", **VARIABLES)
    assert played.status == 0, played.told
    assert rig.sealed() == {FIRST, SECOND, THIRD}
    assert kept(rig, before)
    assert counted(rig) == {"1", "2", "3"}
    assert (rig.cell(SECOND) / "failures/1/begun.json").exists()
