"""What tracing with BPF needs of the host's kernel; emulated fleets are traced without it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .check import Check, Topic

if TYPE_CHECKING:
    from .cpu import Cpu
    from .host import Host

BTF = Topic("trace.btf", "Kernel type information (BTF)")
BTF_KVM = Topic("trace.btf_kvm", "BTF of KVM's module")
BPFTRACE = Topic("trace.bpftrace", "bpftrace")
TRACEFS = Topic("trace.tracefs", "Trace file system (tracefs)")
LOCKDOWN = Topic("trace.lockdown", "Kernel lockdown")

NO_TRACE: Final = "Boot timelines then lack what only the host sees (SNP launch, VM exits)"


@dataclass(frozen=True)
class Tracing:
    """What there is.

    Attributes:
        btf: the kernel describes its types in /sys/kernel/btf/vmlinux.
        module: KVM's module for this processor if it is loaded and not part of the kernel itself.
        module_btf: it describes its types, too.
        bpftrace: the path of bpftrace, None if it is not installed.
        tracefs: where it is mounted, empty if it is not.
        lockdown: ``none``, ``integrity`` or ``confidentiality``; empty if not told, which is so
            without root and in kernels that have none.
    """

    btf: bool
    module: str
    module_btf: bool
    bpftrace: str | None
    tracefs: str
    lockdown: str


def observe_tracing(host: Host, cpu: Cpu) -> Tracing:
    """Look into /sys and at what is mounted."""
    name = {"svm": "kvm_amd", "vmx": "kvm_intel"}.get(cpu.extension, "")
    # Only what was loaded has a state; what is part of the kernel is described by vmlinux.
    module = name if name and host.exists(f"/sys/module/{name}/initstate") else ""
    mounts = host.read("/proc/mounts") or ""
    places = re.findall(r"^\S+ (\S+) tracefs ", mounts, re.MULTILINE)
    text = host.read("/sys/kernel/security/lockdown")
    chosen = re.search(r"\[(\w+)\]", text or "")
    return Tracing(
        btf=host.exists("/sys/kernel/btf/vmlinux"),
        module=module,
        module_btf=bool(module) and host.exists(f"/sys/kernel/btf/{module}"),
        bpftrace=host.which("bpftrace"),
        tracefs=places[0] if places else "",
        lockdown=chosen[1] if chosen else "",
    )


def check_tracing(tracing: Tracing) -> list[Check]:
    """One check for each part."""
    return [
        _check_btf(tracing),
        _check_module(tracing),
        _check_bpftrace(tracing),
        _check_tracefs(tracing),
        _check_lockdown(tracing),
    ]


def _check_btf(tracing: Tracing) -> Check:
    """Bpftrace reads kernel structures by their description in BTF."""
    if tracing.btf:
        return BTF.ok("/sys/kernel/btf/vmlinux exists")
    return BTF.found(
        "missing",
        "there is no /sys/kernel/btf/vmlinux",
        f"Boot a kernel with CONFIG_DEBUG_INFO_BTF=y. {NO_TRACE}",
    )


def _check_module(tracing: Tracing) -> Check:
    """Functions of kvm_amd such as those of the SNP launch are traced by their types."""
    if not tracing.module:
        return BTF_KVM.ok("none is loaded as a module")
    if tracing.module_btf:
        return BTF_KVM.ok(f"/sys/kernel/btf/{tracing.module} exists")
    return BTF_KVM.found(
        "missing",
        f"there is no /sys/kernel/btf/{tracing.module}",
        "Boot a kernel with CONFIG_DEBUG_INFO_BTF_MODULES=y; a module whose BTF does not match the "
        f"kernel's is without, too (dmesg | grep BTF). {NO_TRACE}",
    )


def _check_bpftrace(tracing: Tracing) -> Check:
    """It is wanted on KVM hosts only."""
    if tracing.bpftrace:
        return BPFTRACE.ok(tracing.bpftrace)
    return BPFTRACE.found("missing", "not installed", f"apt install bpftrace. {NO_TRACE}")


def _check_tracefs(tracing: Tracing) -> Check:
    """Tracepoints and probes are found through it."""
    if tracing.tracefs:
        return TRACEFS.ok(tracing.tracefs)
    return TRACEFS.found(
        "missing",
        "not mounted",
        f"mount -t tracefs nodev /sys/kernel/tracing (systemd does it at boot). {NO_TRACE}",
    )


def _check_lockdown(tracing: Tracing) -> Check:
    """With Secure Boot, distributions lock the kernel down (kernel_lockdown(7))."""
    if tracing.lockdown == "confidentiality":
        return LOCKDOWN.found(
            "missing",
            "confidentiality: BPF may not read kernel memory",
            f"Take lockdown=confidentiality from the boot parameters. {NO_TRACE}",
        )
    told = {"integrity": "integrity: only signed kernels and modules", "": "not told"}
    return LOCKDOWN.ok(told.get(tracing.lockdown, tracing.lockdown))
