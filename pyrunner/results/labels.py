"""What variants, suites and benchmarks are called where people read."""

from __future__ import annotations

import math
import re
from typing import Final

VARIANT_TITLES: Final = {"plain": "plain", "cvm": "CVM", "svsm": "SVSM"}
VARIANT_HELP: Final = {
    "plain": "no SEV",
    "cvm": "SEV-SNP, no SVSM",
    "svsm": "SEV-SNP with COCONUT-SVSM at VMPL0",
}
COMPARISONS: Final = (("svsm", "plain"), ("svsm", "cvm"), ("cvm", "plain"))
"""First side, second side; percentages speak of the first."""

BOOT: Final = "boot_timeline"
END_TO_END: Final = "end_to_end"
MEASUREMENT: Final = "measurement"
LAUNCH: Final = "launch"
EXITS: Final = "exits"
SUITE_TITLES: Final = {
    "unixbench": "UnixBench",
    "stress_ng": "stress-ng",
    BOOT: "Boot",
    MEASUREMENT: "Measuring memory",
    LAUNCH: "Launch",
    EXITS: "VM exits",
}
MEASURED: Final = {
    "": "by the SVSM",
    "sha512": "SHA-512 in the guest",
    "time": "time of a measurement",
    "ratio": "SVSM's time over the guest's",
    "calls": "calls of the SVSM",
}
"""What is measured of a size, by what follows its name."""
MINUS: Final = "\N{MINUS SIGN}"
THIN_SPACE: Final = "\N{NARROW NO-BREAK SPACE}"
LARGEST: Final = 9999.0
SMALLEST, LARGE = 1e-4, 1e12
THESIS_TESTS: Final = {
    "fsdisk": "File copy, large buffer",
    "spawn": "Process creation",
    "shell1": "Shell scripts, 1 concurrent",
    "shell8": "Shell scripts, 8 concurrent",
}
BENCHMARK_TITLES: Final = {
    ("unixbench", "dhry2reg"): "Dhrystone 2",
    ("unixbench", "whetstone-double"): "Whetstone",
    ("unixbench", "execl"): "Execl throughput",
    ("unixbench", "fstime"): "File copy, medium buffer",
    ("unixbench", "fsbuffer"): "File copy, small buffer",
    ("unixbench", "pipe"): "Pipe throughput",
    ("unixbench", "context1"): "Pipe-based context switching",
    ("unixbench", "syscall"): "System call overhead",
    ("stress_ng", "copy-file"): "File copy",
    ("stress_ng", "fork"): "Process creation",
    ("stress_ng", "exec"): "Program execution",
    ("stress_ng", "switch"): "Context switch",
    ("stress_ng", "context"): "Context switch (user)",
    ("stress_ng", "pipe"): "Pipe",
    ("stress_ng", "syscall"): "System calls",
    ("stress_ng", "get"): "System calls (get…)",
    (BOOT, END_TO_END): "End to end",
    (BOOT, "qemu"): "QEMU",
    (BOOT, "initramfs"): "initramfs",
    (BOOT, "ssh"): "SSH",
    (BOOT, "svsm"): "SVSM",
    (LAUNCH, "to_first_run"): "QEMU's start to first run of a vCPU",
    (LAUNCH, "qemu_setup"): "QEMU's start to SNP launch",
    (LAUNCH, "snp_launch"): "SNP launch",
    (LAUNCH, "snp_launch_start"): "SNP launch: start",
    (LAUNCH, "snp_launch_update"): "SNP launch: update",
    (LAUNCH, "snp_launch_finish"): "SNP launch: finish",
    (LAUNCH, "vcpu_start"): "SNP launch to first run of a vCPU",
    **{("unixbench", test): title for test, title in THESIS_TESTS.items()},
}


def benchmark_title(suite: str, benchmark: str) -> str:
    """Title of a benchmark: the known one, or its id made readable."""
    if known := BENCHMARK_TITLES.get((suite, benchmark)):
        return known
    if suite == MEASUREMENT:
        size, _, kind = benchmark.partition(":")
        return f"{spaced(size)}, {MEASURED.get(kind, kind)}"
    text = benchmark.replace("_", " ")
    return text[:1].upper() + text[1:] if suite == BOOT else text


def spaced(size: str) -> str:
    """Write ``64KiB`` as people do."""
    return re.sub(r"(?<=\d)(?=[KMG]iB)", THIN_SPACE, size)


def suite_title(suite: str) -> str:
    """Title of a suite: the known one, or its id."""
    return SUITE_TITLES.get(suite, suite)


def fleet_title(size: int) -> str:
    """Name a fleet by its size."""
    return f"{size} VM" if size == 1 else f"{size} VMs"


def side_title(first: str, second: str) -> str:
    """Name a comparison by its sides."""
    return f"{VARIANT_TITLES[first]} against {VARIANT_TITLES[second]}"


def moment(stamp: str) -> str:
    """Write an ISO 8601 time in UTC for people, to the minute."""
    return f"{stamp[:10]} {stamp[11:16]} UTC" if stamp.endswith("Z") else stamp


def signed(percentage: float, digits: int = 1) -> str:
    """Write a percentage with its sign, a real minus, and no more digits than it bears."""
    if abs(percentage) > LARGEST:
        return f"> +{LARGEST:.0f} %"
    text = f"{percentage:+.{digits}f} %".replace("-", MINUS)
    return text if text.strip(f"+{MINUS}0. %") else text[1:]  # no sign on zero


def figure(value: float) -> str:
    """Write a measured value with four significant digits and no exponent where one can."""
    if value == 0 or not SMALLEST <= abs(value) < LARGE:
        return f"{value:.3e}" if value else "0"
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}".replace(",", THIN_SPACE)


def compact(value: float) -> str:
    """Write a measured value with four significant digits and, where long, a prefix."""
    for start, scale, prefix in ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e5, 1e3, "k")):
        if start <= abs(value) < LARGE:
            return f"{value / scale:.4g}{THIN_SPACE}{prefix}"
    return figure(value)
