"""What bpftrace saw of the VMs of a cell: trace.jsonl, VM by VM."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pyrunner.errors import TestbedError
from pyrunner.parsers.exit_names import exit_name, vmgexit_name, vmpl_name
from pyrunner.parsers.streams import Record, read_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyrunner.parsers.raw import Fleet

TRACE_FILE: Final = "trace.jsonl"
SOURCE: Final = "bpf"
NAMES: Final[dict[str, Callable[..., str]]] = {
    "exits": exit_name,
    "vmgexits": vmgexit_name,
    "vmpl": vmpl_name,
}
"""Which table of counters holds what."""


@dataclass(frozen=True)
class Counted:
    """Counters at a moment: ``t`` in s of the host's clock, name -> count."""

    t: float
    counts: dict[str, int]


@dataclass
class VmTrace:
    """What was seen of one VM.

    Attributes:
        vm: its name.
        times: event -> when, in s of the host's clock, in the order of time.
        port: (when, byte) of all that the guest wrote to the event port.
        counted: ``ready`` and ``end`` -> counters when the guest was ready and when QEMU ended.
        launches: whether SNP launches are seen on this host.
    """

    vm: str
    launches: bool
    times: dict[str, float] = field(default_factory=dict)
    port: list[tuple[float, int]] = field(default_factory=list)
    counted: dict[str, Counted] = field(default_factory=dict)


def read_traces(fleet: Fleet) -> dict[str, VmTrace]:
    """Read the trace of a cell: VM -> what was seen of it; empty if it was not traced.

    Raises:
        TestbedError: the cell was to be traced in any case and was not; or it was, and the trace is
            missing, cut short, or another fleet's.
    """
    state = fleet.record.get("trace") or {}
    if not state.get("running"):
        _refuse_required(state)
        return {}
    launches = any(str(part).endswith("_launch") for part in state.get("parts", []))
    found = {int(vm["pid"]): VmTrace(str(vm["name"]), launches) for vm in fleet.vms}
    for record in read_stream(fleet.raw / TRACE_FILE, SOURCE, ends=True):
        pid = record.data.get("pid")
        if record.data.get("event") != "attached":
            _take(_owner(found, pid), record)
    return {trace.vm: trace for trace in found.values()}


def _refuse_required(state: Mapping[str, Any]) -> None:
    """A cell that had to be traced does not count without its trace."""
    if state.get("mode") == "required":
        raise TestbedError(
            f"fleet_trace is required: {state.get('reason')}", str(state.get("hint", ""))
        )


def _owner(found: dict[int, VmTrace], pid: object) -> VmTrace:
    """Find the VM whose QEMU has this number."""
    if isinstance(pid, int) and pid in found:
        return found[pid]
    raise TestbedError(
        f"{TRACE_FILE}: process {pid!r} is none of this fleet's VMs",
        "the trace is another fleet's: run the cell again",
    )


def _take(trace: VmTrace, record: Record) -> None:
    """Take one record of a VM."""
    event = str(record.data.get("event"))
    if event == "port":
        trace.port.append((record.t, _byte(trace, record.data)))
    elif event == "counts":
        trace.counted[str(record.data.get("until"))] = Counted(record.t, _counts(trace, record))
    elif event in trace.times:
        raise TestbedError(f"{trace.vm}: {TRACE_FILE}: event {event} is duplicated")
    else:
        trace.times[event] = record.t


def _byte(trace: VmTrace, data: dict[str, Any]) -> int:
    """Take the byte of a record."""
    byte = data.get("byte")
    if not isinstance(byte, int):
        raise TestbedError(f"{trace.vm}: {TRACE_FILE}: no byte in {data!r}")
    return byte


def _counts(trace: VmTrace, record: Record) -> dict[str, int]:
    """Name the counters of a record: numbers of the same name add up."""
    counts: dict[str, int] = {}
    for table, rows in dict(record.data.get("counts") or {}).items():
        if table not in NAMES:
            raise TestbedError(f"{trace.vm}: {TRACE_FILE}: unknown counters {table!r}")
        for *key, count in rows:
            name = NAMES[table](*key)
            counts[name] = counts.get(name, 0) + int(count)
    return counts
