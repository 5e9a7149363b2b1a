"""Boot traces: sound ones give exact phases; any fault is named, never plotted."""

from __future__ import annotations

import itertools
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrunner.errors import TestbedError
from pyrunner.parsers.boot import MICROSECONDS, parse_boot
from pyrunner.parsers.boot_rules import DEBUGCON_BYTES, FINER_BYTES, RULES
from tests.parsers.raw_factory import EVENTS, write_boot, write_stream

TRACES = Path(__file__).parent.parent / "data" / "parsers" / "boot"
NAMES = [event for event, _, _ in EVENTS]
PHASES = ["qemu", "firmware", "kernel", "initramfs", "userspace", "ssh"]


@pytest.mark.parametrize("vm", [f"vm{number}" for number in range(1, 9)])
def test_a_sound_trace_of_a_fleet_gives_every_event_in_order(vm: str) -> None:
    trace = parse_boot(TRACES / "good" / vm)
    assert [event.name for event in trace.events] == NAMES
    assert trace.events[0].microseconds == 0
    assert list(trace.phases) == [*PHASES, "end_to_end"]
    assert all(seconds > 0 for seconds in trace.phases.values())


def test_events_and_phases_are_those_of_the_streams(tmp_path: Path) -> None:
    write_boot(tmp_path / "vm3")
    trace = parse_boot(tmp_path / "vm3")
    assert [(e.name, e.source, e.seconds) for e in trace.events] == list(EVENTS)
    assert trace.phases == {
        "qemu": 0.25,
        "firmware": 1.25,
        "kernel": 1.5,
        "initramfs": 1.25,
        "userspace": 3.5,
        "ssh": 0.375,
        "end_to_end": 8.125,
    }


def test_a_kernel_without_efi_stub_lines_starts_at_its_version(tmp_path: Path) -> None:
    write_boot(tmp_path / "vm1")
    path = tmp_path / "vm1" / "serial.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "EFI stub" not in line))
    assert parse_boot(tmp_path / "vm1").events[2].seconds == pytest.approx(1.6)


FAULTS = {
    "swapped": r"vm2: debugcon.jsonl: event userspace_start comes .* before init_start",
    "missing": r"vm2: debugcon.jsonl: event userspace_ready is missing",
    "duplicated": r"vm2: debugcon.jsonl: event init_start is duplicated: seen 2 times, 60.000 s",
    "second_kernel": r"vm2: serial.jsonl: event kernel_start is duplicated: seen again",
    "interleaved": r"vm2: serial.jsonl: event userspace_start of vm3 is in this VM's stream",
    "joined": r"vm2: serial.jsonl: event firmware_output is missing: the record of kernel_start",
    "miswired": r"vm2: serial.jsonl: event userspace_start is told -\d+\.\d+ s away",
    "truncated": r"vm2: serial.jsonl: truncated: its last line is not complete",
    "no_end": r"vm2: debugcon.jsonl: truncated: the record of its end is missing",
    "clock_backwards": r"vm2: serial.jsonl line 6: the clock goes backwards, from .*text='\[",
    "unknown_byte": r"vm2: debugcon.jsonl line 2: unknown byte 0x55",
}


@pytest.mark.parametrize(("case", "message"), FAULTS.items())
def test_a_faulty_trace_is_refused_with_vm_file_and_event(case: str, message: str) -> None:
    with pytest.raises(TestbedError, match=message):
        parse_boot(TRACES / case / "vm2")


def test_every_faulty_trace_is_tried() -> None:
    assert {path.name for path in TRACES.iterdir()} == {"good", *FAULTS}


gaps = st.lists(st.integers(200_000, 60_000_000), min_size=7, max_size=7)


def _times(steps: list[int]) -> list[float]:
    """Times in s, far enough apart for the lines that belong to an event."""
    return [total / MICROSECONDS for total in itertools.accumulate(steps)]


@settings(max_examples=60, deadline=None)
@given(steps=gaps, order=st.permutations(range(7)))
def test_any_order_but_the_right_one_is_refused(steps: list[int], order: list[int]) -> None:
    times = _times(steps)
    moved = {name: times[order[number]] for number, name in enumerate(NAMES)}
    with tempfile.TemporaryDirectory() as folder:
        write_boot(Path(folder) / "vm1", **moved)
        if order == sorted(order):
            assert [event.name for event in parse_boot(Path(folder) / "vm1").events] == NAMES
        else:
            with pytest.raises(TestbedError, match="vm1: "):
                parse_boot(Path(folder) / "vm1")


@settings(max_examples=60, deadline=None)
@given(steps=gaps)
def test_phases_add_up_to_end_to_end_exactly(steps: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_boot(Path(folder) / "vm1", **dict(zip(NAMES, _times(steps), strict=True)))
        phases = parse_boot(Path(folder) / "vm1").phases
    whole = {name: round(seconds * MICROSECONDS) for name, seconds in phases.items()}
    total = whole.pop("end_to_end")
    assert sum(whole.values()) == total
    assert list(whole.values()) == steps[1:]


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_stream_cut_anywhere_is_refused(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        vm = Path(folder) / "vm1"
        write_boot(vm)
        path = vm / f"{data.draw(st.sampled_from(['host', 'serial', 'debugcon']))}.jsonl"
        content = path.read_bytes()
        path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
        with pytest.raises(TestbedError, match=f"vm1: {path.name}"):
            parse_boot(vm)


@settings(max_examples=40, deadline=None)
@given(value=st.sampled_from(sorted(set(range(256)) - {*DEBUGCON_BYTES, *FINER_BYTES})))
def test_any_byte_that_means_nothing_is_refused(value: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        vm = Path(folder) / "vm1"
        write_boot(vm)
        end = {"t": 2000.0, "eof": True}
        write_stream(vm, "debugcon", [{"t": 1000.5, "byte": value}, end])
        with pytest.raises(TestbedError, match=f"unknown byte 0x{value:02x}"):
            parse_boot(vm)


@pytest.mark.parametrize("source", ["host", "debugcon"])
@pytest.mark.parametrize("twice", [0, 1])
def test_an_event_seen_twice_is_refused(tmp_path: Path, source: str, twice: int) -> None:
    write_boot(tmp_path / "vm1")
    path = tmp_path / "vm1" / f"{source}.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[: twice + 1], *lines[twice:]]))
    with pytest.raises(TestbedError, match="is duplicated: seen 2 times"):
        parse_boot(tmp_path / "vm1")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("not json", "not JSON"),
        ('{"source": "host", "event": "x"}', "no time in"),
        ('{"t": NaN, "source": "host"}', "no time in"),
        ('{"t": true, "source": "host"}', "no time in"),
        ('["t"]', "no time in"),
        ('{"t": 1e9, "source": "serial"}', "source is 'serial', not 'host'"),
    ],
)
def test_an_unparsable_record_is_refused(tmp_path: Path, line: str, message: str) -> None:
    write_boot(tmp_path / "vm1")
    with (tmp_path / "vm1" / "host.jsonl").open("a") as out:
        out.write(line + "\n")
    with pytest.raises(TestbedError, match=f"vm1: host.jsonl line 3: .*{message}"):
        parse_boot(tmp_path / "vm1")


def test_records_after_the_end_are_refused(tmp_path: Path) -> None:
    write_boot(tmp_path / "vm1")
    with (tmp_path / "vm1" / "debugcon.jsonl").open("a") as out:
        out.write(json.dumps({"t": 9e9, "source": "debugcon", "byte": 0x10}) + "\n")
    with pytest.raises(TestbedError, match="the stream ends here, yet goes on"):
        parse_boot(tmp_path / "vm1")


def test_a_vm_that_never_names_itself_is_refused(tmp_path: Path) -> None:
    write_boot(tmp_path / "vm1")
    path = tmp_path / "vm1" / "serial.jsonl"
    path.write_text(path.read_text().replace("vm=vm1", "vm=unknown"))
    with pytest.raises(TestbedError, match=r"vm1: serial.jsonl: no line tells an event"):
        parse_boot(tmp_path / "vm1")


def test_one_garbled_line_of_the_vm_is_not_held_against_it(tmp_path: Path) -> None:
    write_boot(tmp_path / "vm1")
    path = tmp_path / "vm1" / "serial.jsonl"
    path.write_text(path.read_text().replace("event=init_start vm=vm1", "event=in[ 3.1] vda"))
    assert parse_boot(tmp_path / "vm1").vm == "vm1"


def test_a_kernel_without_firmware_before_it_is_refused(tmp_path: Path) -> None:
    write_boot(tmp_path / "vm1")
    path = tmp_path / "vm1" / "serial.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    message = r"vm1: serial.jsonl: event firmware_output is missing: the record of kernel_start"
    with pytest.raises(TestbedError, match=message):
        parse_boot(tmp_path / "vm1")


def test_a_missing_stream_names_its_file(tmp_path: Path) -> None:
    write_boot(tmp_path / "vm1")
    (tmp_path / "vm1" / "debugcon.jsonl").unlink()
    with pytest.raises(TestbedError, match=r"vm1/debugcon.jsonl: No such file"):
        parse_boot(tmp_path / "vm1")


def test_the_table_of_events_is_consistent() -> None:
    assert [rule.event for rule in RULES] == NAMES
    assert [rule.phase for rule in RULES] == ["", *PHASES]
    told = {rule.event for rule in RULES if rule.source == "debugcon"}
    assert set(DEBUGCON_BYTES.values()) == told


def test_patched_firmware_and_kernels_tell_more_without_new_phases(tmp_path: Path) -> None:
    write_boot(tmp_path / "vm1")
    path = tmp_path / "vm1" / "debugcon.jsonl"
    finer = [
        {"t": 1000.125, "source": "debugcon", "byte": 0x01},
        {"t": 1002.5, "source": "debugcon", "byte": 0x09},
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in finer) + path.read_text())
    trace = parse_boot(tmp_path / "vm1")
    assert [event.name for event in trace.events[:5]] == [
        "qemu_started",
        "firmware_sec",
        "firmware_output",
        "kernel_start",
        "kernel_runs_init",
    ]
    assert list(trace.phases) == [*PHASES, "end_to_end"]


def test_pinned_vms_tell_when_they_were_let_go(tmp_path: Path) -> None:
    write_boot(tmp_path / "vm1")
    path = tmp_path / "vm1" / "host.jsonl"
    started, answers = path.read_text().splitlines()
    waited = [
        json.dumps({"t": 1000.125 + n / 16, "source": "host", "event": event})
        for n, event in enumerate(("qemu_ready", "vcpus_released"))
    ]
    path.write_text("\n".join([started, *waited, answers]) + "\n")
    trace = parse_boot(tmp_path / "vm1")
    assert [(event.name, event.seconds) for event in trace.events[1:3]] == [
        ("qemu_ready", 0.125),
        ("vcpus_released", 0.1875),
    ]
    assert list(trace.phases) == [*PHASES, "end_to_end"]


def test_a_second_boot_of_patched_firmware_is_named(tmp_path: Path) -> None:
    write_boot(tmp_path / "vm1")
    path = tmp_path / "vm1" / "debugcon.jsonl"
    twice = [{"t": 1000.125 + n, "source": "debugcon", "byte": 0x02} for n in range(2)]
    path.write_text("".join(json.dumps(record) + "\n" for record in twice) + path.read_text())
    with pytest.raises(TestbedError, match=r"event firmware_dxe is duplicated"):
        parse_boot(tmp_path / "vm1")
