"""SEV-SNP as the host shows it: processor, BIOS, kernel, security processor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .cpu import Cpu
    from .host import Host

BIOS: Final = (
    "enable SMEE, IOMMU, SEV-SNP support and SNP memory (RMP table) coverage in the BIOS, and set "
    "the SEV-ES ASID space limit above the number of VMs"
)

ABOUT_SNP: Final = r"\bSEV|\bSNP\b|\bRMP\b"
"""Log lines that tell of SEV-SNP."""

FAILURES: Final = {
    # As arch/x86/virt/svm/sev.c, drivers/iommu/amd and drivers/crypto/ccp of Linux print them.
    r"Memory for the RMP table has not been reserved by BIOS": f"The BIOS has it off: {BIOS}",
    r"RMP table does not cover full system RAM": "Set SNP memory coverage to all of the memory",
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
        asids: free ASIDs for SEV-ES and SEV-SNP guests, None if Linux does not tell.
    """

    cpu_flag: bool
    parameters: dict[str, str]
    device: bool
    log_problem: str
    log: tuple[str, ...]
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
        asids=free_asids(host),
    )


def kernel_log(host: Host, *, boot_too: bool) -> tuple[str, str]:
    """The kernel's log as (problem, text).

    Args:
        host: where to read it.
        boot_too: ask the journal if the ring buffer has lost what was said at boot.
    """
    answer = host.run(["dmesg"])
    if boot_too and not re.search(ABOUT_SNP, answer.text):
        journal = host.run(["journalctl", "--dmesg", "--boot", "--no-pager", "--output=cat"])
        answer = journal if journal.status == 0 else answer
    return ("", answer.text) if answer.status == 0 else (answer.text.strip(), "")


def free_asids(host: Host) -> int | None:
    """ASIDs that SEV-ES and SEV-SNP guests share, less those in use; None if not told."""
    for folder in CGROUPS:
        capacity = _sev_es(host.read(f"{folder}/misc.capacity"))
        if capacity is not None:
            return capacity - (_sev_es(host.read(f"{folder}/misc.current")) or 0)
    return None


def _sev_es(text: str | None) -> int | None:
    """The number behind sev_es in a file of the controller ``misc``."""
    found = re.search(r"^sev_es (\d+)$", text or "", re.MULTILINE)
    return int(found[1]) if found else None
