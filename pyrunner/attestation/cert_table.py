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


def read_exact_table(data: bytes, source: str) -> dict[str, bytes]:
    """Take a table apart of which every byte has to mean something.

    Args:
        data: the table.
        source: what messages call it.

    Returns:
        As :func:`read_table`.

    Raises:
        TestbedError: also if an entry is unknown, empty or there twice, or if the certificates do
            not follow the table one after the other, in its order and up to the last byte.
    """
    entries = list(_entries(data, source))
    found: dict[str, bytes] = {}
    expected = ENTRY.size * (len(entries) + 1)
    for guid, offset, length in entries:
        name = NAMES.get(guid, "")
        if not name or name in found or not length:
            what = f"{name} twice or empty" if name else f"an unknown entry, {guid}"
            raise TestbedError(f"{source}: the table of certificates has {what}")
        if offset != expected:
            message = f"the {name} is at {offset:#x}, not behind what is before it, {expected:#x}"
            raise TestbedError(f"{source}: {message}")
        expected += length
        found[name] = data[offset:expected]
    if expected != len(data):
        message = f"the certificates end at {expected:#x} of {len(data):#x} bytes"
        raise TestbedError(f"{source}: {message}")
    return found


def _entries(data: bytes, source: str) -> Iterator[tuple[uuid.UUID, int, int]]:
    """Yield GUID, offset and length of all entries before the zero entry."""
    for at in range(0, len(data) - ENTRY.size + 1, ENTRY.size):
        if data[at : at + ENTRY.size] == END:
            return
        guid, offset, length = ENTRY.unpack_from(data, at)
        yield uuid.UUID(bytes=guid), offset, length
    raise TestbedError(f"{source}: the table of certificates has no end")
