"""Facts that explain differences between hosts: recorded with every campaign, judged by nobody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .host import Host

CPU_DIR: Final = "/sys/devices/system/cpu"
UNKNOWN: Final = "unknown"

TELLING: Final = re.compile(
    r"(?<!\S)(?:mitigations|nosmt|spec_\w+|spectre_\w+|retbleed|iommu|amd_iommu|intel_iommu|mem_encrypt"
    r"|kvm\w*\.\w+|isolcpus|nohz_full|rcu_nocbs|hugepages\w*|default_hugepagesz"
    r"|transparent_hugepage|amd_pstate|intel_pstate|processor\.\w+|idle|numa\w*)(?:=\S*)?(?!\S)"
)
"""Boot parameters that results may depend on; the others are nobody's business."""


def observe_tuning(host: Host) -> dict[str, object]:
    """SMT, boost, mitigations, huge pages, telling boot parameters and the distribution."""
    return {
        "smt": host.read(f"{CPU_DIR}/smt/control") or UNKNOWN,
        "boost": _boost(host),
        "mitigations": _mitigations(host),
        "transparent_hugepages": _chosen(host, "/sys/kernel/mm/transparent_hugepage/enabled"),
        "clocksource": host.read("/sys/devices/system/clocksource/clocksource0/current_clocksource")
        or UNKNOWN,
        "numa_nodes": len(host.glob("/sys/devices/system/node/node[0-9]*")),
        "kernel_parameters": re.findall(TELLING, host.read("/proc/cmdline") or ""),
        "os": _os_name(host),
    }


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


def _chosen(host: Host, path: str) -> str:
    """The word in brackets of a file such as ``always [madvise] never``."""
    found = re.search(r"\[(\w+)\]", host.read(path) or "")
    return found[1] if found else UNKNOWN


def _os_name(host: Host) -> str:
    """For example Debian GNU/Linux 13 (trixie)."""
    found = re.search(r'^PRETTY_NAME="?([^"\n]+)', host.read("/etc/os-release") or "", re.MULTILINE)
    return found[1] if found else UNKNOWN
