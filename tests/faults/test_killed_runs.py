"""Kill -9 of a QEMU, of Ansible; Ctrl-C; a host out of reach: nothing measured is lost.

One campaign of three cells goes through all of it, and ends with each cell counted once.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest

from tests.faults.guests import answers, kill_qemu, left, measures
from tests.faults.reports import case, failed
from tests.faults.rig import LOCAL, SUITE, inventory

if TYPE_CHECKING:
    from tests.faults.playing import Playing
    from tests.faults.rig import Rig

pytestmark = [pytest.mark.vm, pytest.mark.slow]

FIRST, SECOND, THIRD = "plain-1vm-r1", "plain-1vm-r2", "plain-1vm-r3"
BENCHMARK_SECONDS: Final = 6
"""Long enough to be caught in the middle."""
SOON: Final = 20
"""Seconds to notice, collect and record; a benchmark's time-out is minutes away."""
VARIABLES: Final = {"testbed_repeats": 3, "stress_ng_seconds": BENCHMARK_SECONDS}
GONE: Final = """
testbed_hosts:
  hosts:
    here: {ansible_host: 127.0.0.1, ansible_port: 1, ansible_connection: ssh}
"""


def until_measuring(rig: Rig, playing: Playing, cell: str) -> None:
    """Wait until the VM of a cell is in the middle of its benchmark."""
    vm = rig.vm(cell)
    playing.until(lambda: answers(vm) and measures(vm), f"benchmark of {cell}")


def test_a_killed_qemu_fails_its_cell_at_once_and_the_next_goes_on(rig: Rig) -> None:
    playing = rig.start("campaign", **VARIABLES)
    playing.until(lambda: rig.sealed() == {FIRST}, "first cell")
    until_measuring(rig, playing, SECOND)
    kill_qemu(rig.vm(SECOND))
    killed = time.monotonic()
    failure = rig.cell(SECOND) / "failure.json"
    playing.until(failure.exists, "record of the failure")
    assert time.monotonic() - killed < SOON
    told = rig.failure(SECOND)
    assert told["phase"] == f"benchmark_{SUITE}"
    assert "QEMU of vm1 ended unexpectedly" in told["message"]
    assert "killed" in told["hint"]
    assert (rig.cell(SECOND) / "raw/vm1/serial.jsonl").stat().st_size > 0
    until_measuring(rig, playing, THIRD)
    playing.kill()
    assert rig.sealed() == {FIRST}
    assert (rig.cell(THIRD) / "begun.json").exists()
    assert left(rig), "what was killed leaves its VM behind: that is the fault to test"


def test_a_host_out_of_reach_keeps_its_results_and_its_cells_are_due(rig: Rig) -> None:
    before = sealed_bytes(rig)
    rig.inventory = inventory(rig.root / "gone", GONE)
    played = rig.play("site", **VARIABLES)
    rig.inventory = LOCAL
    assert played.status != 0
    assert sealed_bytes(rig) == before
    reason = "host here is unreachable"
    assert reason in rig.failure(THIRD)["message"]
    assert reason in failed(rig, f"here.{THIRD}", "preflight")
    assert reason in failed(rig, "preflight.here", "host.reachable")
    assert "QEMU of vm1 ended" in failed(rig, f"here.{SECOND}", f"benchmark_{SUITE}")
    assert case(rig, f"here.{FIRST}", "seal").find("failure") is None


def test_a_second_run_ends_leftovers_and_redoes_only_what_is_due(rig: Rig) -> None:
    before = sealed_bytes(rig)
    leftover = int((rig.vm(THIRD) / "pid").read_text())
    playing = rig.start("campaign", **VARIABLES)
    playing.until(lambda: rig.sealed() == {FIRST, SECOND}, "second cell")
    assert f"Begin {FIRST}" not in playing.said
    until_measuring(rig, playing, THIRD)
    assert int((rig.vm(THIRD) / "pid").read_text()) != leftover
    playing.interrupt()
    assert playing.status != 0
    assert rig.sealed() == {FIRST, SECOND}
    after = sealed_bytes(rig)
    assert {name: after[name] for name in before} == before


def test_the_last_run_completes_and_every_cell_counts_once(rig: Rig) -> None:
    before = sealed_bytes(rig)
    played = rig.play("site", **VARIABLES)
    assert played.status == 0, played.told
    assert rig.sealed() == {FIRST, SECOND, THIRD}
    assert f"Begin {SECOND}" not in played.said
    after = sealed_bytes(rig)
    assert {name: after[name] for name in before} == before
    rows = read_rows(rig)
    keys = Counter((row["repeat"], row["vm"], row["benchmark"], row["metric"]) for row in rows)
    assert set(keys.values()) == {1}
    scores = {row["repeat"] for row in rows if row["metric"] == "score"}
    assert scores == {"1", "2", "3"}
    assert case(rig, f"here.{THIRD}", "seal").find("failure") is None
    assert (rig.cell(SECOND) / "failures/1/failure.json").exists()
    assert (rig.cell(THIRD) / "failures/2/begun.json").exists()
    assert not left(rig)
    assert not [path for path in (rig.state / "run").rglob("*") if path.is_file()]


def test_another_run_has_nothing_to_do(rig: Rig) -> None:
    played = rig.play("site", **VARIABLES)
    assert played.status == 0
    assert played.changed == 0, played.said
    assert "Begin plain" not in played.said


def sealed_bytes(rig: Rig) -> dict[str, bytes]:
    """Every file of the sealed cells but the evidence of earlier failures."""
    files = [path for name in rig.sealed() for path in rig.cell(name).rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in files}


def read_rows(rig: Rig) -> list[dict[str, str]]:
    """The rows of results.csv."""
    with (rig.campaign / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
