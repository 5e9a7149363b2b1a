"""ASIDs of SEV-ES and SEV-SNP guests that are in use while no VM of the testbed runs.

The kernel counts them in the misc cgroup controller (Documentation/admin-guide/cgroup-v2.rst, Misc;
arch/x86/kvm/svm/sev.c): ``misc.current`` has lines like ``sev_es 3``, SEV-SNP guests among them.
Older kernels have no such file in the root cgroup; its children together make the same sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..preflight.snp import CGROUPS, sev_es
from .finding import Answer, Finding, Kind
from .tasks import is_qemu

if TYPE_CHECKING:
    from ..preflight.host import Host
    from .scope import Scope
    from .tasks import Task

KIND = Kind("asids", "ASIDs")
VM = "anon_inode:kvm-vm"
"""What the link of a VM's file descriptor says (virt/kvm/kvm_main.c, kvm_dev_ioctl_create_vm)."""
HINT = (
    "find them with `grep -r sev_es /sys/fs/cgroup --include=misc.current`; ASIDs of VMs that are "
    "gone come back when kvm_amd is loaded anew, or at the next boot"
)


def in_use(host: Host) -> int | None:
    """How many are in use on the host; None if the kernel does not count them."""
    for root in CGROUPS:
        files = host.glob(f"{root}/misc.current") or host.glob(f"{root}/*/misc.current")
        counts = [count for path in files if (count := sev_es(host.read(path))) is not None]
        if counts:
            return sum(counts)
    return None


def may_have_one(task: Task) -> bool:
    """Whether a process has a VM that may be a SEV guest; a QEMU without SEV objects has none."""
    has_vm = any(link.startswith(VM) for link in task.links)
    return has_vm and (not is_qemu(task) or any("sev-" in w for w in task.process.arguments))


def look(scope: Scope) -> Answer:
    """What is in use beyond the VMs of others."""
    used = in_use(scope.host)
    if used is None:
        return KIND.skipped("this kernel counts none: no SEV-ES, or no misc cgroup controller")
    others = [t for t in scope.tasks if may_have_one(t) and t not in scope.ours]
    findings = []
    if used > len(others):
        findings.append(Finding(f"{used - len(others)} in use, and not by other guests", HINT))
    told = [f"{task.told()} has a guest, not of this testbed" for task in others]
    return KIND.judged(findings, "; ".join([f"{used} in use", *told]))
