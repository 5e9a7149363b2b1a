"""What bpftrace prints becomes records: one clock, VMs by the number that fleet.json has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugins.module_utils.fleet.errors import FleetError
from plugins.module_utils.fleet.trace_records import read_output, records

KVM = Path(__file__).parents[1] / "data/bpf/kvm_snp.out"
VMS = (4102, 4202)
SUSPENDED = 250_000_000
HEAD = ["attached 9 1000000000"]


def made(lines: list[str], offset: int = 0, vms: tuple[int, ...] = (30,)) -> list[dict[str, Any]]:
    return records(read_output(lines), offset, vms)


def of_kvm() -> list[dict[str, Any]]:
    return made(KVM.read_text("utf-8").splitlines(), SUSPENDED, VMS)


def test_times_are_the_stampers_and_in_order() -> None:
    """The host was suspended for 0.25 s: CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC."""
    found = of_kvm()
    times = [record["t"] for record in found]
    assert times == sorted(times)
    first = {record["event"]: record["t"] for record in found if record.get("pid") == VMS[0]}
    assert first["qemu_exec"] == 1001.004
    assert first["vcpu_run"] == 1001.21


def test_the_process_that_daemonized_is_the_vm_and_others_are_left_out() -> None:
    found = of_kvm()
    assert {record["pid"] for record in found[1:-1]} == set(VMS)
    for vm in VMS:
        events = [r["event"] for r in found if r.get("pid") == vm]
        assert events == [
            "qemu_exec",
            "snp_init",
            "snp_launch_start",
            "snp_launch_update",
            "snp_launch_finish",
            "snp_launch_finished",
            "vcpu_run",
            *["port"] * 3,
            "counts",
            "qemu_exit",
            "counts",
        ]


def test_each_vm_has_its_own_counters_of_boot_and_end() -> None:
    counts = {(r["pid"], r["until"]): r for r in of_kvm() if r.get("event") == "counts"}
    assert set(counts) == {(vm, until) for vm in VMS for until in ("ready", "end")}
    second = counts[VMS[1], "ready"]["counts"]
    assert second["exits"] == [[2, 120, 600], [2, 1024, 4000], [2, 1027, 18000]]
    assert [-23, 4] in second["vmgexits"]
    assert second["vmpl"] == [[0, 800], [2, 804]]
    assert counts[VMS[0], "end"]["counts"]["exits"] == [
        [2, 120, 900],
        [2, 1024, 6000],
        [2, 1027, 27000],
    ]
    assert counts[VMS[0], "end"]["t"] == 1041.0


def test_an_output_that_was_cut_off_is_seen_by_its_end() -> None:
    assert read_output([*HEAD, "detached 9 2000000000"]).detached == 2_000_000_000
    assert read_output(HEAD).detached == 0


def test_lost_events_are_counted() -> None:
    lines = [*HEAD, "Lost 12 events", "detached 9 2000000000", "Lost 3 events"]
    assert made(lines)[-1]["lost"] == 15


def test_maps_of_the_programs_own_are_no_counters() -> None:
    seen = read_output([*HEAD, "@_ours[30]: 30", "@_ran: ", "", "@_x[1, 2]: 3"])
    assert (len(seen.events), seen.counts) == (1, {})


@pytest.mark.parametrize("line", ["hello", "@exits[30]: many", "port 30", "@other"])
def test_what_no_program_prints_is_refused(line: str) -> None:
    with pytest.raises(FleetError, match="no program of ours"):
        read_output([*HEAD, line])
