"""How the host is set up, as far as results may depend on it: kept with every campaign."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .host import Host

CPU_DIR: Final = "/sys/devices/system/cpu"
CLOCK_DIR: Final = "/sys/devices/system/clocksource/clocksource0"
THP_DIR: Final = "/sys/kernel/mm/transparent_hugepage"
UNKNOWN: Final = "unknown"

TELLING: Final = re.compile(
    r"(?<!\S)(?:mitigations|nosmt|spec_\w+|spectre_\w+|retbleed|iommu|amd_iommu|intel_iommu|mem_encrypt"
    r"|kvm\w*\.\w+|isolcpus|nohz_full|rcu_nocbs|hugepages\w*|default_hugepagesz"
    r"|transparent_hugepage|amd_pstate|intel_pstate|processor\.\w+|idle|numa\w*|tsc|clocksource)"
    r"(?:=\S*)?(?!\S)"
)
"""Boot parameters that results may depend on; the others are nobody's business."""


@dataclass(frozen=True)
class Tuning:
    """What an administrator may have set, each in the kernel's own words; ``unknown`` if not told.

    Attributes:
        smt: ``on``, ``off``, ``forceoff``, ``notsupported`` or ``notimplemented``.
        boost: ``on`` or ``off``.
        mitigations: what the kernel does about each flaw that the processor has.
        transparent_hugepages: for ordinary memory: ``always``, ``madvise`` or ``never``.
        shared_hugepages: for memfd, which backs VMs: ``always``, ``within_size``, ``advise``,
            ``never``, ``deny`` or ``force``.
        merging: whether KSM merges pages that are alike.
        swap: MiB of swap, and how many of them are in use.
        clocksource: for example ``tsc``.
        numa_balancing: whether the kernel moves memory to the node that uses it.
        private_hugepages: whether guest_memfd gives 2 MiB pages; ``unknown`` where the kernel has
            no such switch.
        irqbalance: a daemon moves interrupts between processors.
        kernel_parameters: those of TELLING.
        os: the distribution.
    """

    smt: str
    boost: str
    mitigations: dict[str, str]
    transparent_hugepages: str
    shared_hugepages: str
    merging: bool
    swap: tuple[int, int]
    clocksource: str
    numa_balancing: bool
    private_hugepages: str
    irqbalance: bool
    kernel_parameters: list[str]
    os: str

    def facts(self) -> dict[str, object]:
        """For the campaign's facts."""
        return {
            "smt": self.smt,
            "boost": self.boost,
            "mitigations": self.mitigations,
            "transparent_hugepages": self.transparent_hugepages,
            "shared_hugepages": self.shared_hugepages,
            "private_hugepages": self.private_hugepages,
            "ksm": self.merging,
            "swap_mib": self.swap[0],
            "clocksource": self.clocksource,
            "numa_balancing": self.numa_balancing,
            "irqbalance": self.irqbalance,
            "kernel_parameters": self.kernel_parameters,
            "os": self.os,
        }


def observe_tuning(host: Host) -> Tuning:
    """Read /sys, /proc and the distribution's name; look for irqbalance."""
    return Tuning(
        smt=host.read(f"{CPU_DIR}/smt/control") or UNKNOWN,
        boost=_boost(host),
        mitigations=_mitigations(host),
        transparent_hugepages=_chosen(host, f"{THP_DIR}/enabled"),
        shared_hugepages=_chosen(host, f"{THP_DIR}/shmem_enabled"),
        merging=host.read("/sys/kernel/mm/ksm/run") == "1",
        swap=_swap(host),
        clocksource=host.read(f"{CLOCK_DIR}/current_clocksource") or UNKNOWN,
        numa_balancing=(host.read("/proc/sys/kernel/numa_balancing") or "0") != "0",
        private_hugepages=_private_hugepages(host),
        irqbalance=bool(host.glob("/run/irqbalance/*.sock")),
        kernel_parameters=re.findall(TELLING, host.read("/proc/cmdline") or ""),
        os=_os_name(host),
    )


def _boost(host: Host) -> str:
    """``on``, ``off`` or ``unknown``: two drivers, two files of opposite meaning."""
    words = {"0": "off", "1": "on"}
    value = host.read(f"{CPU_DIR}/cpufreq/boost")
    if value is None:
        no_turbo = host.read(f"{CPU_DIR}/intel_pstate/no_turbo")
        value = {"0": "1", "1": "0"}.get(no_turbo or "")
    return words.get(value or "", UNKNOWN)


def _mitigations(host: Host) -> dict[str, str]:
    """What the kernel does about each flaw that the processor has."""
    paths = host.glob(f"{CPU_DIR}/vulnerabilities/*")
    states = {path.rsplit("/", 1)[-1]: host.read(path) or UNKNOWN for path in paths}
    return {name: state for name, state in states.items() if state != "Not affected"}


def _private_hugepages(host: Host) -> str:
    """A switch of AMD's and COCONUT-SVSM's kernels: module kvm in most, kvm_amd in some."""
    words = {"Y": "on", "1": "on", "N": "off", "0": "off"}
    for module in ("kvm", "kvm_amd"):
        value = host.read(f"/sys/module/{module}/parameters/gmem_2m_enabled")
        if value is not None:
            return words.get(value, UNKNOWN)
    return UNKNOWN


def _swap(host: Host) -> tuple[int, int]:
    """MiB of swap, and MiB in use, from /proc/meminfo."""
    text = host.read("/proc/meminfo") or ""
    pairs = re.findall(r"^Swap(Total|Free):\s+(\d+) kB$", text, re.MULTILINE)
    kib = {name: int(value) for name, value in pairs}
    total, free = kib.get("Total", 0), kib.get("Free", 0)
    return total // 1024, (total - free) // 1024


def _chosen(host: Host, path: str) -> str:
    """The word in brackets of a file such as ``always [madvise] never``."""
    found = re.search(r"\[(\w+)\]", host.read(path) or "")
    return found[1] if found else UNKNOWN


def _os_name(host: Host) -> str:
    """For example Debian GNU/Linux 13 (trixie)."""
    found = re.search(r'^PRETTY_NAME="?([^"\n]+)', host.read("/etc/os-release") or "", re.MULTILINE)
    return found[1] if found else UNKNOWN
