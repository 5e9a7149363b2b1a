"""Boots with an SVSM: its phases come before the firmware's, on the same serial line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from pyrunner.errors import TestbedError
from pyrunner.parsers.boot import parse_boot
from tests.parsers.raw_factory import write_boot, write_stream

RECORDED: Final = Path(__file__).parent.parent / "data" / "parsers" / "boot_svsm" / "vm1"
START: Final = 1000.0
SVSM: Final = (
    (0.5, "[SVSM] COCONUT Secure Virtual Machine Service Module Version 8850f7bd766e"),
    (0.6, "[SVSM] Launching AP 1 with APIC-ID 1"),
    (0.875, "[SVSM] Launching Firmware"),
    (0.9, "[init] COCONUT-SVSM init process starting"),
    (0.91, "[request-loop on CPU 0] Launching request-processing task on CPU 0"),
)
"""Seconds since QEMU started, and what COCONUT-SVSM printed then."""


def write(folder: Path, *leave_out: str, **moved: float) -> Path:
    """Write a boot with an SVSM, whose firmware speaks after 1.25 s."""
    write_boot(folder, START, firmware_output=1.25, **moved)
    path = folder / "serial.jsonl"
    guest: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
    svsm = [
        {"t": START + seconds, "text": text}
        for seconds, text in SVSM
        if not any(word in text for word in leave_out)
    ]
    write_stream(folder, "serial", sorted([*guest, *svsm], key=lambda each: float(each["t"])))
    return folder


def test_the_svsms_phases_come_before_the_firmwares(tmp_path: Path) -> None:
    trace = parse_boot(write(tmp_path / "vm1"), "svsm")
    assert [(event.name, event.seconds) for event in trace.events[:5]] == [
        ("qemu_started", 0.0),
        ("svsm_output", 0.5),
        ("svsm_handover", 0.875),
        ("firmware_output", 1.25),
        ("kernel_start", 1.5),
    ]
    phases = list(trace.phases.items())[:4]
    assert phases == [("qemu", 0.5), ("svsm", 0.375), ("firmware_start", 0.375), ("firmware", 0.25)]
    assert sum(trace.phases.values()) == pytest.approx(2 * trace.phases["end_to_end"])


def test_a_recorded_boot_with_coconut_svsm() -> None:
    """An emulated VM: COCONUT-SVSM v2026.05-devel, Debian's OVMF and kernel."""
    trace = parse_boot(RECORDED, "svsm")
    assert [event.name for event in trace.events[1:4]] == [
        "svsm_output",
        "svsm_handover",
        "firmware_output",
    ]
    assert all(seconds > 0 for seconds in trace.phases.values())


def test_an_svsm_that_never_hands_over_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "vm1", "Launching Firmware")
    with pytest.raises(TestbedError, match=r"vm1: serial\.jsonl: event svsm_handover is missing"):
        parse_boot(folder, "svsm")


def test_a_vm_without_an_svsm_is_no_svsm_vm(tmp_path: Path) -> None:
    write_boot(tmp_path / "vm1", START)
    with pytest.raises(TestbedError, match="event svsm_handover is missing"):
        parse_boot(tmp_path / "vm1", "svsm")


def test_an_svsm_that_hands_over_twice_has_booted_twice(tmp_path: Path) -> None:
    folder = write(tmp_path / "vm1")
    path = folder / "serial.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    handover = next(line for line in lines if "Launching Firmware" in line)
    path.write_text("".join([*lines[:3], handover, *lines[3:]]))
    with pytest.raises(TestbedError, match=r"event svsm_handover is duplicated|goes backwards"):
        parse_boot(folder, "svsm")
