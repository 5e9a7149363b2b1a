"""What a record is for, as text that is hashed into its nonce.

Source: docs/measurement-protocol.md, section 4.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from pyrunner.measurement.reasons import MeasurementError, Reason

KEY: Final = "key"
"""The purpose of key evidence; nothing is measured for it."""
FIRMWARE: Final = ("firmware:kernel", "firmware:initrd", "firmware:cmdline")
"""In the order in which the firmware measures what there is of them."""
ALWAYS: Final = (FIRMWARE[0], FIRMWARE[-1])
"""What is there of them if there is anything."""
FIRMWARE_NONCE: Final = bytes(64)
LONGEST: Final = 200

NAMED: Final = re.compile(
    r"(?P<thing>kernel-text|kernel-rodata|firmware:(?:kernel|initrd|cmdline)"
    r"|module:[A-Za-z0-9._-]+"
    r"|process:[0-9]+:(?:0x)?[0-9a-f]{1,16}:(?P<length>(?:0x)?[0-9a-f]{1,16})"
    r"|phys:(?P<gpa>(?:0x)?[0-9a-f]{1,16}):(?P<size>(?:0x)?[0-9a-f]{1,16}))"
    r"(?:/(?P<part>[1-9][0-9]{0,8}))?"
)


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose, taken apart.

    Attributes:
        text: as it is in evidence, and hashed.
        thing: without the number of a part.
        part: 1 for ``/1`` and so on; None if it is not a part.
        gpa: address that a ``phys:`` purpose names; None in all others.
        length: bytes that a ``phys:`` or ``process:`` purpose names; None in all others.
    """

    text: str
    thing: str
    part: int | None
    gpa: int | None
    length: int | None

    @property
    def firmware(self) -> bool:
        """Whether the firmware measures it."""
        return self.thing in FIRMWARE

    def nonce(self, verifiers: bytes) -> bytes:
        """The nonce that stands in a record for this purpose, 64 bytes.

        Args:
            verifiers: the verifier's nonce, 64 bytes; the firmware does not know it.
        """
        return nonce_for(self.text, FIRMWARE_NONCE if self.firmware else verifiers)


def nonce_for(purpose: str, nonce: bytes) -> bytes:
    """The nonce for a purpose, 64 bytes: SHA-512 of nonce and text."""
    return hashlib.sha512(nonce + purpose.encode("ascii")).digest()


def read_purpose(text: str) -> Purpose:
    """Take a purpose apart.

    Raises:
        MeasurementError: it is none that version 1 knows (reason ``purpose``).
    """
    found = NAMED.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise MeasurementError.of(Reason.PURPOSE, f"{text[:LONGEST]!r} is no purpose of a record")
    length = found["length"] or found["size"]
    return Purpose(
        text=text,
        thing=found["thing"],
        part=int(found["part"]) if found["part"] else None,
        gpa=int(found["gpa"], 16) if found["gpa"] else None,
        length=int(length, 16) if length else None,
    )
