"""VMs and the stamper of a fleet of two end when they should not: told at once, by name."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from tests.faults.guests import answers, kill_qemu, measures
from tests.faults.rig import ROOT, SUITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.playing import Playing
    from tests.faults.rig import Rig

pytestmark = [pytest.mark.vm, pytest.mark.slow]

BOOT, STAMPER, BENCHMARK = "plain-2vm-r1", "plain-2vm-r2", "plain-2vm-r3"
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


def test_a_kernel_that_panics_ends_its_cell_at_once(rig: Rig) -> None:
    """As the fleet's own command line has it; the VM need not be waited for."""
    played = rig.play("campaign", fleet_cmdline=f"{cmdline()} rdinit=/none")
    assert played.status == 0, "cells failed, but campaign.yml alone does not judge"
    failure = rig.failure("plain-1vm-r1")
    assert "QEMU of vm1 ended unexpectedly" in failure["message"]
    assert "Kernel panic" in failure["message"]
    assert failure["phases"][0]["seconds"] < 60


def cmdline() -> str:
    """The default of the fleet role."""
    words = (ROOT / "roles/fleet/defaults/main.yml").read_text(encoding="utf-8")
    default: str = yaml.safe_load(words)["fleet_cmdline"]
    return default
