"""The SVSM's key and what proves that it is an SVSM's.

Source: docs/measurement-protocol.md, section 3.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pyrunner.measurement import layout
from pyrunner.measurement.reasons import MeasurementError, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEvidence:
    """Key evidence; nothing of it is to be believed before it is verified.

    Attributes:
        nonce: for the purpose ``key``, 64 bytes.
        public_key: X and Y, 48 bytes big-endian each.
        report: attestation report, 1,184 bytes.
        certificates: table of certificates; empty if there are none.
    """

    nonce: bytes
    public_key: bytes
    report: bytes
    certificates: bytes

    @property
    def key_id(self) -> bytes:
        """What records call the key, 48 bytes."""
        return hashlib.sha384(self.public_key).digest()

    @property
    def report_data(self) -> bytes:
        """REPORT_DATA that binds key and nonce to an SVSM, 64 bytes."""
        return hashlib.sha512(layout.KEY_LABEL + self.public_key + self.nonce).digest()


def read_key_evidence(raw: bytes) -> KeyEvidence:
    """Take key evidence apart.

    Args:
        raw: all bytes of it, and no more.

    Raises:
        MeasurementError: it is no key evidence of version 1 in form (reasons ``key_*``).
    """
    if len(raw) < layout.KEY.size:
        raise _wrong(Reason.KEY_SIZE, f"has {len(raw)} bytes, not {layout.KEY.size} or more")
    magic, version, reserved, size, nonce, public_key, report = layout.KEY.unpack_from(raw)
    if magic != layout.KEY_MAGIC:
        raise _wrong(Reason.KEY_MAGIC, f"begins with {magic.hex()}: it is none")
    if version != layout.VERSION:
        raise _wrong(Reason.KEY_VERSION, f"has version {version}; known is 1")
    if reserved:
        raise _wrong(Reason.KEY_RESERVED, "has reserved bytes that are not zero")
    certificates = raw[layout.KEY.size :]
    if len(certificates) != size:
        message = f"has {len(certificates)} bytes of certificates, and says {size}"
        raise _wrong(Reason.KEY_SIZE, message)
    return KeyEvidence(nonce=nonce, public_key=public_key, report=report, certificates=certificates)


def _wrong(reason: Reason, what: str) -> MeasurementError:
    return MeasurementError.of(reason, f"the key evidence {what}")
