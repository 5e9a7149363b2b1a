"""What bpftrace printed for a fleet, as records: one clock, and VMs by the number of their QEMU."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import FleetError

if TYPE_CHECKING:
    from collections.abc import Iterable

LINE = re.compile(r"(?P<event>[a-z_]+) (?P<pid>\d+) (?P<stamp>\d+)(?: (?P<value>\S.*))?")
COUNT = re.compile(r"@(?P<map>[a-z]\w*)\[(?P<key>-?\d+(?:, -?\d+)*)\]: (?P<count>\d+)")
OWN_MAP = re.compile(r"@_\w+(\[|:|$)")
LOST = re.compile(r"Lost (\d+) events")
RENAMED = {"exec": "qemu_exec", "exit": "qemu_exit"}
NANOSECONDS = 1_000_000_000

Counts = dict[tuple[str, tuple[int, ...]], int]
"""(map, its key without the process) -> count."""


@dataclass
class Seen:
    """All that was printed.

    Attributes:
        events: (nanoseconds, event, process, value), in the order in which they were printed.
        counts: process -> its counters as printed last.
        ready: process -> nanoseconds and counters when its guest was ready.
        lost: events that bpftrace could not take in time.
        detached: when it ended, as it should; 0 if it was cut off.
    """

    events: list[tuple[int, str, int, str]] = field(default_factory=list)
    counts: dict[int, Counts] = field(default_factory=dict)
    ready: dict[int, tuple[int, Counts]] = field(default_factory=dict)
    lost: int = 0
    detached: int = 0


def read_output(lines: Iterable[str]) -> Seen:
    """Read bpftrace's output.

    Raises:
        FleetError: a line is none that the programs print.
    """
    seen = Seen()
    for line in lines:
        text = line.rstrip("\n")
        if found := LINE.fullmatch(text):
            take_event(seen, **found.groupdict(default=""))
        elif count := COUNT.fullmatch(text):
            take_count(seen, **count.groupdict())
        elif lost := lost_events(text):
            seen.lost += lost
        elif text and not OWN_MAP.match(text):
            raise FleetError(f"bpftrace printed {text[:120]!r}, which no program of ours does")
    return seen


def lost_events(text: str) -> int:
    """How many events bpftrace says that it lost, on standard output or error."""
    return sum(int(number) for number in LOST.findall(text))


def take_event(seen: Seen, event: str, pid: str, stamp: str, value: str) -> None:
    """Take an event; ``counted`` closes the counters that were printed before it."""
    if event == "detached":
        seen.detached = int(stamp)
    elif event == "counted":
        seen.ready[int(pid)] = (int(stamp), dict(seen.counts.get(int(pid), {})))
    else:
        seen.events.append((int(stamp), event, int(pid), value))


def take_count(seen: Seen, key: str, count: str, **names: str) -> None:
    """Take a counter; its key begins with the process."""
    pid, *rest = (int(part) for part in key.split(", "))
    seen.counts.setdefault(pid, {})[names["map"], tuple(rest)] = int(count)


def records(seen: Seen, offset: int, vms: Iterable[int]) -> list[dict[str, Any]]:
    """Make the records of ``trace.jsonl``.

    Args:
        seen: what was printed.
        offset: what to take from its times to have CLOCK_MONOTONIC, in ns.
        vms: processes of the VMs; what other processes of the fleet did is left out.

    Returns:
        Records in the order of time; the last one has ``eof``.
    """
    executed = executed_as(seen, set(vms))
    last = {pid: stamp for stamp, event, pid, _ in seen.events if event == "exec"}
    stamped = [
        (stamp, {"event": RENAMED.get(event, event), "pid": executed.get(pid, pid), **also})
        for stamp, event, pid, value in seen.events
        if pid in executed or event == "attached"
        if event != "exec" or stamp == last[pid]  # it may have been started through another program
        if (also := extra(event, pid, value, executed)) is not None
    ]
    for pid in set(executed.values()):
        stamped += counters(seen, pid)
    stamped.append((seen.detached, {"eof": True, "lost": seen.lost}))
    stamped.sort(key=lambda record: record[0])
    return [{"t": seconds(stamp - offset), "source": "bpf", **rest} for stamp, rest in stamped]


def executed_as(seen: Seen, vms: set[int]) -> dict[int, int]:
    """Map processes to VMs: each VM's own, and the one that QEMU was executed in.

    ``-daemonize`` forks: the process that was executed is not the one that runs the VM.
    """
    roots = {
        int(value): pid
        for _, event, pid, value in seen.events
        if event in ("vcpu_run", "exit") and value and pid in vms
    }
    return {**roots, **{pid: pid for pid in vms}}


def extra(event: str, pid: int, value: str, executed: dict[int, int]) -> dict[str, Any] | None:
    """What a record has besides; None for what tells nothing of a VM."""
    if event == "exec":
        return {"comm": value}
    if event == "exit" and executed.get(pid) != pid:  # the one that -daemonize leaves
        return None
    return {"byte": int(value)} if event == "port" else {}


def counters(seen: Seen, pid: int) -> list[tuple[int, dict[str, Any]]]:
    """A VM's counters, when its guest was ready and when it ended."""
    ends = [stamp for stamp, event, who, _ in seen.events if (event, who) == ("exit", pid)]
    made = [("end", max(ends, default=seen.detached), seen.counts.get(pid, {}))]
    if pid in seen.ready:
        made.append(("ready", *seen.ready[pid]))
    return [
        (stamp, {"event": "counts", "pid": pid, "until": until, "counts": as_lists(counts)})
        for until, stamp, counts in made
    ]


def as_lists(counts: Counts) -> dict[str, list[list[int]]]:
    """Counters for JSON: map -> rows of key and count."""
    tables: dict[str, list[list[int]]] = {}
    for (name, key), count in sorted(counts.items()):
        tables.setdefault(name, []).append([*key, count])
    return tables


def seconds(nanoseconds: int) -> float:
    """Seconds, to the microsecond, as the stamper writes them."""
    return round(nanoseconds / NANOSECONDS, 6)
