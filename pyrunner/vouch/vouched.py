"""What came of verifying a VM's measurements, as measurement.json keeps it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

Status = Literal["verified", "failed", "skipped"]

NO_SVSM: Final = "no SVSM"
"""The one thing of a VM without one: its tool says so."""
EVIDENCE: Final = "evidence"
"""Stands for what makes all the others worth believing: signatures, report, nonces, counters."""
PROCESS: Final = "process"
"""The process that guest.sh starts, whose number and addresses are others each time."""
FIRMWARE: Final = "firmware"
"""Stands for all that the firmware measures, where it measures nothing."""
ALL: Final = "memory"
"""Stands for everything, where nothing could be measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One thing that was measured in a VM, or should have been.

    Attributes:
        name: its purpose (docs/measurement-protocol.md, section 4); ``process`` for the one of the
            test's process, whose number and addresses are another each time.
        said: what was found, in one line; why, if it is not verified.
        digest: hexadecimal; empty if nothing was measured.
        algorithm: ``sha384`` or ``sha512``.
        size: bytes measured.
        ranges: ranges of guest-physical memory that they were in.
    """

    name: str
    status: Status
    said: str
    digest: str = ""
    algorithm: str = ""
    size: int = 0
    ranges: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """A VM and all its things.

    Attributes:
        root: name of the root that the key's report ends in; empty without one.
        emulated: that root is none of AMD's.
        measurement: launch digest in that report, hexadecimal.
        key: id of the SVSM's key, hexadecimal.
    """

    vm: str
    things: tuple[Thing, ...]
    root: str = ""
    emulated: bool = False
    measurement: str = ""
    key: str = ""

    @property
    def status(self) -> Status:
        """``failed`` if anything is, else ``verified`` if anything is."""
        found = {thing.status for thing in self.things}
        order: tuple[Status, ...] = ("failed", "verified")
        return next((status for status in order if status in found), "skipped")

    @property
    def wrong(self) -> list[str]:
        """What failed, in words."""
        return [f"{it.name}: {it.said}" for it in self.things if it.status == "failed"]

    def as_dict(self) -> dict[str, Any]:
        """The VM for JSON."""
        return {"status": self.status, **asdict(self)}


def skipped(vm: str, reason: str, hint: str) -> Vouched:
    """A VM in which nothing could be measured."""
    said = f"{reason} — {hint}" if hint else reason
    return Vouched(vm=vm, things=(Thing(name=ALL, status="skipped", said=said),))
