"""The host's kernel: old enough to lack SEV-SNP, new enough for SVSMs?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .check import Check, Topic

if TYPE_CHECKING:
    from .host import Host
    from .snp import Snp
    from .wanted import Wanted

FOR_SNP = Topic("kernel.sev_snp", "Host kernel for SEV-SNP")
FOR_SVSM = Topic("kernel.svsm", "Host kernel for SVSMs (KVM planes)")

FIRST_WITH_SNP: Final = (6, 11)
"""The first upstream Linux whose KVM launches SEV-SNP guests."""


@dataclass(frozen=True)
class Kernel:
    """The running kernel.

    Attributes:
        release: as ``uname -r`` prints it.
    """

    release: str

    @property
    def version(self) -> tuple[int, ...]:
        """Major and minor number; (0,) if the release does not start with them."""
        found = re.match(r"(\d+)\.(\d+)", self.release)
        return tuple(map(int, found.groups())) if found else (0,)

    def has_planes(self, wanted: Wanted) -> bool:
        """Whether its name is that of a kernel with KVM planes.

        Nothing in /proc or /sys tells, and the number of KVM_CAP_PLANES is not settled upstream.
        """
        return bool(re.search(wanted.svsm_kernel_pattern, self.release))


def observe_kernel(host: Host) -> Kernel:
    """Read its release."""
    return Kernel(release=host.read("/proc/sys/kernel/osrelease") or "unknown")


def check_for_snp(kernel: Kernel, snp: Snp) -> Check:
    """Distributions backport: what kvm_amd says counts more than the number."""
    if kernel.version >= FIRST_WITH_SNP:
        return FOR_SNP.ok(f"Linux {kernel.release}")
    if snp.in_kvm:
        return FOR_SNP.ok(f"Linux {kernel.release}, older than 6.11, but kvm_amd offers SEV-SNP")
    return FOR_SNP.found(
        "missing",
        f"Linux {kernel.release}, older than 6.11",
        "For the variants cvm and svsm on SEV-SNP hardware boot Linux 6.11 or newer",
    )


def check_for_svsm(kernel: Kernel, wanted: Wanted) -> Check:
    """An SVSM at VMPL0 needs a KVM that runs one guest at several privilege levels."""
    if kernel.has_planes(wanted):
        return FOR_SVSM.ok(f"Linux {kernel.release} matches {wanted.svsm_kernel_pattern!r}")
    return FOR_SVSM.found(
        "missing",
        f"Linux {kernel.release} does not match {wanted.svsm_kernel_pattern!r}",
        "For the variant svsm on SEV-SNP hardware boot a kernel from COCONUT-SVSM's tree (upstream "
        "has no KVM planes yet) with 'svsm' in its local version, or adapt "
        "preflight_svsm_kernel_pattern",
    )
