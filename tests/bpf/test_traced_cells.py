"""A cell that was traced: two witnesses of one boot, and what they must agree on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from plugins.module_utils.fleet.trace_records import read_output, records
from pyrunner.errors import TestbedError
from pyrunner.model import Cell
from pyrunner.parsers.cell import Parsed, parse_cell
from pyrunner.parsers.context import CellContext
from pyrunner.parsers.raw import fleet_of
from tests.parsers.raw_factory import write_raw

if TYPE_CHECKING:
    from collections.abc import Callable

KVM = Path(__file__).parents[1] / "data/bpf/kvm_snp.out"
PIDS = {"vm1": 4102, "vm2": 4202}
SUSPENDED = 250_000_000
CVM = Cell("epyc", "cvm", 2, 1, "snp")
STATE = {"mode": "auto", "running": True, "parts": ["processes", "kvm_boot", "kvm_launch"]}

Record = dict[str, Any]


def parsed(raw: Path, cell: Cell = CVM) -> Parsed:
    context = CellContext(cell, "demo", (), "0123456789ab", "2026-01-02T03:04:05Z")
    return parse_cell(fleet_of(raw, cell), context)


def set_trace(raw: Path, **state: object) -> None:
    """Have fleet.json say how the fleet was traced."""
    fleet = json.loads((raw / "fleet.json").read_text())
    for vm in fleet["vms"]:
        vm["pid"] = PIDS[vm["name"]]
    (raw / "fleet.json").write_text(json.dumps({**fleet, "trace": {**STATE, **state}}))


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A sound cell of two CVMs on SNP, and the trace of it."""
    folder = write_raw(tmp_path / "raw", accelerator="kvm")
    set_trace(folder)
    write_trace(folder, lambda record: record)
    return folder


def write_trace(raw: Path, change: Callable[[Record], Record | None]) -> None:
    """Write the trace; `change` gives each record another shape, or None to leave it out."""
    with KVM.open(encoding="utf-8") as printed:
        found = records(read_output(printed), SUSPENDED, PIDS.values())
    kept = [changed for record in found if (changed := change(record)) is not None]
    kept.sort(key=lambda record: record["t"])
    (raw / "trace.jsonl").write_text("".join(json.dumps(record) + "\n" for record in kept))


def without(event: str) -> Callable[[Record], Record | None]:
    """Leave out what a VM did."""
    first = PIDS["vm1"]
    return lambda r: None if (r.get("event"), r.get("pid")) == (event, first) else r


def moved(event: str, seconds: float, byte: int | None = None) -> Callable[[Record], Record]:
    """Put an event of vm1 at another time."""

    def change(record: Record) -> Record:
        wanted = (record.get("event"), record.get("pid")) == (event, PIDS["vm1"])
        if wanted and byte in (None, record.get("byte")):
            return {**record, "t": record["t"] + seconds}
        return record

    return change


def test_both_witnesses_events_are_on_one_clock(raw: Path) -> None:
    events = [e for e in parsed(raw).boot_events if e.vm == "vm2"]
    told = [(e.event, e.source, e.seconds) for e in events]
    assert told[:8] == [
        ("qemu_started", "host", 0.0),
        ("qemu_exec", "bpf", 0.004),
        ("snp_init", "bpf", 0.1),
        ("snp_launch_start", "bpf", 0.12),
        ("snp_launch_update", "bpf", 0.13),
        ("snp_launch_finish", "bpf", 0.19),
        ("snp_launch_finished", "bpf", 0.195),
        ("vcpu_run", "bpf", 0.21),
    ]
    assert [t for t in told if t[0] == "userspace_ready"] == [
        ("userspace_ready", "bpf", 7.749),
        ("userspace_ready", "debugcon", 7.75),
    ]
    assert told[-1] == ("ssh_answers", "host", 8.125)


def test_the_launch_has_its_durations(raw: Path) -> None:
    rows = {
        r.benchmark: r.value
        for r in parsed(raw).observations
        if (r.suite, r.vm) == ("launch", "vm1")
    }
    assert rows == pytest.approx(
        {
            "to_first_run": 0.206,
            "qemu_setup": 0.116,
            "snp_launch": 0.075,
            "snp_launch_start": 0.01,
            "snp_launch_update": 0.06,
            "snp_launch_finish": 0.005,
            "vcpu_start": 0.015,
        }
    )
    parts = ("qemu_setup", "snp_launch", "vcpu_start")
    assert sum(rows[part] for part in parts) == pytest.approx(rows["to_first_run"])


def test_exits_are_counted_until_ready_and_then_by_the_second(raw: Path) -> None:
    rows = [r for r in parsed(raw).observations if r.suite == "exits"]
    first = {(r.benchmark, r.metric): r.value for r in rows if r.vm == "vm1"}
    assert first["svm:vmgexit", "count"] == 9000
    assert first["svm:npf", "count"] == 2000
    assert first["vmgexit:snp_run_vmpl", "count"] == 800
    assert first["vmgexit:msr_snp_run_vmpl", "count"] == 2
    assert first["vmgexit:msr_cpuid", "count"] == 6
    assert first["vmgexit:ioio", "count"] == 700
    assert first["vmpl:2", "count"] == 402
    assert first["svm:npf", "rate"] == pytest.approx(4000 / (1041 - 1008.74901), rel=1e-6)
    assert first["vmgexit:psc", "rate"] == 0
    second = {(r.benchmark, r.metric): r.value for r in rows if r.vm == "vm2"}
    assert set(second) == set(first)
    assert second["svm:npf", "count"] == 4000


def test_what_did_not_happen_in_a_vm_is_zero(raw: Path) -> None:
    def fewer(record: Record) -> Record:
        if record.get("pid") == PIDS["vm1"] and "counts" in record:
            return {**record, "counts": {"exits": [[2, 1024, 1]]}}
        return record

    write_trace(raw, fewer)
    rows = [r for r in parsed(raw).observations if (r.suite, r.metric) == ("exits", "count")]
    values = {(r.vm, r.benchmark): r.value for r in rows}
    assert values["vm1", "vmpl:2"] == 0
    assert values["vm2", "vmpl:2"] == 804


def test_a_cell_that_was_not_traced_has_the_stampers_rows_alone(raw: Path) -> None:
    set_trace(raw, running=False, reason="there is no bpftrace")
    (raw / "trace.jsonl").unlink()
    found = parsed(raw)
    assert {r.suite for r in found.observations} == {"boot_timeline"}
    assert {e.source for e in found.boot_events} == {"host", "serial", "debugcon"}


def test_a_cell_that_had_to_be_traced_does_not_count_without(raw: Path) -> None:
    set_trace(raw, mode="required", running=False, reason="bpftrace ended early")
    with pytest.raises(TestbedError, match="fleet_trace is required: bpftrace ended early"):
        parsed(raw)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("qemu_exec"), "vm1: trace.jsonl: event qemu_exec is missing"),
        (without("vcpu_run"), "vm1: trace.jsonl: event vcpu_run is missing"),
        (without("snp_launch_start"), "vm1: trace.jsonl: event snp_launch_start is missing"),
        (without("counts"), "vm1: trace.jsonl: the counters of ready are missing"),
        (without("port"), r"vm1: trace.jsonl: bytes \(none\), while debugcon.jsonl has 10 11 12"),
        (
            moved("vcpu_run", -0.1),
            "vm1: trace.jsonl: event vcpu_run comes before snp_launch_finished",
        ),
        (moved("qemu_exec", -0.1), r"qemu_exec: stamper and bpftrace are -96.0 ms apart"),
        (
            moved("port", -0.2, 0x12),
            r"byte 0x12: stamper and bpftrace are \+201.0 ms apart, at most",
        ),
        (moved("port", 0.01, 0x11), r"byte 0x11: stamper and bpftrace are -9.0 ms apart"),
        (
            lambda r: {**r, "pid": 77} if r.get("event") == "vcpu_run" else r,
            "process 77 is none of this fleet's VMs",
        ),
        (lambda r: None if "eof" in r else r, "truncated"),
    ],
)
def test_witnesses_that_contradict_each_other_are_refused(
    raw: Path, change: Callable[[Record], Record | None], message: str
) -> None:
    write_trace(raw, change)
    with pytest.raises(TestbedError, match=message):
        parsed(raw)


def test_phases_that_do_not_add_up_are_refused(raw: Path) -> None:
    """Each witness is late by less than its bound, together they are by more than 1 %."""

    def shifted(record: Record) -> Record:
        if record.get("pid") != PIDS["vm1"] or record.get("event") not in ("qemu_exec", "port"):
            return record
        early = {"qemu_exec": 0.07, "port": -0.07}[record["event"]]
        return {**record, "t": record["t"] + early}

    write_trace(raw, shifted)
    with pytest.raises(
        TestbedError, match=r"add up to 7\.\d+ s, the boot took 8\.125 s: more than"
    ):
        parsed(raw)


def test_two_vms_that_were_mixed_up_are_noticed(raw: Path) -> None:
    swapped = {4102: 4202, 4202: 4102}
    write_trace(raw, lambda r: {**r, "pid": swapped[r["pid"]]} if r.get("pid") in swapped else r)
    with pytest.raises(TestbedError, match=r"vm1: trace.jsonl: qemu_exec: .* \+1004.0 ms apart"):
        parsed(raw)


def test_a_plain_vm_launches_nothing(raw: Path) -> None:
    with pytest.raises(TestbedError, match="event snp_init in a plain VM"):
        parsed(raw, Cell("epyc", "plain", 2, 1, "snp"))


def test_a_host_that_shows_no_launches_needs_none(raw: Path) -> None:
    set_trace(raw, parts=["processes", "kvm_boot", "kvm_exits"])
    write_trace(raw, lambda r: None if str(r.get("event")).startswith("snp_") else r)
    rows = {r.benchmark for r in parsed(raw).observations if r.suite == "launch"}
    assert rows == {"to_first_run"}


def test_a_trace_that_is_missing_is_named(raw: Path) -> None:
    (raw / "trace.jsonl").unlink()
    with pytest.raises(TestbedError, match=r"trace\.jsonl"):
        parsed(raw)
