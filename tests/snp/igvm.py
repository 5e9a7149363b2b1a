"""Pack the test SVSM, with or without firmware, into an IGVM file (github.com/microsoft/igvm)."""

from __future__ import annotations

import struct
import uuid
import zlib
from dataclasses import dataclass
from typing import Final

PAGE: Final = 4096
BASE: Final = 0x8000000000
"""Where the SVSM's memory is; svsm/platform.h has the same addresses."""
TABLES: Final = BASE + 0x10000
SECRETS: Final = BASE + 0x20000
CPUID_PAGE: Final = BASE + 0x21000
PARAMETERS: Final = BASE + 0x22000
GHCB: Final = BASE + 0x23000
VMSA: Final = BASE + 0x24000
LAUNCH_VMSA: Final = BASE + 0x25000
SPARE: Final = BASE + 0x26000
DOORBELL: Final = BASE + 0x27000
AP_VMSA: Final = BASE + 0x28000
C_BIT: Final = 1 << 51
PRESENT_WRITABLE: Final = 3
HUGE: Final = 0x80

SUPPORTED_PLATFORM: Final = 1
GUEST_POLICY: Final = 0x101
PAGE_DATA: Final = 0x302
VP_CONTEXT: Final = 0x304
NORMAL, SECRETS_TYPE, CPUID_TYPE = 0, 1, 2
POLICY: Final = 0x30000

TABLE_FOOTER: Final = uuid.UUID("96b582de-1fb2-45f7-baea-a366c55a082d").bytes_le
SEV_METADATA: Final = uuid.UUID("dc886566-984a-4798-a75e-5585a7bf67cc").bytes_le


@dataclass(frozen=True)
class Page:
    """A page of the launch: its address, content (None for zeros) and kind."""

    gpa: int
    content: bytes | None
    kind: int = NORMAL


def _metadata_offset(firmware: bytes) -> int:
    """Find OVMF's SEV metadata by the table of GUIDs that ends 32 bytes before the image does."""
    end = len(firmware) - 32
    if firmware[end - 16 : end] != TABLE_FOOTER:
        raise ValueError("the firmware has no table of GUIDs")
    (length,) = struct.unpack_from("<H", firmware, end - 18)
    at = end - 18
    while at > end - length:
        (size,) = struct.unpack_from("<H", firmware, at - 18)
        if firmware[at - 16 : at] == SEV_METADATA:
            (offset,) = struct.unpack_from("<I", firmware, at - 22)
            return len(firmware) - int(offset)
        at -= size
    raise ValueError("the firmware has no metadata for SEV")


def firmware_sections(firmware: bytes) -> list[tuple[int, int, int]]:
    """Read (base, length, type) of what the firmware wants prepared; types as in OVMF."""
    at = _metadata_offset(firmware)
    signature, _, _, count = struct.unpack_from("<4sIII", firmware, at)
    if signature != b"ASEV":
        raise ValueError("the firmware's metadata for SEV is damaged")
    return [struct.unpack_from("<III", firmware, at + 16 + 12 * i) for i in range(count)]


def _parameters(firmware: bytes) -> bytes:
    """Fill host.c's struct parameters: all zeros without firmware."""
    if not firmware:
        return b""
    sections = firmware_sections(firmware)
    where = {kind: base for base, _, kind in sections}
    regions = b"".join(struct.pack("<QQ", base, length) for base, length, _ in sections)
    head = struct.pack("<4Q", where[2], where[3], where[4], len(sections))
    tail = struct.pack("<QQ", (1 << 32) - len(firmware), len(firmware))
    return head + regions.ljust(256, b"\0") + tail


def _entries(values: list[int]) -> bytes:
    return struct.pack(f"<{len(values)}Q", *values).ljust(PAGE, b"\0")


def _page_tables() -> list[bytes]:
    """Map the first 4 GiB and the SVSM's 2 MiB, all private but the GHCB and the doorbell."""

    def table(n: int) -> int:
        return (TABLES + PAGE * n) | C_BIT | PRESENT_WRITABLE

    pages = [BASE + PAGE * i for i in range(512)]
    return [
        _entries([table(1), table(2)]),
        _entries([(i << 30) | C_BIT | HUGE | PRESENT_WRITABLE for i in range(4)]),
        _entries([table(3)]),
        _entries([table(4)]),
        _entries([p | PRESENT_WRITABLE | (0 if p in (GHCB, DOORBELL) else C_BIT) for p in pages]),
    ]


def _launch_vmsa() -> bytes:
    """Start in 64-bit mode at BASE; offsets as in AMD 24593, table B-4."""
    vmsa = bytearray(PAGE)
    for offset in range(0, 0x60, 0x10):
        code = offset == 0x10
        values = (8, 0xA9B) if code else (16, 0xC93)
        struct.pack_into("<HHIQ", vmsa, offset, *values, 0xFFFFFFFF, 0)
    struct.pack_into("<HHIQ", vmsa, 0x70, 0, 0x82, 0xFFFF, 0)
    struct.pack_into("<HHIQ", vmsa, 0x90, 0, 0x8B, 0xFFFF, 0)
    registers = {
        0x0D0: 0x1D00,  # EFER: SVME, NXE, LMA, LME
        0x148: 0x620,  # CR4: PAE, OSFXSR, OSXMMEXCPT
        0x150: TABLES | C_BIT,
        0x158: 0x80010033,
        0x160: 0x400,
        0x168: 0xFFFF0FF0,
        0x170: 2,
        0x178: BASE,
        0x268: 0x0007040600070406,
        0x3B0: 0x29,  # SEV-SNP, restricted injection, debug swap
        0x3E8: 1,
    }
    for offset, value in registers.items():
        struct.pack_into("<Q", vmsa, offset, value)
    return bytes(vmsa)


def _pages(svsm: bytes, firmware: bytes) -> list[Page]:
    if len(svsm) > TABLES - BASE:
        raise ValueError("the test SVSM is too large")
    code = svsm.ljust(-(-len(svsm) // PAGE) * PAGE, b"\0")
    pages = [Page(BASE + o, code[o : o + PAGE]) for o in range(0, len(code), PAGE)]
    pages += [Page(TABLES + PAGE * i, table) for i, table in enumerate(_page_tables())]
    pages.append(Page(SECRETS, None, SECRETS_TYPE))
    pages.append(Page(CPUID_PAGE, None, CPUID_TYPE))
    pages.append(Page(PARAMETERS, _parameters(firmware).ljust(PAGE, b"\0")))
    pages += [Page(gpa, None) for gpa in (GHCB, VMSA, SPARE, DOORBELL, AP_VMSA)]
    top = (1 << 32) - len(firmware)
    return pages + [Page(top + o, firmware[o : o + PAGE]) for o in range(0, len(firmware), PAGE)]


def _header(kind: int, content: bytes) -> bytes:
    return struct.pack("<II", kind, len(content)) + content + b"\0" * (-len(content) % 8)


def pack(svsm: bytes, firmware: bytes = b"") -> bytes:
    """Make the IGVM file.

    Args:
        svsm: the SVSM's memory from BASE on.
        firmware: an OVMF image for VMPL2, or nothing.

    Raises:
        ValueError: the firmware lacks metadata for SEV, or the SVSM is too large.
    """
    pages = _pages(svsm, firmware)
    first = _header(SUPPORTED_PLATFORM, struct.pack("<IBBHQ", 1, 0, 2, 1, 0))
    first += _header(GUEST_POLICY, struct.pack("<QII", POLICY, 1, 0))
    size = len(first) + len(pages) * (8 + 24) + 8 + 24
    data_at = -(-(24 + size) // PAGE) * PAGE
    headers, data = first, b""
    blobs: list[bytes] = []
    at = data_at
    for page in pages:
        where = at if page.content is not None else 0
        headers += _header(PAGE_DATA, struct.pack("<QIIIHH", page.gpa, 1, where, 0, page.kind, 0))
        if page.content is not None:
            blobs.append(page.content)
            at += PAGE
    headers += _header(VP_CONTEXT, struct.pack("<QIIHH", LAUNCH_VMSA, 1, at, 0, 0))
    data = b"".join(blobs) + _launch_vmsa()
    fixed = struct.pack("<IIIII", 0x4D564749, 1, 24, len(headers), data_at + len(data))
    checksum = zlib.crc32(fixed + b"\0\0\0\0" + headers)
    return (fixed + struct.pack("<I", checksum) + headers).ljust(data_at, b"\0") + data
