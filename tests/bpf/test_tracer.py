"""The tracer of a fleet where it cannot run, ends early, or is off; without bpftrace."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from plugins.module_utils.fleet import trace_ability, trace_program, tracer
from plugins.module_utils.fleet.errors import FleetError
from plugins.module_utils.fleet.trace_program import program
from plugins.module_utils.fleet.tracer import (
    Tracing,
    clock_offset,
    require_tracer,
    start_tracer,
    stop_tracer,
    suspended,
    trace_state,
)
from tests.bpf.conftest import PROGRAMS
from tests.roles import fakes

if TYPE_CHECKING:
    from pathlib import Path

AUTO = Tracing("auto", PROGRAMS, 0x5D0)
REQUIRED = Tracing("required", PROGRAMS, 0x5D0)
KVM_EVENTS = (
    *("sched/sched_process_fork", "sched/sched_process_exec", "sched/sched_process_exit"),
    *("kvm/kvm_entry", "kvm/kvm_exit", "kvm/kvm_pio", "kvm/kvm_vmgexit_enter"),
    "kvm/kvm_vmgexit_msr_protocol_enter",
)


@pytest.fixture
def tracefs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host whose kernel has what KVM's programs need, but for ioctl's tracepoints."""
    for event in KVM_EVENTS:
        (tmp_path / "tracing/events" / event).mkdir(parents=True)
    monkeypatch.setattr(trace_program, "TRACEFS", (tmp_path / "tracing",))
    return tmp_path / "tracing/events"


def test_off_is_noted_and_nothing_more(tmp_path: Path) -> None:
    start_tracer(Tracing(), tmp_path, "qemu", "kvm")
    assert trace_state(tmp_path) == {"mode": "off", "running": False}
    assert [path.name for path in tmp_path.iterdir()] == ["trace.json"]


@pytest.mark.parametrize(
    ("lacks", "reason", "hint"),
    [
        ("root", "bpftrace needs root", "become root"),
        ("bpftrace", "there is no bpftrace", "install the package"),
        ("btf", "there is no .*vmlinux: bpftrace does not know", "CONFIG_DEBUG_INFO_BTF=y"),
        ("tracefs", "tracefs is not mounted", "mount -t tracefs nodev /sys/kernel/tracing"),
    ],
)
def test_what_a_host_lacks_is_noted_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacks: str, reason: str, hint: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: int(lacks == "root"))
    monkeypatch.setattr(shutil, "which", lambda name: None if name == lacks else f"/usr/bin/{name}")
    monkeypatch.setattr(trace_program, "TRACEFS", (tmp_path / "no-tracefs",))
    monkeypatch.setattr(
        trace_ability, "BTF", tmp_path if lacks == "tracefs" else tmp_path / "vmlinux"
    )
    start_tracer(AUTO, tmp_path, "qemu", "kvm")
    state = trace_state(tmp_path)
    assert state["running"] is False
    assert re.fullmatch(reason + ".*", state["reason"])
    assert hint in state["hint"]
    with pytest.raises(FleetError, match=f"fleet_trace is required: {reason}") as told:
        start_tracer(REQUIRED, tmp_path, "qemu", "kvm")
    assert hint in told.value.hint


def test_kvm_that_is_not_loaded_is_named(tracefs: Path) -> None:
    (tracefs / "kvm/kvm_entry").rmdir()
    with pytest.raises(FleetError, match="no tracepoint kvm:kvm_entry to attach to") as told:
        program(PROGRAMS, "kvm", "/qemu", set())
    assert "modprobe kvm_amd" in told.value.hint


def test_launches_are_left_out_where_ioctls_are_not_seen(tracefs: Path) -> None:
    assert tracefs
    made = program(PROGRAMS, "kvm", "/qemu", set())
    assert made.parts == ("processes", "kvm_boot", "kvm_exits")
    assert "sys_enter_ioctl" in made.left_out["kvm_launch"]
    assert "sys_enter_ioctl" not in made.text


def test_a_qemu_without_symbols_is_told_what_to_do(tracefs: Path) -> None:
    assert tracefs
    with pytest.raises(FleetError, match="no uprobe QEMU:tcg_cpu_exec") as told:
        program(PROGRAMS, "tcg", "/qemu", set())
    assert "build_qemu" in told.value.hint


@pytest.mark.parametrize("ahead", [0, 7_000_000_000])
def test_bpftraces_clock_is_found_by_its_first_stamp(
    ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that was suspended for 7 s, or never; bpftrace stamps with either clock."""
    monkeypatch.setattr(tracer, "suspended", lambda: 7_000_000_000)
    began = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    assert clock_offset(began, began + ahead) == ahead
    with pytest.raises(FleetError, match="clock"):
        clock_offset(began, began - 3_600_000_000_000)


def test_the_two_clocks_are_read_at_the_same_time() -> None:
    readings = [suspended() for _ in range(20)]
    assert max(readings) - min(readings) < 100_000


def traced(fleet: Path, mode: str, output: str) -> None:
    """Leave what a fleet has whose tracer ran and is gone."""
    state = {"mode": mode, "running": True, "clock_offset_ns": 0}
    (fleet / "trace.json").write_text(json.dumps(state))
    described = {"trace": state, "vms": [{"name": "vm1", "pid": 17}]}
    (fleet / "fleet.json").write_text(json.dumps(described))
    (fleet / "trace.out").write_text(output)
    (fleet / "trace.log").write_text("ERROR: couldn't set RLIMIT_MEMLOCK\nOut of luck\n")


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("attached 9 1000\n", "bpftrace ended early; its log: Out of luck"),
        ("attached 9 1000\nnonsense\ndetached 9 2000\n", "no program of ours"),
    ],
)
def test_a_trace_that_is_not_whole_is_none(tmp_path: Path, output: str, reason: str) -> None:
    traced(tmp_path, "auto", output)
    stop_tracer(tmp_path, [])
    told = json.loads((tmp_path / "fleet.json").read_text())["trace"]
    assert told["running"] is False
    assert reason in told["reason"]
    assert not (tmp_path / "trace.jsonl").exists()
    assert not (tmp_path / "trace.out").exists()


def test_a_fleet_is_not_well_without_a_tracer_that_is_required(tmp_path: Path) -> None:
    traced(tmp_path, "required", "attached 9 1000\n")
    words = ("bpftrace", "-q", f"{tmp_path}/trace.bt")
    with fakes.process(*words) as running:
        (tmp_path / "tracer.pid").write_text(f"{running.pid}\n")
        require_tracer(tmp_path)
    with pytest.raises(FleetError, match="ended unexpectedly; its log: Out of luck"):
        require_tracer(tmp_path)
    traced(tmp_path, "auto", "attached 9 1000\n")
    require_tracer(tmp_path)


def test_a_bpftrace_that_does_not_start_is_quoted(
    tmp_path: Path, tracefs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tracefs
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    (bin_dir / "bpftrace").write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo bpftrace v0 && exit\n'
        "echo 'Operation not permitted' >&2\nexit 1\n"
    )
    (bin_dir / "bpftrace").chmod(0o755)
    (bin_dir / "qemu").write_text("")
    (bin_dir / "qemu").chmod(0o755)
    monkeypatch.setenv("PATH", str(bin_dir), prepend=":")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(
        FleetError, match="bpftrace does not start: Operation not permitted"
    ) as told:
        start_tracer(REQUIRED, tmp_path, "qemu", "kvm")
    assert "lockdown" in told.value.hint
