"""The RMP table: how much of the memory it covers, from what the kernel's log says.

Linux prints the table's range, or with a segmented table what each segment covers, and before it
the BIOS's memory map (arch/x86/virt/svm/sev.c, arch/x86/kernel/e820.c). The registers that hold the
range (MSR C001_0132 and C001_0133) are for root with module msr only; snphost reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .check import Check, Topic

if TYPE_CHECKING:
    from .cpu import Cpu
    from .snp import Snp
    from .snphost import Snphost

RMP = Topic("snp.rmp", "Memory that the RMP table covers")

BOOKKEEPING: Final = 0x4000
"""Bytes at the start of a table that hold no entries (RMPTABLE_CPU_BOOKKEEPING_SZ)."""

ENTRY: Final = 16
PAGE: Final = 4096
GIB: Final = 1 << 30

RAM: Final = re.compile(
    r"BIOS-e820: \[mem 0x([0-9a-f]+)-0x([0-9a-f]+)\] (?:usable|System RAM)\b", re.IGNORECASE
)
RANGE: Final = re.compile(r"RMP table physical (?:range|address) \[?0x([0-9a-f]+) - 0x([0-9a-f]+)")
SEGMENT: Final = re.compile(r"RMP segment \d+ .*covering \[0x([0-9a-f]+) - 0x([0-9a-f]+)\]")
SHORT: Final = re.compile(
    r"does not cover full system RAM \(expected 0x([0-9a-f]+) got 0x([0-9a-f]+)\)"
)
COVERAGE: Final = (
    "Set SNP Memory (RMP Table) Coverage in the BIOS to Enabled, which means all of the memory; "
    "Custom with too few MB is what most often leads here"
)
LOOK_AGAIN: Final = (
    "Look while the log is whole: journalctl -k -b | grep RMP; snphost reads the table's range, too"
)

Span = tuple[int, int]
"""First and last byte of a range."""


@dataclass(frozen=True)
class Rmp:
    """What the log says of the table.

    Attributes:
        covered: the memory that has entries, in ranges; empty if the log does not tell.
        ram: the memory that the BIOS gave to Linux, in ranges; empty if the log does not tell.
        refused: bytes of a table that was too small, and of one that would do; None if none was.
    """

    covered: tuple[Span, ...]
    ram: tuple[Span, ...]
    refused: tuple[int, int] | None

    @property
    def uncovered(self) -> int:
        """Bytes of memory without an entry."""
        return sum(_outside(span, self.covered) for span in self.ram)


def read_rmp(log: str) -> Rmp:
    """Find the table and the memory map in the kernel's log."""
    segments = _spans(SEGMENT, log)
    tables = _spans(RANGE, log)
    short = SHORT.search(log)
    covered = segments or [(0, covers(last - first + 1) - 1) for first, last in tables[:1]]
    return Rmp(
        covered=tuple(covered),
        ram=tuple(_spans(RAM, log)),
        refused=(int(short[2], 16), int(short[1], 16)) if short else None,
    )


def covers(table: int) -> int:
    """Bytes of memory for which a table of so many bytes has entries."""
    return max(0, table - BOOKKEEPING) // ENTRY * PAGE


def check_rmp(snp: Snp, cpu: Cpu, told: Snphost, memory_mib: int) -> Check:
    """Memory without an entry cannot be given to an SEV-SNP guest."""
    rmp = snp.rmp
    if rmp.refused:
        got, wanted = map(covers, rmp.refused)
        detail = f"the table covers {_gib(got)} of {_gib(wanted)} GiB, so Linux does not use it"
        return RMP.found("missing", detail, COVERAGE)
    covered = rmp.covered or told.rmp_covered
    if not covered and not (snp.cpu_flag or cpu.built_for_snp):
        return RMP.found("missing", "no SEV-SNP, no table", "First cpu.sev_snp must be ok")
    if not covered:
        return _without(snp)
    return _coverage(Rmp(covered, rmp.ram, None), memory_mib << 20)


def _without(snp: Snp) -> Check:
    """No table is known of."""
    if snp.log_problem:
        return RMP.found("missing", "the kernel's log is not readable", "First snp.init must be ok")
    if any("has not been reserved by BIOS" in line for line in snp.log):
        detail = "the BIOS reserved no memory for it"
        return RMP.found("missing", detail, COVERAGE)
    return RMP.found("missing", "the kernel's log does not tell of it", LOOK_AGAIN)


def _coverage(rmp: Rmp, memory: int) -> Check:
    """Compare a table with the memory map; without one, with the size of the memory."""
    covered = sum(last - first + 1 for first, last in rmp.covered)
    lacking = rmp.uncovered if rmp.ram else max(0, memory - covered)
    total = sum(last - first + 1 for first, last in rmp.ram) or memory
    if not lacking:
        return RMP.ok(f"all {_gib(total)} GiB (entries for {_gib(covered)} GiB of addresses)")
    return RMP.found(
        "warning",
        f"{_gib(lacking)} of {_gib(total)} GiB have no entry: a VM that gets some of it dies",
        COVERAGE,
    )


def _outside(span: Span, covered: tuple[Span, ...]) -> int:
    """Bytes of `span` that no range of `covered`, which do not overlap, has."""
    first, last = span
    inside = (min(last, end) - max(first, start) + 1 for start, end in covered)
    return last - first + 1 - sum(size for size in inside if size > 0)


def _spans(pattern: re.Pattern[str], log: str) -> list[Span]:
    """All ranges that `pattern` finds."""
    return [(int(first, 16), int(last, 16)) for first, last in pattern.findall(log)]


def _gib(size: int) -> str:
    """In GiB, with a digit after the point."""
    return f"{size / GIB:.1f}"
