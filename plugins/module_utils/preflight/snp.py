"""SEV-SNP as the host shows it: processor, BIOS, kernel, security processor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .rmp import COVERAGE, Rmp, read_rmp

if TYPE_CHECKING:
    from .cpu import Cpu
    from .host import Host

BIOS: Final = (
    "enable SMEE, IOMMU, SEV-SNP support and SNP memory (RMP table) coverage in the BIOS, and set "
    "the SEV-ES ASID space limit above the number of VMs"
)

ABOUT_SNP: Final = r"\bSEV|\bSNP\b|\bRMP\b"
"""Log lines that tell of SEV-SNP."""

AT_BOOT: Final = r"\bRMP\b"
"""What the kernel says of SEV-SNP first, and what a log that wrapped around loses first."""

FAILURES: Final = {
    # As arch/x86/virt/svm/sev.c, drivers/iommu/amd and drivers/crypto/ccp of Linux print them.
    r"Memory for the RMP table has not been reserved by BIOS": f"The BIOS has it off: {BIOS}",
    r"RMP table does not cover full system RAM": COVERAGE,
    r"RMP configuration not valid": "Update the BIOS: it reserves no valid RMP table",
    r"AMD-Vi: SNP: .*cannot be supported": "Boot without iommu=pt and amd_iommu=off",
    r"SEV(-SNP)?: failed to (INIT|get status)": (
        "Update the SEV firmware (amd_sev_*.sbin in /lib/firmware/amd) and the BIOS, then reboot"
    ),
}
"""What the kernel says when SEV-SNP does not come up, and what has helped."""

CGROUPS: Final = ("/sys/fs/cgroup", "/sys/fs/cgroup/misc", "/sys/fs/cgroup/unified")
"""Where the root of the controller ``misc`` may be: cgroup2, cgroup1, both together."""


@dataclass(frozen=True)
class Snp:
    """What the parts of the host say of SEV-SNP.

    Attributes:
        cpu_flag: the processor shows ``sev_snp`` (Linux hides it where the BIOS has it off).
        parameters: kvm_amd's sev, sev_es, sev_snp and gmem_2m_enabled, where they exist.
        device: there is a /dev/sev.
        log_problem: why the kernel's log could not be read; empty if it could.
        log: its lines about SEV-SNP.
        rmp: what it says of the RMP table.
        asids: free ASIDs for SEV-ES and SEV-SNP guests, None if Linux does not tell; the least of
            the machine's and of what limits the cgroup that preflight runs in.
    """

    cpu_flag: bool
    parameters: dict[str, str]
    device: bool
    log_problem: str
    log: tuple[str, ...]
    rmp: Rmp
    asids: int | None

    @property
    def in_kvm(self) -> bool:
        """Whether kvm_amd offers SEV-SNP guests; older kernels say 1 instead of Y."""
        return self.parameters.get("sev_snp") in ("Y", "1")

    @property
    def failures(self) -> list[tuple[str, str]]:
        """Log lines that tell of a failure, each with what helps."""
        return [
            (line, hint)
            for line in self.log
            for pattern, hint in FAILURES.items()
            if re.search(pattern, line)
        ]

    @property
    def works(self) -> bool:
        """Whether SEV-SNP guests can be expected to start."""
        return self.cpu_flag and self.in_kvm and self.device and not self.failures


def observe_snp(host: Host, cpu: Cpu) -> Snp:
    """Read kvm_amd's parameters, the devices, the kernel's log and the ASIDs."""
    names = ("sev", "sev_es", "sev_snp", "gmem_2m_enabled")
    read = {name: host.read(f"/sys/module/kvm_amd/parameters/{name}") for name in names}
    problem, log = kernel_log(host, boot_too=cpu.built_for_snp and not cpu.virtual)
    return Snp(
        cpu_flag="sev_snp" in cpu.flags,
        parameters={name: value for name, value in read.items() if value is not None},
        device=host.exists("/dev/sev"),
        log_problem=problem,
        log=tuple(line for line in log.splitlines() if re.search(ABOUT_SNP, line)),
        rmp=read_rmp(log),
        asids=free_asids(host),
    )


def kernel_log(host: Host, *, boot_too: bool) -> tuple[str, str]:
    """The kernel's log as (problem, text).

    Args:
        host: where to read it.
        boot_too: ask the journal if the ring buffer has lost what was said at boot.
    """
    answer = host.run(["dmesg"])
    if boot_too and not re.search(AT_BOOT, answer.text):
        journal = host.run(["journalctl", "--dmesg", "--boot", "--no-pager", "--output=cat"])
        answer = journal if journal.status == 0 else answer
    return ("", answer.text) if answer.status == 0 else (answer.text.strip(), "")


def free_asids(host: Host) -> int | None:
    """ASIDs that SEV-ES and SEV-SNP guests share, less those in use; None if not told.

    Documentation/admin-guide/cgroup-v2.rst, "Misc": misc.capacity is in the root cgroup only.
    """
    for folder in CGROUPS:
        capacity = sev_es(host.read(f"{folder}/misc.capacity"))
        if capacity is not None:
            own = _limits(host, folder)
            return min([capacity - (sev_es(host.read(f"{folder}/misc.current")) or 0), *own])
    return None


def _limits(host: Host, folder: str) -> list[int]:
    """What the limits of this process's own cgroups leave, those of its ancestors among them."""
    found = re.search(
        r"^(?:0:|\d+:misc):(/.*)$", host.read("/proc/self/cgroup") or "", re.MULTILINE
    )
    parts = found[1].strip("/").split("/") if found else []
    paths = ("/".join([folder, *parts[:depth]]) for depth in range(1, len(parts) + 1))
    limits = ((path, sev_es(host.read(f"{path}/misc.max"))) for path in paths)
    return [
        limit - (sev_es(host.read(f"{path}/misc.current")) or 0)
        for path, limit in limits
        if limit is not None
    ]


def sev_es(text: str | None) -> int | None:
    """The number behind sev_es in a file of the controller ``misc``; None for no limit."""
    found = re.search(r"^sev_es (\d+)$", text or "", re.MULTILINE)
    return int(found[1]) if found else None
