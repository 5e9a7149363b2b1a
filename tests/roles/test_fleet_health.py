"""What is told at once while a fleet runs: a QEMU or stamper that goes, a disk that fills."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from plugins.module_utils.fleet import health
from plugins.module_utils.fleet.errors import FleetError
from plugins.module_utils.fleet.health import await_end, require_healthy
from plugins.module_utils.fleet.vm import Vm
from tests.roles import fakes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def vm(tmp_path: Path) -> Vm:
    """A VM of a fleet."""
    return Vm("vm1", tmp_path / "fleet/vm1", 43001)


def test_a_fleet_whose_stamper_runs_is_healthy(vm: Vm) -> None:
    fleet = vm.dir.parent
    with fakes.qemu(vm), fakes.process("stamper.py", str(vm.dir)) as stamper:
        require_healthy([vm])
        (fleet / "stamper.pid").write_text(f"{stamper.pid}\n", encoding="utf-8")
        require_healthy([vm])


def test_a_stamper_that_is_gone_is_told_with_its_log(vm: Vm) -> None:
    fleet = vm.dir.parent
    with fakes.qemu(vm):
        with fakes.process("stamper.py", str(vm.dir)) as stamper:
            (fleet / "stamper.pid").write_text(f"{stamper.pid}\n", encoding="utf-8")
        (fleet / "stamper.log").write_text("OSError: [Errno 5]", encoding="utf-8")
        with pytest.raises(FleetError, match=r"stamper of .*fleet ended .*OSError: \[Errno 5\]"):
            require_healthy([vm])


def test_a_full_disk_is_told_with_its_path(vm: Vm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_BYTES", 1 << 60)
    with fakes.qemu(vm), pytest.raises(FleetError, match=r"fleet: no space is left on the disk"):
        require_healthy([vm])


def test_a_fleet_whose_folder_is_gone_is_told(vm: Vm) -> None:
    with pytest.raises(FleetError, match="fleet is gone") as told:
        require_healthy([vm])
    assert "tear" in told.value.hint


def test_a_qemu_that_is_about_to_be_gone_is_blamed(vm: Vm) -> None:
    with fakes.qemu(vm) as qemu:
        ending = threading.Timer(0.3, qemu.kill)
        ending.start()
        with pytest.raises(FleetError, match="QEMU of vm1 ended unexpectedly"):
            await_end(vm)
        ending.join()


def test_a_qemu_that_stays_is_not_blamed(vm: Vm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "GRACE_SECONDS", 0.3)
    with fakes.qemu(vm):
        await_end(vm)
