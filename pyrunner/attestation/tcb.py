"""TCB versions: which firmware and microcode a chip runs, in the two layouts that there are.

Source: AMD 56860 "SEV Secure Nested Paging Firmware ABI Specification", section 2.2 (TCB_VERSION);
AMD 57230 "VCEK Certificate and KDS Interface Specification", the certificates' SPL extensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class TcbLayout(Enum):
    """What each of the eight bytes of a TCB version holds; ``""`` is reserved."""

    LEGACY = ("boot_loader", "tee", "", "", "", "", "snp", "microcode")
    """Family 19h: Milan and Genoa."""
    TURIN = ("fmc", "boot_loader", "tee", "snp", "", "", "", "microcode")
    """Family 1Ah and later: with the version of the first mutable code in front."""

    @classmethod
    def of_family(cls, family: int) -> TcbLayout:
        """Layout that processors of a combined CPUID family use."""
        return cls.TURIN if family >= FAMILY_TURIN else cls.LEGACY


FAMILY_TURIN = 0x1A
COMPONENTS = ("fmc", "boot_loader", "tee", "snp", "microcode")


@dataclass(frozen=True, slots=True)
class Tcb:
    """A TCB version.

    Attributes:
        layout: what the bytes mean.
        raw: the eight bytes as in the report, lowest first.
    """

    layout: TcbLayout
    raw: bytes

    @property
    def parts(self) -> dict[str, int]:
        """Component -> security version, in the layout's order."""
        return {
            name: value for name, value in zip(self.layout.value, self.raw, strict=True) if name
        }

    @property
    def reserved_is_zero(self) -> bool:
        """Whether no reserved byte is in use."""
        pairs = zip(self.layout.value, self.raw, strict=True)
        return not any(value for name, value in pairs if not name)

    def below(self, least: Mapping[str, int]) -> list[str]:
        """Components that are older than ``least`` wants, or that the layout lacks."""
        parts = self.parts
        return [name for name, value in least.items() if parts.get(name, -1) < value]

    def __str__(self) -> str:
        """All components in a line."""
        return " ".join(f"{name}={value}" for name, value in self.parts.items())
