"""A boot seen by two witnesses: the stamper's events and bpftrace's, and values of the latter.

Suite ``launch`` has what passes between QEMU's start and the first run of a vCPU, suite ``exits``
the VM exits: how many until the guest was ready (``count``), and how many a second from then until
the VM ended (``rate``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pyrunner.parsers.boot import MICROSECONDS, Event
from pyrunner.parsers.boot_rules import DEBUGCON_BYTES, END_TO_END, FINER_BYTES
from pyrunner.parsers.streams import read_stream
from pyrunner.parsers.trace import SOURCE
from pyrunner.parsers.trace_checks import (
    LAUNCH,
    LAUNCHED,
    ORDER,
    RUN,
    START,
    check_agree,
    check_complete,
    check_sum,
)
from pyrunner.parsers.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pyrunner.model import Variant
    from pyrunner.parsers.boot import BootTrace
    from pyrunner.parsers.trace import VmTrace

FIRST_BYTE, LAST_BYTE = 0x10, 0x12
"""What every guest writes: init_start, and userspace_ready."""
STEPS: Final = {
    "to_first_run": (START, RUN),
    "qemu_setup": (START, LAUNCH[1]),
    "snp_launch": (LAUNCH[1], LAUNCHED),
    "snp_launch_start": (LAUNCH[1], LAUNCH[2]),
    "snp_launch_update": (LAUNCH[2], LAUNCH[3]),
    "snp_launch_finish": (LAUNCH[3], LAUNCHED),
    "vcpu_start": (LAUNCHED, RUN),
}
"""Durations of suite ``launch``: from one event to another, where both are there."""


@dataclass(frozen=True)
class Traced:
    """A boot with both witnesses' events, and what bpftrace measured of the VM."""

    boot: BootTrace
    launch: tuple[Value, ...]


def join(boot: BootTrace, trace: VmTrace, folder: Path, variant: Variant) -> Traced:
    """Check both witnesses against each other and put their events on one clock.

    Args:
        boot: the boot by the stamper.
        trace: what bpftrace saw of the same VM.
        folder: the VM's raw files.
        variant: decides which events there must be.

    Raises:
        TestbedError: they contradict each other, or phases do not add up.
    """
    host = read_stream(folder / "host.jsonl", "host", ends=False)
    started = next(r.t for r in host if r.data.get("event") == "qemu_started")
    stamps = read_stream(folder / "debugcon.jsonl", "debugcon", ends=True)
    whole = boot.phases[END_TO_END]
    check_complete(trace, variant)
    check_agree(trace, [(r.t, int(r.data["byte"])) for r in stamps], started, whole)
    check_sum(trace, _phases(boot, trace), whole)
    events = sorted([*boot.events, *_events(trace, started)], key=lambda each: each.microseconds)
    return Traced(replace(boot, events=tuple(events)), tuple(_durations(trace)))


def _events(trace: VmTrace, started: float) -> Iterator[Event]:
    """What bpftrace saw of the boot, from the start of QEMU as the stamper has it."""
    for event, t in trace.times.items():
        if event in ORDER:
            yield Event(event, SOURCE, _since(t, started))
    names = {**DEBUGCON_BYTES, **FINER_BYTES}
    for t, byte in trace.port:
        yield Event(names[byte], SOURCE, _since(t, started))


def _since(t: float, started: float) -> int:
    """Microseconds from the start; the host's stamp may be a hair later than what it caused."""
    return max(0, round((t - started) * MICROSECONDS))


def _phases(boot: BootTrace, trace: VmTrace) -> dict[str, float]:
    """Phases by both witnesses, one after the other: bpftrace's up to userspace, then the rest."""
    seen = {byte: t for t, byte in trace.port}
    times, first, last = trace.times, seen[FIRST_BYTE], seen[LAST_BYTE]
    ready = next(e.seconds for e in boot.events if e.name == DEBUGCON_BYTES[LAST_BYTE])
    return {
        "start of QEMU to first run of a vCPU": times[RUN] - times[START],
        "to init": first - times[RUN],
        "to userspace": last - first,
        "to SSH": boot.phases[END_TO_END] - ready,
    }


def _durations(trace: VmTrace) -> Iterator[Value]:
    """Values of suite ``launch``."""
    for name, (begin, end) in STEPS.items():
        if begin in trace.times and end in trace.times:
            seconds = round(trace.times[end] - trace.times[begin], 6)
            yield Value(name, "duration", "s", seconds, higher_is_better=False)


def exit_values(traces: Mapping[str, VmTrace]) -> dict[str, list[Value]]:
    """Values of suite ``exits``, VM by VM: the same names for all VMs of the fleet."""
    every = {
        name for trace in traces.values() for at in trace.counted.values() for name in at.counts
    }
    return {vm: [*_exits(trace, sorted(every))] for vm, trace in traces.items()}


def _exits(trace: VmTrace, names: list[str]) -> Iterator[Value]:
    """Values of one VM; what did not happen in it is zero."""
    ready, end = trace.counted["ready"], trace.counted["end"]
    for name in names:
        booted = ready.counts.get(name, 0)
        rate = (end.counts.get(name, 0) - booted) / (end.t - ready.t)
        yield Value(name, "count", "exits", float(booted), higher_is_better=False)
        yield Value(name, "rate", "exits/s", round(rate, 6), higher_is_better=False)
