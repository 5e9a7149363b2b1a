"""Where things are in evidence, key evidence, records and ranges, all in bytes.

Source: docs/measurement-protocol.md, sections 2 (record), 3 (key evidence) and 6 (evidence).
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Final

VERSION: Final = 1
NONCE: Final = 64
PUBLIC_KEY: Final = 96
SCALAR: Final = 48
"""Bytes of a coordinate, of R, and of S."""

EVIDENCE_MAGIC: Final = b"SVSMEVID"
EVIDENCE: Final = struct.Struct("<8sHHIII")
"""Magic, version, number of entries, size of key evidence, size of the file, reserved."""
PURPOSE_SIZE: Final = struct.Struct("<H")
RECORD_SIZE: Final = struct.Struct("<I")

KEY_MAGIC: Final = b"SVSMMKEY"
KEY: Final = struct.Struct("<8sHHI64s96s1184s")
"""Magic, version, reserved, size of certificates, nonce, public key, report."""
KEY_LABEL: Final = b"svsm-testbed measurement key v1\0"

RECORD_MAGIC: Final = b"SVSMMEAS"
RECORD: Final = struct.Struct("<8sHHIQQ64s64s48s48s")
"""Magic, version, algorithm, range count, counter, total, nonce, digest, key id, reserved."""
RANGE: Final = struct.Struct("<QQ")
SIGNATURE: Final = 96

ADDRESSES: Final = 1 << 64


class Algorithm(IntEnum):
    """Hash algorithm of a record: its number in records and requests."""

    SHA384 = 1
    SHA512 = 2

    @property
    def word(self) -> str:
        """Name as hashlib and reference files have it."""
        return self.name.lower()

    @property
    def size(self) -> int:
        """Bytes of a digest."""
        return 48 if self is Algorithm.SHA384 else 64

    @classmethod
    def named(cls, word: str) -> Algorithm | None:
        """Find an algorithm by its word."""
        return {each.word: each for each in cls}.get(word)
