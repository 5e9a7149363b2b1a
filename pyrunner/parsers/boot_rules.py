"""The events of a boot as tables: to know one more event, add one row.

Each event is seen in one stamped stream, in this order, and ends the phase that it names. VMs with
an SVSM have more events than others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyrunner.model import Variant
    from pyrunner.parsers.streams import Record


@dataclass(frozen=True)
class Rule:
    """How one event is seen.

    Attributes:
        event: name of the event.
        source: the stream that shows it: ``host``, ``serial`` or ``debugcon``.
        sightings: gives the times, in s of the host's clock, at which a stream shows it.
        phase: the phase from the event before to this one; empty for the first.
        burst: several sightings are one event as long as they come before the next event.
    """

    event: str
    source: str
    sightings: Callable[[Sequence[Record]], list[float]]
    phase: str
    burst: bool = False


def named(event: str) -> Callable[[Sequence[Record]], list[float]]:
    """Match records of the host's own events."""
    return lambda records: [r.t for r in records if r.data.get("event") == event]


def first_record(records: Sequence[Record]) -> list[float]:
    """Match the first record of all."""
    return [record.t for record in records[:1]]


def text(*markers: str) -> Callable[[Sequence[Record]], list[float]]:
    """Match lines with the first of ``markers`` that appears at all."""

    def sightings(records: Sequence[Record]) -> list[float]:
        for marker in markers:
            seen = [r.t for r in records if marker in str(r.data.get("text", ""))]
            if seen:
                return seen
        return []

    return sightings


def following(marker: str, *not_by: str) -> Callable[[Sequence[Record]], list[float]]:
    """Match the first line behind one with `marker` that none of `not_by` begins."""

    def sightings(records: Sequence[Record]) -> list[float]:
        lines = [(r.t, str(r.data.get("text", ""))) for r in records]
        at = [number for number, (_, line) in enumerate(lines) if marker in line]
        behind = lines[at[0] + 1 :] if at else []
        return [t for t, line in behind if line and not line.startswith(not_by)][:1]

    return sightings


def byte(value: int) -> Callable[[Sequence[Record]], list[float]]:
    """Match a byte that the guest wrote to the debug console."""
    return lambda records: [r.t for r in records if r.data.get("byte") == value]


DEBUGCON_BYTES: Final = {0x10: "init_start", 0x11: "userspace_start", 0x12: "userspace_ready"}
"""Bytes that every guest writes, and the event of each."""

FINER_BYTES: Final = {
    0x01: "firmware_sec",
    0x02: "firmware_dxe",
    0x03: "firmware_bds",
    0x04: "kernel_image_started",
    0x05: "boot_services_left",
    0x08: "kernel_reached",
    0x09: "kernel_runs_init",
}
"""Bytes of patched firmware and kernels (patches/ovmf, patches/linux): events without a phase."""

FINER_HOST: Final = ("qemu_ready", "vcpus_released")
"""Events of the host's that only VMs with processors of their own have: stopped, pinned, let go."""

START: Final = Rule("qemu_started", "host", named("qemu_started"), "")
GUEST: Final = (
    Rule("kernel_start", "serial", text("EFI stub:", "Linux version"), "firmware", burst=True),
    Rule("init_start", "debugcon", byte(0x10), "kernel"),
    Rule("userspace_start", "debugcon", byte(0x11), "initramfs"),
    Rule("userspace_ready", "debugcon", byte(0x12), "userspace"),
    Rule("ssh_answers", "host", named("ssh_answers"), "ssh"),
)
"""From the kernel on: the same in all variants."""

SVSM_SAYS: Final = ("[SVSM]", "[init]", "[request-loop")
HANDOVER: Final = "Launching Firmware"
"""What COCONUT-SVSM prints before its guest's firmware runs (kernel/src/platform/snp_fw.rs)."""

RULES: Final = (START, Rule("firmware_output", "serial", first_record, "qemu"), *GUEST)
"""VMs without an SVSM."""

SVSM_RULES: Final = (
    START,
    Rule("svsm_output", "serial", first_record, "qemu"),
    Rule("svsm_handover", "serial", text(HANDOVER), "svsm"),
    Rule("firmware_output", "serial", following(HANDOVER, *SVSM_SAYS), "firmware_start"),
    *GUEST,
)
"""VMs with COCONUT-SVSM, whose console is the guest's serial line."""


def rules_of(variant: Variant) -> tuple[Rule, ...]:
    """Give the events of a variant's boot, in order."""
    return SVSM_RULES if variant == "svsm" else RULES


END_TO_END: Final = "end_to_end"
SOURCES: Final = {"host": False, "serial": True, "debugcon": True}
"""The streams of a VM, and whether each must say where it ends."""

ONCE: Final = (("serial", "Linux version"),)
"""Lines that one boot prints at most once; a second one is a second boot."""

SPOKEN: Final = {
    "init_start": ("kernel_start", "userspace_ready"),
    "userspace_start": ("init_start", "ssh_answers"),
    "userspace_ready": ("userspace_start", None),
}
"""Events that the guest also tells on serial with its name, and the events between which."""
