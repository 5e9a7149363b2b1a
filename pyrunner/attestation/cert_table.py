"""The certificates that a host gives to its guests, as one table.

Source: AMD 56421 (GHCB), section "SNP Extended Guest Request": entries of GUID (16 bytes), offset
and length (4 bytes each, little-endian), a zero entry, then the certificates.
"""

from __future__ import annotations

import struct
import uuid
from typing import TYPE_CHECKING, Final

from pyrunner.errors import TestbedError

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRY: Final = struct.Struct("<16sII")
END: Final = bytes(ENTRY.size)
NAMES: Final = {
    uuid.UUID("63da758d-e664-4564-adc5-f4b93be8accd"): "VCEK",
    uuid.UUID("a8074bc2-a25a-483e-aae6-39c045a0b8a1"): "VLEK",
    uuid.UUID("4ab7b379-bbac-4fe4-a02f-05aef327c782"): "ASK",
    uuid.UUID("c0b406a4-a803-4952-9743-3fb6014cd0ae"): "ARK",
}


def read_table(data: bytes, source: str) -> dict[str, bytes]:
    """Take a table apart; entries of unknown GUIDs are left out.

    Args:
        data: the table, maybe with zeros behind it.
        source: what messages call it.

    Returns:
        Name (VCEK, VLEK, ASK, ARK) -> certificate as it is there, usually DER.

    Raises:
        TestbedError: it is no such table, or it is cut off.
    """
    found = {}
    for guid, offset, length in _entries(data, source):
        content = data[offset : offset + length]
        if len(content) != length:
            raise TestbedError(f"{source}: the table of certificates is cut off")
        if guid in NAMES:
            found[NAMES[guid]] = content
    return found


def _entries(data: bytes, source: str) -> Iterator[tuple[uuid.UUID, int, int]]:
    """Yield GUID, offset and length of all entries before the zero entry."""
    for at in range(0, len(data) - ENTRY.size + 1, ENTRY.size):
        if data[at : at + ENTRY.size] == END:
            return
        guid, offset, length = ENTRY.unpack_from(data, at)
        yield uuid.UUID(bytes=guid), offset, length
    raise TestbedError(f"{source}: the table of certificates has no end")
