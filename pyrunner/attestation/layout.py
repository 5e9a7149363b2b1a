"""Where things are in an attestation report, and which bytes of it must be zero.

Source: AMD 56860, section 7.3, table "ATTESTATION_REPORT Structure", and the appendix on the format
of a signature with ECDSA P-384 (144 of 512 bytes in use: R and S, 72 bytes each, lowest first).
"""

from __future__ import annotations

from typing import Final

LENGTH: Final = 0x4A0
VERSIONS: Final = (2, 3, 4, 5)
"""Version 4 has the fields of version 3."""
CPUID_SINCE: Final = 3
MITIGATIONS_SINCE: Final = 5
ECDSA_P384_SHA384: Final = 1

INTEGERS: Final = {
    "version": (0x000, 4),
    "guest_svn": (0x004, 4),
    "policy": (0x008, 8),
    "vmpl": (0x030, 4),
    "signature_algorithm": (0x034, 4),
    "platform_info": (0x040, 8),
    "key_info": (0x048, 4),
}
"""Name -> offset and size in bytes, lowest byte first."""

BLOBS: Final = {
    "family_id": (0x010, 16),
    "image_id": (0x020, 16),
    "report_data": (0x050, 64),
    "measurement": (0x090, 48),
    "host_data": (0x0C0, 32),
    "id_key_digest": (0x0E0, 48),
    "author_key_digest": (0x110, 48),
    "report_id": (0x140, 32),
    "report_id_ma": (0x160, 32),
    "chip_id": (0x1A0, 64),
}

TCBS: Final = {
    "current_tcb": (0x038, 8),
    "reported_tcb": (0x180, 8),
    "committed_tcb": (0x1E0, 8),
    "launch_tcb": (0x1F0, 8),
}

CPUID: Final = 0x188
"""Family, model and stepping, a byte each."""
CURRENT_FIRMWARE: Final = 0x1E8
COMMITTED_FIRMWARE: Final = 0x1EC
"""Build, minor and major, a byte each."""
LAUNCH_MIT_VECTOR: Final = (0x1F8, 8)
CURRENT_MIT_VECTOR: Final = (0x200, 8)

SIGNATURE: Final = 0x2A0
"""Bytes before it are signed."""
COMPONENT: Final = 72
"""Bytes of R, and of S."""
SCALAR: Final = 48
"""Bytes of a component that a P-384 scalar needs; the rest is padding."""


def reserved(version: int) -> tuple[tuple[int, int], ...]:
    """Ranges (first byte, byte after the last) that must be zero in a report of ``version``."""
    return (
        (0x04C, 0x050),
        (CPUID + 3 if version >= CPUID_SINCE else CPUID, 0x1A0),
        (CURRENT_FIRMWARE + 3, COMMITTED_FIRMWARE),
        (COMMITTED_FIRMWARE + 3, 0x1F0),
        (0x208 if version >= MITIGATIONS_SINCE else 0x1F8, SIGNATURE),
    )


PADDING: Final = (
    (SIGNATURE + SCALAR, SIGNATURE + COMPONENT),
    (SIGNATURE + COMPONENT + SCALAR, SIGNATURE + 2 * COMPONENT),
    (SIGNATURE + 2 * COMPONENT, LENGTH),
)
"""Ranges of the signature that must be zero."""
