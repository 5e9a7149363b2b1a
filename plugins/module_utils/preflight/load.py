"""Who else uses the processors, right now: what it takes, a campaign's VMs lack."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from .check import Check, Topic
from .steadiness import of_no_matter

if TYPE_CHECKING:
    from .cpu import Cpu
    from .host import Host
    from .wanted import Wanted

BUSY = Topic("load.cpu", "Other load")
STEAL = Topic("load.steal", "Time that a hypervisor takes")

TOP: Final = ("top", "-b", "-n", "2", "-d", "0.5", "-w", "200")
"""Two looks: what top prints first is the mean since each process began."""

SHOWN: Final = 3
LEAST_PERCENT: Final = 5.0
STEAL_LIMIT: Final = 0.01


@dataclass(frozen=True)
class Load:
    """The load as the kernel counts it; None where it does not.

    Attributes:
        average: processes that ran or wanted to, mean of a minute (/proc/loadavg).
        running: how many do at this moment, preflight itself left out.
        pressure: share of the last 10 s in which one waited for a processor (/proc/pressure/cpu).
        steal: share of the time since boot that a hypervisor took (/proc/stat).
        busiest: the processes that take most, each with its share of a processor, if it is busy.
    """

    average: float | None
    running: float | None
    pressure: float | None
    steal: float | None
    busiest: tuple[str, ...]

    def facts(self) -> dict[str, object]:
        """For the campaign's facts."""
        return {
            "load_average": self.average,
            "cpu_pressure": self.pressure,
            "cpu_steal": None if self.steal is None else round(self.steal, 4),
        }


def observe_load(host: Host, cpu: Cpu, wanted: Wanted, *, kvm: bool) -> Load:
    """Read the kernel's counters; ask ``top`` who it is only if somebody is (0.5 s)."""
    average = _number(r"^(\S+)", host.read("/proc/loadavg"))
    running = _number(r"(\d+)/\d+ \d+$", host.read("/proc/loadavg"))
    percent = _number(r"^some avg10=(\S+)", host.read("/proc/pressure/cpu"))
    seen = Load(
        average=average,
        running=None if running is None else max(0.0, running - 1),
        pressure=None if percent is None else percent / 100,
        steal=_steal(host),
        busiest=(),
    )
    return replace(seen, busiest=_busiest(host)) if kvm and is_busy(seen, cpu, wanted) else seen


def limit(cpu: Cpu, wanted: Wanted) -> float:
    """Load average that is borne; on small machines one process is."""
    return max(1.0, wanted.max_load * cpu.count)


def is_busy(load: Load, cpu: Cpu, wanted: Wanted) -> bool:
    """Whether others take more than is borne: for a while, and still.

    A build of the testbed's own that has just ended leaves a high average, and nobody running.
    """
    steady = min(load.average or 0, load.running or 0)
    return steady > limit(cpu, wanted) or (load.pressure or 0) > wanted.max_load


def check_load(load: Load, cpu: Cpu, wanted: Wanted, *, kvm: bool) -> Check:
    """A campaign wants the machine for itself."""
    if load.average is None:
        return BUSY.ok("not told: no /proc/loadavg")
    shown = f"load average {load.average:.2f}, {load.running or 0:.0f} running now"
    shown += f" on {cpu.count} processors"
    if load.pressure is not None:
        shown += f", waiting for one {load.pressure:.0%} of 10 s"
    if not kvm:
        return of_no_matter(BUSY, shown)
    if not is_busy(load, cpu, wanted):
        return BUSY.ok(shown)
    who = f": {', '.join(load.busiest)}" if load.busiest else ""
    return BUSY.found(
        "warning",
        f"{shown}; {limit(cpu, wanted):.1f} would be borne{who}",
        "Stop it, or wait; preflight_max_load sets what is borne",
    )


def check_steal(load: Load, *, kvm: bool) -> Check:
    """On a host that is a VM itself: its neighbours."""
    if load.steal is None or load.steal <= STEAL_LIMIT:
        return STEAL.ok(f"{load.steal or 0:.1%} since boot")
    if not kvm:
        return of_no_matter(STEAL, f"{load.steal:.1%} since boot")
    return STEAL.found(
        "warning",
        f"{load.steal:.1%} since boot",
        "Use bare metal, or a VM with processors of its own",
    )


def _steal(host: Host) -> float | None:
    """The eighth number of the line ``cpu`` against the sum of the first eight (proc_stat(5))."""
    found = re.search(r"^cpu ((?: \d+)+)$", host.read("/proc/stat") or "", re.MULTILINE)
    numbers = [float(word) for word in found[1].split()[:8]] if found else []
    total = sum(numbers)
    return numbers[-1] / total if total and len(numbers) == 8 else None  # noqa: PLR2004


def _busiest(host: Host) -> tuple[str, ...]:
    """Who takes most, as ``name (user, 98 %)``; empty if there is no ``top``."""
    path = host.which(TOP[0])
    table = host.run([path, *TOP[1:]]).stdout.rpartition(" PID ")[2] if path else ""
    seen = []
    for line in table.splitlines()[1:]:
        # PID USER PR NI VIRT RES SHR S %CPU %MEM TIME+ COMMAND
        words = line.split(None, 11)
        if len(words) == 12 and words[8].replace(".", "").isdecimal():  # noqa: PLR2004
            seen.append((float(words[8]), f"{words[11].strip()} ({words[1]}, {words[8]} %)"))
    ranked = sorted(seen, key=lambda one: -one[0])
    return tuple(text for percent, text in ranked[:SHOWN] if percent >= LEAST_PERCENT)


def _number(pattern: str, text: str | None) -> float | None:
    """The number that `pattern` finds."""
    found = re.search(pattern, text or "", re.MULTILINE)
    try:
        return float(found[1]) if found else None
    except ValueError:
        return None
