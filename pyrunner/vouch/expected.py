"""What the measurements of a cell's VMs have to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pyrunner.errors import TestbedError
from pyrunner.files import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyrunner.model import Variant

THINGS: Final = ("kernel-text", "kernel-rodata", "module:svsm_measure")
"""What guest.sh has measured by name, beside a process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the VMs of a cell are measured against.

    Attributes:
        variant: what they are; only those with an SVSM can be measured.
        nonce: bytes that were made for this attempt.
        trust_root: emulated root certificate, PEM; empty trusts AMD's.
        launch_digest: of the SVSM's image, 48 bytes.
        firmware: whether the firmware measures what it starts.
        references: purpose of the firmware -> algorithm -> digest, hexadecimal.
    """

    variant: Variant
    nonce: bytes
    trust_root: str = ""
    launch_digest: bytes = b""
    firmware: bool = False
    references: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, variant: Variant, nonce: str, host: Mapping[str, Any]) -> Expected:
        """Take it from what is kept of an attempt and its host.

        Args:
            variant: of the cell.
            nonce: hexadecimal, from begun.json.
            host: the host's entry in campaign.json, with ``attestation`` and ``measurement``.
        """
        attestation, measurement = host.get("attestation", {}), host.get("measurement", {})
        return cls(
            variant=variant,
            nonce=bytes.fromhex(nonce),
            trust_root=str(attestation.get("trust_root", "")),
            launch_digest=bytes.fromhex(attestation.get("measurements", {}).get(variant, "")),
            firmware=measurement.get("firmware") is True,
            references=measurement.get("references", {}),
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What one VM alone has in its memory.

    Attributes:
        process: content of the process's memory.
        command_line: the kernel's, as QEMU was given it.
    """

    process: bytes
    command_line: bytes


def command_line(arguments: Path) -> bytes:
    """The kernel's command line that a VM was started with.

    Args:
        arguments: its ``qemu.args``, an option a line.

    Raises:
        TestbedError: the file is missing or has no such line.
    """
    for line in read_text(arguments).splitlines():
        option, _, value = line.strip().partition(" ")
        if option == "-append":
            return value.strip().encode()
    raise TestbedError(f"{arguments}: it has no -append: which command line was measured?")
