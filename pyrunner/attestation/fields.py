"""Fields of an attestation report that hold several things.

Source: AMD 56860, section 4.3 (guest policy) and section 7.3 (ATTESTATION_REPORT, PLATFORM_INFO).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final


class GuestPolicy(IntFlag):
    """What the guest's owner allows and demands, beside the lowest ABI version (bits 15:0)."""

    SMT = 1 << 16
    RESERVED_ONE = 1 << 17
    MIGRATE_MA = 1 << 18
    DEBUG = 1 << 19
    SINGLE_SOCKET = 1 << 20
    CXL_ALLOW = 1 << 21
    MEM_AES_256_XTS = 1 << 22
    RAPL_DIS = 1 << 23
    CIPHERTEXT_HIDING_DRAM = 1 << 24
    PAGE_SWAP_DISABLE = 1 << 25


class PlatformInfo(IntFlag):
    """How the host is set up."""

    SMT_EN = 1 << 0
    TSME_EN = 1 << 1
    ECC_EN = 1 << 2
    RAPL_DIS = 1 << 3
    CIPHERTEXT_HIDING_DRAM_EN = 1 << 4
    ALIAS_CHECK_COMPLETE = 1 << 5
    TIO_EN = 1 << 7


POLICY_BITS: Final = 0xFFFF | sum(GuestPolicy)
PLATFORM_BITS: Final = sum(PlatformInfo)
KEY_BITS: Final = 0b11111
NO_VMPL: Final = 0xFFFF_FFFF
"""VMPL of a report that the host asked for, not the guest (SNP_HV_REPORT_REQ)."""


class SigningKey(IntEnum):
    """Which key signed a report: bits 4:2 of the word at 48h."""

    VCEK = 0
    VLEK = 1
    NONE = 7


@dataclass(frozen=True, slots=True)
class Cpuid:
    """Processor that made a report: combined family and model, and stepping (version 3 on)."""

    family: int
    model: int
    stepping: int

    @property
    def product(self) -> str:
        """Product line as certificates name it; empty if this program does not know the model.

        Source: AMD 57230, table of product names; models as in the SEV firmware's downloads.
        """
        for family, models, name in _PRODUCTS:
            if self.family == family and self.model in models:
                return name
        return ""


_PRODUCTS: Final = (
    (0x19, range(0x10), "Milan"),
    (0x19, range(0x10, 0x20), "Genoa"),
    (0x19, range(0xA0, 0xB0), "Genoa"),  # Bergamo and Siena: certified as Genoa
    (0x1A, range(0x12), "Turin"),
)


@dataclass(frozen=True, slots=True)
class FirmwareVersion:
    """Version of the SEV firmware."""

    major: int
    minor: int
    build: int

    def __str__(self) -> str:
        """Write it as AMD does."""
        return f"{self.major}.{self.minor}.{self.build}"
