"""Make a program for UEFI that returns an error at once (UEFI 2.10, section 2.1.1; PE32+)."""

from __future__ import annotations

import struct
from typing import Final

ALIGNMENT: Final = 0x1000
BASE_OF_CODE: Final = 0x1000
CODE: Final = bytes.fromhex("48b80300000000000080" + "c3")
"""mov rax, EFI_UNSUPPORTED; ret"""


def failing_program() -> bytes:
    """Give a program that the firmware can load, and whose start fails."""
    dos = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40)
    # x64, one section, no symbols, an executable that may be loaded anywhere
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 0xF0, 0x22)
    sizes = (ALIGNMENT, 0, 0)
    optional = struct.pack("<HBBIIIII", 0x20B, 0, 0, *sizes, BASE_OF_CODE, BASE_OF_CODE)
    optional += struct.pack("<QII", 0, ALIGNMENT, ALIGNMENT)
    optional += struct.pack("<HHHHHHIIII", 0, 0, 0, 0, 0, 0, 0, 2 * ALIGNMENT, ALIGNMENT, 0)
    optional += struct.pack("<HHQQQQII", 10, 0, 0, 0, 0, 0, 0, 16) + bytes(16 * 8)
    section = b".text\0\0\0" + struct.pack("<IIII", ALIGNMENT, BASE_OF_CODE, ALIGNMENT, ALIGNMENT)
    section += struct.pack("<IIHHI", 0, 0, 0, 0, 0x60000020)
    head = (dos + coff + optional + section).ljust(ALIGNMENT, b"\0")
    return head + CODE.ljust(ALIGNMENT, b"\0")
