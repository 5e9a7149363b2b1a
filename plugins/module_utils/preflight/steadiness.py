"""What makes results vary, or differ between hosts, though nothing is broken.

Judged on KVM only: numbers from emulation are no performance, and nothing is concluded from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .check import Check, Topic

if TYPE_CHECKING:
    from .cpu import Cpu
    from .pinning import Pinning
    from .snp import Snp
    from .tuning import Tuning
    from .wanted import Wanted

BARE = Topic("cpu.nested", "Nested virtualization")
SMT = Topic("cpu.smt", "Threads of a core (SMT)")
BOOST = Topic("cpu.boost", "Frequency boost")
MITIGATIONS = Topic("cpu.mitigations", "Mitigations of CPU flaws")
CLOCK = Topic("clock.source", "Clock source")
SWAP = Topic("memory.swap", "Swap")
HUGE = Topic("memory.transparent_huge_pages", "Transparent huge pages")
PRIVATE = Topic("memory.private_huge_pages", "Huge pages of private memory")
MERGING = Topic("memory.ksm", "Merging of pages (KSM)")
BALANCING = Topic("numa.balancing", "Automatic NUMA balancing")
INTERRUPTS = Topic("pinning.interrupts", "Interrupts")

CLOCKS: Final = ("tsc", "kvm-clock", "hyperv_clocksource_tsc_page")
"""Read without leaving the program; the last two are those of VMs."""


def of_no_matter(topic: Topic, shown: str) -> Check:
    """Without KVM no speed is compared."""
    return topic.ok(f"{shown} (of no matter: no KVM)")


def check_bare_metal(cpu: Cpu, *, kvm: bool) -> Check:
    """KVM in a VM: exits go through two hypervisors, and the lower one has other guests."""
    if not cpu.virtual:
        return BARE.ok("no hypervisor below")
    if not kvm:
        return of_no_matter(BARE, "this host is itself a VM")
    return BARE.found(
        "warning",
        "this host is itself a VM: its VMs are nested",
        "Do not compare its values with those of other hosts; use bare metal for a table",
    )


def check_smt(tuning: Tuning, pinning: Pinning, *, kvm: bool) -> Check:
    """Two threads share a core: who runs beside a VM decides how fast it is."""
    if tuning.smt != "on" or not kvm:
        return SMT.ok(tuning.smt) if kvm else of_no_matter(SMT, tuning.smt)
    if pinning.plan is not None and pinning.plan.smt == "spread":
        return SMT.ok("on; the plan keeps the other thread of each VM's core idle")
    return SMT.found(
        "warning",
        "on, and VMs share cores"
        if pinning.plan is None
        else "on: a VM has both threads of a core",
        "echo off > /sys/devices/system/cpu/smt/control (for good: boot parameter nosmt), or let "
        "fewer VMs have whole cores (see pinning.plan)",
    )


def check_boost(tuning: Tuning, *, kvm: bool) -> Check:
    """How far a core is boosted depends on how many others work."""
    if not kvm:
        return of_no_matter(BOOST, tuning.boost)
    if tuning.boost != "on":
        return BOOST.ok(tuning.boost)
    return BOOST.found(
        "warning",
        "on: one VM runs at a higher frequency than each of eight",
        "echo 0 > /sys/devices/system/cpu/cpufreq/boost (with intel_pstate: echo 1 > "
        "/sys/devices/system/cpu/intel_pstate/no_turbo), or host_setup_boost: false with "
        "host_setup_tuning",
    )


def check_mitigations(tuning: Tuning, *, kvm: bool) -> Check:
    """They cost most at VM exits, of which an SVSM has more: a host without them flatters."""
    open_ones = sorted(n for n, s in tuning.mitigations.items() if s.startswith("Vulnerable"))
    closed = len(tuning.mitigations) - len(open_ones)
    if not open_ones:
        return MITIGATIONS.ok(f"{closed} flaws, all mitigated")
    shown = f"vulnerable: {', '.join(open_ones)}; {closed} others mitigated"
    if not kvm:
        return of_no_matter(MITIGATIONS, shown)
    switched = [p for p in tuning.kernel_parameters if p.startswith(("mitigations=", "spec_"))]
    return MITIGATIONS.found(
        "warning",
        f"{shown}{f' ({chr(32).join(switched)})' if switched else ''}",
        "Compare such a host only with itself, or update microcode and kernel and take "
        "mitigations=off and its like from the boot parameters",
    )


def check_clock(tuning: Tuning, *, kvm: bool) -> Check:
    """With a clock that is a device, every reading of the time is slow, on the host and in VMs."""
    if tuning.clocksource in CLOCKS:
        return CLOCK.ok(tuning.clocksource)
    if not kvm:
        return of_no_matter(CLOCK, tuning.clocksource)
    return CLOCK.found(
        "warning",
        f"{tuning.clocksource}, not tsc: Linux found the TSC unstable or was told not to use it",
        "dmesg | grep -i -e tsc -e clocksource says why; update the BIOS, take clocksource= and "
        "notsc from the boot parameters, boot afresh",
    )


def check_swap(tuning: Tuning) -> Check:
    """Memory of ordinary VMs can be swapped out, private memory of SEV-SNP VMs cannot."""
    total, used = tuning.swap
    if not total:
        return SWAP.ok("none")
    if not used:
        return SWAP.ok(f"{total} MiB, none in use")
    return SWAP.found(
        "warning",
        f"{used} of {total} MiB in use: variant plain may be swapped, the others cannot",
        "Stop what takes the memory, then: swapoff -a",
    )


def check_huge_pages(tuning: Tuning, wanted: Wanted, *, kvm: bool) -> Check:
    """VMs are backed by memfd, for which the switch is the one of shared memory."""
    shown = f"{tuning.transparent_hugepages}, for shared memory (memfd) {tuning.shared_hugepages}"
    if not kvm:
        return of_no_matter(HUGE, shown)
    if wanted.memory_backing == "hugetlb":
        return HUGE.ok(f"{shown}; VMs have huge pages of their own (hugetlb)")
    if tuning.shared_hugepages not in ("never", "deny"):
        return HUGE.ok(shown)
    return HUGE.found(
        "warning",
        f"{shown}: VMs' memory is in 4 KiB pages",
        "echo advise > /sys/kernel/mm/transparent_hugepage/shmem_enabled (QEMU advises), or "
        "fleet_memory_backing: hugetlb",
    )


def check_private_huge_pages(tuning: Tuning, snp: Snp) -> Check:
    """Private memory in 4 KiB pages costs RMP checks and TLB misses that plain VMs do not have."""
    if not snp.in_kvm:
        return PRIVATE.ok("no SEV-SNP in KVM, no private memory")
    if tuning.private_hugepages == "on":
        return PRIVATE.ok("gmem_2m_enabled: 2 MiB pages where they fit")
    if tuning.private_hugepages == "off":
        return PRIVATE.found(
            "warning",
            "gmem_2m_enabled is off: cvm and svsm have 4 KiB pages, whatever plain has",
            "echo 1 > /sys/module/kvm/parameters/gmem_2m_enabled (for good: boot parameter "
            "kvm.gmem_2m_enabled=1)",
        )
    return PRIVATE.ok("4 KiB pages: this kernel has no switch gmem_2m_enabled")


def check_merging(tuning: Tuning, *, kvm: bool) -> Check:
    """KSM finds pages that are alike in plain VMs; encrypted ones never are."""
    if not tuning.merging:
        return MERGING.ok("off")
    if not kvm:
        return of_no_matter(MERGING, "on")
    return MERGING.found(
        "warning",
        "on: it takes processor time, and merges memory of variant plain alone",
        "echo 2 > /sys/kernel/mm/ksm/run (splits what is merged); systemctl disable --now ksmtuned",
    )


def check_balancing(tuning: Tuning, pinning: Pinning, *, kvm: bool) -> Check:
    """To learn who uses memory the kernel unmaps it: page faults, in plain VMs alone."""
    if not tuning.numa_balancing:
        return BALANCING.ok("off")
    if not kvm or len(pinning.topology.nodes) == 1:
        return BALANCING.ok("on, of no matter: no KVM" if not kvm else "on, with one node")
    return BALANCING.found(
        "warning",
        "on: page faults while VMs run, and none that helps VMs which stay on their node",
        "sysctl kernel.numa_balancing=0",
    )


def check_interrupts(tuning: Tuning, wanted: Wanted, *, kvm: bool) -> Check:
    """A daemon that moves interrupts undoes what the fleet does about them."""
    shown = "irqbalance runs" if tuning.irqbalance else "no irqbalance"
    if not (kvm and wanted.pin_interrupts and tuning.irqbalance):
        return INTERRUPTS.ok(shown)
    return INTERRUPTS.found(
        "warning",
        f"{shown}, and fleet_pin_interrupts moves interrupts away from the VMs' processors",
        "systemctl stop irqbalance while a campaign runs",
    )
