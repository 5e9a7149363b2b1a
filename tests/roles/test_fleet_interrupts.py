"""Interrupts keep off the VMs' processors, and go back: in a folder that stands for the host's."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from plugins.module_utils.fleet import interrupts, stopping
from plugins.module_utils.fleet.errors import FleetError
from plugins.module_utils.fleet.interrupts import NOTED, keep_off, restore_below
from plugins.module_utils.fleet.placement import Placement

PINNED = {
    "interrupts": True,
    "host_cpus": [0, 64],
    "vms": {"vm1": {"node": 0, "cpus": [8], "idle": [], "emulator_cpus": [0, 64]}},
}
FIXED = "31"
"""An interrupt that the kernel does not let anybody move."""


@pytest.fixture
def irqs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three interrupts on all processors, one of them fixed; nobody balances them."""
    folder = tmp_path / "irq"
    for number in ("9", "30", FIXED):
        (folder / number).mkdir(parents=True)
        (folder / number / "smp_affinity_list").write_text("0-127\n", "ascii")
    (folder / "default_smp_affinity").write_text("ffff\n", "ascii")
    monkeypatch.setattr(interrupts, "IRQS", folder)
    monkeypatch.setattr(interrupts, "PROC", tmp_path / "proc")
    (tmp_path / "proc").mkdir()
    refuse(monkeypatch, errno.EPERM, FIXED)
    return folder


def refuse(monkeypatch: pytest.MonkeyPatch, number: int, *irq: str) -> None:
    """Let writes to these interrupts fail."""
    write = Path.write_text

    def write_text(self: Path, *words: Any, **more: Any) -> int:  # noqa: ANN401  # as it is
        if self.parent.name in irq:
            raise OSError(number, "not this one", str(self))
        return write(self, *words, **more)

    monkeypatch.setattr(Path, "write_text", write_text)


def where(irqs: Path) -> dict[str, str]:
    """Processors of each interrupt."""
    return {p.parent.name: p.read_text("ascii").strip() for p in irqs.glob("*/smp_affinity_list")}


def test_they_move_and_go_back(irqs: Path, tmp_path: Path) -> None:
    fleet = tmp_path / "run/demo/plain-1vm-r1"
    fleet.mkdir(parents=True)
    placement = Placement.of(dict(PINNED))
    keep_off(fleet, placement)
    assert where(irqs) == {"9": "0,64", "30": "0,64", FIXED: "0-127"}
    assert placement.record["interrupts_moved"] == 2
    assert placement.record["interrupts_fixed"] == [FIXED]
    assert json.loads((fleet / NOTED).read_text("utf-8"))["before"]["30"] == "0-127"
    assert restore_below(tmp_path / "run") == 1
    assert where(irqs) == {"9": "0-127", "30": "0-127", FIXED: "0-127"}
    assert restore_below(tmp_path / "run") == 0


@pytest.mark.parametrize("way", [stopping.stop, stopping.remove])
def test_whoever_stops_a_fleet_puts_them_back(irqs: Path, tmp_path: Path, way: Any) -> None:  # noqa: ANN401
    fleet = tmp_path / "run/demo/plain-1vm-r1"
    fleet.mkdir(parents=True)
    keep_off(fleet, Placement.of(dict(PINNED)))
    assert stopping.bulky(fleet) == [fleet / NOTED]
    way(fleet)
    assert where(irqs)["30"] == "0-127"
    assert not (fleet / NOTED).exists()


def test_nothing_moves_unless_that_is_wanted(irqs: Path, tmp_path: Path) -> None:
    for record in ({}, {**PINNED, "interrupts": False}, {**PINNED, "vms": {}}):
        keep_off(tmp_path, Placement.of(record))
    assert set(where(irqs).values()) == {"0-127"}
    assert not (tmp_path / NOTED).exists()


def test_an_interrupt_that_is_gone_meanwhile_is_no_fault(irqs: Path, tmp_path: Path) -> None:
    keep_off(tmp_path, Placement.of(dict(PINNED)))
    (irqs / "30/smp_affinity_list").unlink()
    (irqs / "30").rmdir()
    restore_below(tmp_path)
    assert where(irqs)["9"] == "0-127"


def test_who_may_not_is_told(irqs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, errno.EACCES, "9")
    with pytest.raises(FleetError, match="interrupts are root's to move") as told:
        keep_off(tmp_path, Placement.of(dict(PINNED)))
    assert "ansible_become" in told.value.hint
    assert not (tmp_path / NOTED).exists()
    assert where(irqs)["9"] == "0-127"


def test_irqbalance_is_in_the_way(irqs: Path, tmp_path: Path) -> None:
    (tmp_path / "proc/77").mkdir()
    (tmp_path / "proc/77/comm").write_text("irqbalance\n", "ascii")
    with pytest.raises(FleetError, match=r"irqbalance runs \(process 77\)"):
        keep_off(tmp_path, Placement.of(dict(PINNED)))
    assert set(where(irqs).values()) == {"0-127"}
