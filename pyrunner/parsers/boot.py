"""Boot timeline of one VM from its stamped streams; a trace with any fault is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pyrunner.errors import TestbedError
from pyrunner.parsers.boot_checks import (
    REBOOTED,
    check_apart,
    check_bytes,
    check_once,
    check_order,
)
from pyrunner.parsers.boot_identity import check_told, refuse_others
from pyrunner.parsers.boot_rules import (
    END_TO_END,
    FINER_BYTES,
    FINER_HOST,
    SOURCES,
    Rule,
    byte,
    named,
    rules_of,
)
from pyrunner.parsers.streams import Record, read_stream

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyrunner.model import Variant

MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True)
class Event:
    """One event of a boot, ``microseconds`` after QEMU was started."""

    name: str
    source: str
    microseconds: int

    @property
    def seconds(self) -> float:
        """Time since QEMU was started, in s."""
        return self.microseconds / MICROSECONDS


@dataclass(frozen=True)
class BootTrace:
    """The boot of one VM.

    Attributes:
        events: all events, in their order.
        phases: duration of each phase in s, ``end_to_end`` last; in microseconds the phases add
            up to it exactly.
    """

    vm: str
    events: tuple[Event, ...]
    phases: dict[str, float]


def parse_boot(folder: Path, variant: Variant = "plain") -> BootTrace:
    """Read the boot of the VM whose raw files are in ``folder`` (``raw/vm3``).

    Args:
        folder: its name is the VM's.
        variant: decides which events the boot must have.

    Raises:
        TestbedError: an event is missing, there twice or out of order, another VM shows in the
            streams, a byte is unknown, a file is unparsable or truncated, or a clock goes
            backwards; the message names VM, file and event.
    """
    vm, rules = folder.name, rules_of(variant)
    streams = {
        source: read_stream(folder / f"{source}.jsonl", source, ends=ends)
        for source, ends in SOURCES.items()
    }
    check_bytes(vm, streams["debugcon"])
    refuse_others(vm, streams["serial"])
    times = {rule.event: _first(vm, rule, streams[rule.source]) for rule in rules}
    check_order(vm, rules, times)
    check_apart(vm, rules, times)
    check_once(vm, rules, times, streams)
    check_told(vm, streams["serial"], times)
    trace = _trace(vm, rules, times)
    finer = _finer(vm, streams, times[rules[0].event])
    events = sorted([*trace.events, *finer], key=lambda event: event.microseconds)
    return replace(trace, events=tuple(events))


def _finer(vm: str, streams: dict[str, list[Record]], start: float) -> list[Event]:
    """Find the events of patched firmware and kernels, and of VMs that are pinned."""
    rules = [Rule(name, "debugcon", byte(value), "") for value, name in FINER_BYTES.items()]
    rules += [Rule(name, "host", named(name), "") for name in FINER_HOST]
    seen = [rule for rule in rules if rule.sightings(streams[rule.source])]
    return [
        Event(
            rule.event,
            rule.source,
            round((_first(vm, rule, streams[rule.source]) - start) * MICROSECONDS),
        )
        for rule in seen
    ]


def _trace(vm: str, rules: Sequence[Rule], times: dict[str, float]) -> BootTrace:
    """Count from the start of QEMU, in whole microseconds, so that sums are exact."""
    start = times[rules[0].event]
    events = tuple(
        Event(rule.event, rule.source, round((times[rule.event] - start) * MICROSECONDS))
        for rule in rules
    )
    phases = {
        rule.phase: (after.microseconds - before.microseconds) / MICROSECONDS
        for rule, (before, after) in zip(rules[1:], pairwise(events), strict=True)
    }
    return BootTrace(vm, events, {**phases, END_TO_END: events[-1].seconds})


def _first(vm: str, rule: Rule, records: list[Record]) -> float:
    """Find when an event was seen."""
    seen = rule.sightings(records)
    where = f"{vm}: {rule.source}.jsonl"
    if not seen:
        raise TestbedError(f"{where}: event {rule.event} is missing", "did the VM hang there?")
    if len(seen) > 1 and not rule.burst:
        raise TestbedError(
            f"{where}: event {rule.event} is duplicated: seen {len(seen)} times, "
            f"{seen[1] - seen[0]:.3f} s apart",
            REBOOTED,
        )
    return seen[0]
