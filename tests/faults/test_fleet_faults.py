"""VMs and the stamper of a fleet of two end when they should not: told at once, by name."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.faults.guests import answers, kill_qemu, measures
from tests.faults.rig import SUITE, cmdline

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.playing import Playing
    from tests.faults.rig import Rig

pytestmark = [pytest.mark.vm, pytest.mark.slow]

BOOT, STAMPER, BENCHMARK = "plain-2vm-r1", "plain-2vm-r2", "plain-2vm-r3"
BOOT_SECONDS: Final = 30
SOON: Final = 30
"""Seconds to notice, stop, collect and record; time-outs are minutes away."""


@pytest.fixture(scope="module")
def playing(rig: Rig) -> Playing:
    """A campaign of three cells, one for each fault."""
    return rig.start("campaign", testbed_fleet_sizes=[2], testbed_repeats=3, stress_ng_seconds=20)


def await_failure(rig: Rig, playing: Playing, cell: str, end: Callable[[], object]) -> str:
    """Do what ends something, and give the message of the failure that follows soon."""
    began = time.monotonic()
    end()
    playing.until((rig.cell(cell) / "failure.json").exists, "record of the failure")
    assert time.monotonic() - began < SOON
    message: str = rig.failure(cell)["message"]
    return message


def boots(rig: Rig, cell: str) -> bool:
    """Whether both VMs of a cell boot, and have said something."""
    logs = [rig.vm(cell, name) / "serial.jsonl" for name in ("vm1", "vm2")]
    return all(log.exists() and log.stat().st_size for log in logs)


def test_a_qemu_that_ends_in_mid_boot_is_named(rig: Rig, playing: Playing) -> None:
    playing.until(lambda: boots(rig, BOOT), "boot")
    message = await_failure(rig, playing, BOOT, lambda: kill_qemu(rig.vm(BOOT, "vm2")))
    assert "QEMU of vm2 ended unexpectedly" in message
    assert rig.failure(BOOT)["phase"] == "boot"


def test_a_stamper_that_ends_in_mid_boot_is_named(rig: Rig, playing: Playing) -> None:
    playing.until(lambda: boots(rig, STAMPER), "boot")
    pid = int((rig.vm(STAMPER).parent / "stamper.pid").read_text(encoding="utf-8"))
    message = await_failure(rig, playing, STAMPER, lambda: os.kill(pid, signal.SIGKILL))
    assert "the stamper of " in message
    assert "ended unexpectedly" in message
    assert rig.failure(STAMPER)["phase"] == "boot"


def test_a_qemu_that_ends_in_mid_benchmark_is_named(rig: Rig, playing: Playing) -> None:
    vms = rig.vm(BENCHMARK), rig.vm(BENCHMARK, "vm2")
    playing.until(lambda: all(map(answers, vms)) and measures(vms[1]), "benchmark")
    message = await_failure(rig, playing, BENCHMARK, lambda: kill_qemu(vms[1]))
    assert "QEMU of vm2 ended unexpectedly" in message
    assert "vm1" not in message
    assert rig.failure(BENCHMARK)["phase"] == f"benchmark_{SUITE}"
    playing.wait(120)
    assert rig.sealed() == set()


def test_a_vm_that_hangs_is_named_with_its_last_words_when_time_is_up(rig: Rig) -> None:
    hangs = f"{cmdline()} rdinit=/none panic=0"
    rig.play("campaign", fleet_cmdline=hangs, fleet_boot_timeout=BOOT_SECONDS)
    failure = rig.failure("plain-1vm-r1")
    assert f"1 of the VMs did not answer within {BOOT_SECONDS} s: vm1" in failure["message"]
    assert "Kernel panic" in failure["message"]
    assert "fleet_boot_timeout" in failure["hint"]
    assert failure["phase"] == "boot"
    assert failure["phases"][0]["seconds"] >= BOOT_SECONDS
