"""The processor: what /proc/cpuinfo says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .check import Check, Topic

if TYPE_CHECKING:
    from .host import Host
    from .wanted import Wanted

X86 = Topic("cpu.x86_64", "x86-64 processor")
VIRTUALIZATION = Topic("cpu.virtualization", "Virtualization extensions")
COUNT = Topic("cpu.count", "Processors for the largest fleet")

SNP_FAMILY: Final = 25
"""AMD family 19h: EPYC 7003 (Milan), the first with SEV-SNP."""


@dataclass(frozen=True)
class Cpu:
    """One processor, as all of them are taken to be alike.

    Attributes:
        fields: the first block of /proc/cpuinfo, by name.
        flags: its feature flags, for example ``svm`` or ``sev_snp``.
        count: processors that Linux sees.
    """

    fields: dict[str, str]
    flags: frozenset[str]
    count: int

    @property
    def vendor(self) -> str:
        """For example AuthenticAMD."""
        return self.fields.get("vendor_id", "unknown")

    @property
    def model(self) -> str:
        """The name it gives itself."""
        return self.fields.get("model name", "unknown")

    @property
    def virtual(self) -> bool:
        """Whether a hypervisor says that it is there: this host is a VM."""
        return "hypervisor" in self.flags

    @property
    def extension(self) -> str:
        """``svm`` (AMD-V) or ``vmx`` (VT-x) if the processor shows one, otherwise empty."""
        return next((flag for flag in ("svm", "vmx") if flag in self.flags), "")

    @property
    def built_for_snp(self) -> bool:
        """Whether it is an EPYC of a generation that has SEV-SNP, enabled or not."""
        family = self.fields.get("cpu family", "")
        epyc = self.vendor == "AuthenticAMD" and "EPYC" in self.model
        return epyc and family.isdecimal() and int(family) >= SNP_FAMILY


def observe_cpu(host: Host) -> Cpu:
    """Read /proc/cpuinfo; an unreadable one shows as a processor without any flag."""
    text = host.read("/proc/cpuinfo") or ""
    pairs = re.findall(r"^([^\t:]+)\s*: ?(.*)$", text.split("\n\n", 1)[0], re.MULTILINE)
    values = {key.strip(): value.strip() for key, value in pairs}
    count = len(re.findall(r"^processor\s*:", text, re.MULTILINE))
    return Cpu(values, frozenset(values.get("flags", "").split()), count)


def check_x86(cpu: Cpu) -> Check:
    """The VMs are x86-64, and so must be the host: its CPU model and its emulation speed count."""
    if "lm" in cpu.flags:
        return X86.ok(f"{cpu.model} ({cpu.vendor}), {cpu.count} processors")
    return X86.found(
        "error", "/proc/cpuinfo shows no x86-64 processor", "Use an x86-64 machine as testbed host"
    )


def check_virtualization(cpu: Cpu) -> Check:
    """KVM needs ``svm`` or ``vmx``; without them everything is emulated."""
    if cpu.extension:
        return VIRTUALIZATION.ok(f"the processor shows {cpu.extension}")
    hint = "Enable SVM (AMD-V) or VT-x in the BIOS; without it VMs are emulated, which is slow"
    if cpu.virtual:
        hint = (
            "This host is itself a VM: use bare metal, or have its hypervisor pass on nested "
            "virtualization; without it VMs are emulated, which is slow"
        )
    return VIRTUALIZATION.found("missing", "the processor shows neither svm nor vmx", hint)


def check_count(cpu: Cpu, wanted: Wanted) -> Check:
    """More virtual processors than real ones: the VMs of a fleet wait for each other."""
    vcpus = wanted.largest_fleet * wanted.vm_vcpus
    detail = f"{wanted.largest_fleet} VMs x {wanted.vm_vcpus} = {vcpus} vCPUs on {cpu.count}"
    if vcpus <= cpu.count:
        return COUNT.ok(detail)
    return COUNT.found(
        "warning",
        detail,
        "The VMs share processors, so a fleet's values show contention for them as well; use "
        "smaller fleets, fewer vCPUs or a larger host if that is not what you want to measure",
    )
