"""Waiting for a fleet: what counts as an answer, and what is said when there is none."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from plugins.module_utils.fleet.errors import FleetError
from plugins.module_utils.fleet.vm import Vm
from plugins.module_utils.fleet.waiting import wait_ready
from tests.roles import fakes

if TYPE_CHECKING:
    from pathlib import Path

STARTED = {"t": 100.0, "source": "host", "event": "qemu_started"}


def two(folder: Path) -> tuple[Vm, Vm]:
    """Two VMs that have been started."""
    vms = Vm("vm1", folder / "vm1", 43001), Vm("vm2", folder / "vm2", 43002)
    for vm in vms:
        fakes.say(vm.dir, "host", STARTED)
    return vms


def answer(vm: Vm, seconds: float) -> None:
    """Note the SSH banner, `seconds` after the start."""
    fakes.say(vm.dir, "host", {"t": 100.0 + seconds, "source": "host", "event": "ssh_answers"})


def test_seconds_count_from_each_vms_own_start(tmp_path: Path) -> None:
    vms = two(tmp_path)
    answer(vms[0], 8.5)
    answer(vms[1], 9.25)
    assert wait_ready(list(vms), 0) == {"vm1": 8.5, "vm2": 9.25}


def test_waiting_ends_with_the_last_answer(tmp_path: Path) -> None:
    vms = two(tmp_path)
    answer(vms[0], 1)
    late = threading.Timer(0.5, answer, (vms[1], 2))
    with fakes.qemu(vms[1]):
        late.start()
        assert wait_ready(list(vms), 30) == {"vm1": 1, "vm2": 2}
    late.join()


def test_who_is_late_is_told_with_how_far_it_came(tmp_path: Path) -> None:
    vms = two(tmp_path)
    answer(vms[0], 1)
    fakes.say(vms[1].dir, "debugcon", {"t": 101.0, "byte": 16}, {"t": 102.0, "byte": 17})
    fakes.say(vms[1].dir, "serial", {"t": 103.0, "text": "Kernel panic - not syncing"})
    with fakes.qemu(vms[1]), pytest.raises(FleetError) as told:
        wait_ready(list(vms), 0.3)
    assert str(told.value) == (
        "1 of the VMs did not answer within 0 s: "
        "vm2 sent 2 boot events, its last words: Kernel panic - not syncing"
    )
    assert "fleet_boot_timeout" in told.value.hint


def test_a_qemu_that_is_gone_is_told_at_once(tmp_path: Path) -> None:
    vms = two(tmp_path)
    fakes.say(vms[1].dir, "serial", {"t": 103.0, "text": "testbed: fatal: no root file system"})
    with fakes.qemu(vms[0]):
        with fakes.qemu(vms[1]):
            pass
        with pytest.raises(FleetError) as told:
            wait_ready(list(vms), 600)
    assert str(told.value) == (
        "QEMU of vm2 ended unexpectedly; its log: said by QEMU; "
        "the VM's last words: testbed: fatal: no root file system"
    )
