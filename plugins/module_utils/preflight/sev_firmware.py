"""The firmware of the security processor: its version against the oldest that is good enough."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .check import Check, Topic

if TYPE_CHECKING:
    from .snp import Snp
    from .snphost import Snphost
    from .wanted import Wanted

FIRMWARE = Topic("snp.firmware", "SEV firmware")

TOLD: Final = re.compile(r"SEV(?:-SNP)? API:(\d+)\.(\d+) build:(\d+)")
"""As drivers/crypto/ccp/sev-dev.c prints it."""

TCB: Final = ("boot_loader", "tee", "snp", "microcode")
"""Parts of a TCB version (SNP firmware ABI, table 3); Turin's FMC is in the campaign's facts."""

UPDATE: Final = (
    "Update it: the newest amd_sev_*.sbin of linux-firmware in /lib/firmware/amd "
    "(host_setup_sev_firmware_path), then reboot; on EPYC 9004 and newer the BIOS brings it. Where "
    "the update fails with 'failed to INIT error 0x1', the BIOS must be updated first"
)


def version(snp: Snp, told: Snphost) -> tuple[int, ...]:
    """Major, minor and build number, the last as the log says; without build from snphost.

    An update at boot prints a second line: the last one counts.
    """
    found = [tuple(map(int, numbers)) for line in snp.log for numbers in TOLD.findall(line)]
    return found[-1] if found else told.firmware


def check_firmware(snp: Snp, told: Snphost, wanted: Wanted) -> Check:
    """Linux wants 1.51 for SEV-SNP (drivers/crypto/ccp/sev-dev.c); newer ones mend weaknesses."""
    seen = version(snp, told)
    least = tuple(map(int, wanted.sev_firmware_min.split(".")))
    if not seen and not snp.cpu_flag:
        return FIRMWARE.found("missing", "no SEV-SNP, no firmware", "First cpu.sev_snp must be ok")
    if not seen and snp.log_problem:
        hint = "First snp.init must be ok"
        return FIRMWARE.found("missing", "the kernel's log is not readable", hint)
    if not seen:
        hint = "Load its driver (modprobe ccp) and look at: dmesg | grep ccp"
        return FIRMWARE.found("missing", "the kernel's log tells no version", hint)
    detail = f"{_text(seen)}, at least {wanted.sev_firmware_min} is wanted{_tcb(told)}"
    # A version without build number is as good as any build of it.
    if seen >= least[: len(seen)]:
        return FIRMWARE.ok(detail)
    return FIRMWARE.found("missing", detail, UPDATE)


def _tcb(told: Snphost) -> str:
    """The platform's TCB, which attestation reports carry, where snphost tells it."""
    parts = told.tcb.get("platform_tcb_version", {})
    shown = [f"{name.replace('_', ' ')} {parts[name]}" for name in TCB if name in parts]
    return f" (TCB: {', '.join(shown)})" if shown else ""


def _text(numbers: tuple[int, ...]) -> str:
    """As 1.55.24."""
    return ".".join(map(str, numbers))
