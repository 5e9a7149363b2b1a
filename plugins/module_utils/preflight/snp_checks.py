"""Judging SEV-SNP: one check for each part that must play along."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .check import Check, Topic
from .snp import BIOS, Snp

if TYPE_CHECKING:
    from .cpu import Cpu
    from .wanted import Wanted

IN_CPU = Topic("cpu.sev_snp", "SEV-SNP in the CPU")
IN_KVM = Topic("kvm.sev_snp", "SEV-SNP in KVM")
DEVICE = Topic("snp.device", "Security processor (/dev/sev)")
INIT = Topic("snp.init", "SEV-SNP initialization")
ASIDS = Topic("snp.asids", "SEV-SNP guests at the same time")

ELSEWHERE: Final = "SEV-SNP needs a bare-metal AMD EPYC 7003 or newer; plain VMs run without it"


def check_in_cpu(snp: Snp, cpu: Cpu) -> Check:
    """A processor that could but does not show it has it switched off in the BIOS."""
    if snp.cpu_flag:
        return IN_CPU.ok("the processor shows sev_snp")
    shown = sorted(cpu.flags & {"sme", "sev", "sev_es"})
    detail = f"no sev_snp (shown: {', '.join(shown) or 'none of sme, sev, sev_es'})"
    if cpu.built_for_snp and not cpu.virtual:
        return IN_CPU.found("missing", detail, f"This EPYC has SEV-SNP: {BIOS}")
    return IN_CPU.found("missing", detail, ELSEWHERE)


def check_in_kvm(snp: Snp) -> Check:
    """kvm_amd says Y only if processor, BIOS and kernel agree."""
    shown = ", ".join(f"{name}={value}" for name, value in snp.parameters.items())
    detail = f"kvm_amd: {shown or 'not loaded'}"
    if snp.in_kvm:
        return IN_KVM.ok(detail)
    if not snp.cpu_flag:
        return IN_KVM.found("missing", detail, "First cpu.sev_snp must be ok")
    return IN_KVM.found(
        "missing", detail, "Use Linux 6.11 or newer and load kvm_amd with sev=1 sev_es=1 sev_snp=1"
    )


def check_device(snp: Snp) -> Check:
    """QEMU talks to the security processor through /dev/sev."""
    if snp.device:
        return DEVICE.ok("/dev/sev exists")
    if not snp.cpu_flag:
        return DEVICE.found("missing", "there is no /dev/sev", "First cpu.sev_snp must be ok")
    return DEVICE.found("missing", "there is no /dev/sev", "Load its driver: modprobe ccp")


def check_init(snp: Snp) -> Check:
    """What the kernel says of the RMP table and of the firmware."""
    if snp.failures:
        line, hint = snp.failures[0]
        return INIT.found("missing", re.sub(r"^\[[ .\d]+\] ", "", line), hint)
    if not snp.cpu_flag:
        return INIT.found("missing", "no SEV-SNP to initialize", "First cpu.sev_snp must be ok")
    if snp.log_problem:
        hint = "Connect as root, or: sysctl kernel.dmesg_restrict=0"
        return INIT.found("missing", f"the kernel's log is not readable: {snp.log_problem}", hint)
    return INIT.ok(f"no failure among {len(snp.log)} lines about SEV in the kernel's log")


def check_asids(snp: Snp, wanted: Wanted) -> Check:
    """Every SEV-SNP guest occupies an ASID; their number is a BIOS setting."""
    if snp.asids is None:
        hint = (
            "First kvm.sev_snp must be ok" if not snp.in_kvm else "Mount cgroup2 on /sys/fs/cgroup"
        )
        return ASIDS.found("missing", "the cgroup controller misc tells no number of ASIDs", hint)
    detail = f"{snp.asids} ASIDs free for {wanted.largest_fleet} VMs"
    if snp.asids >= wanted.largest_fleet:
        return ASIDS.ok(detail)
    return ASIDS.found(
        "missing", detail, "Raise the SEV-ES ASID space limit in the BIOS or stop other guests"
    )


def first_obstacle(snp: Snp, cpu: Cpu) -> Check | None:
    """What keeps SEV-SNP guests from starting, the cause before what follows from it."""
    checks = (check_init(snp), check_in_cpu(snp, cpu), check_in_kvm(snp), check_device(snp))
    failed = [check for check in checks if check.status != "ok"]
    # A firmware that failed is a cause; an initialization that had no chance is a consequence.
    return next((check for check in failed if check.id != INIT.id or snp.failures), None)
