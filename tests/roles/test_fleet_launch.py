"""Starting a fleet: what stands in the way is said, and nothing is left running."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from plugins.module_utils.fleet import interrupts, launch
from plugins.module_utils.fleet.errors import FleetError
from plugins.module_utils.fleet.launch import Launch, complaint, start
from plugins.module_utils.fleet.placement import Placement
from plugins.module_utils.fleet.processes import below
from plugins.module_utils.fleet.vm import Vm
from tests.roles import fakes

PORT = 43980
REFUSES = """#!/bin/sh
echo "qemu-system: $1: Invalid parameter" >&2
exit 1
"""
STAMPER = "import sys\n"


@pytest.fixture
def wanted(tmp_path: Path) -> Launch:
    """A fleet whose QEMU refuses and whose stamper has nothing to do."""
    (tmp_path / "disk.img").write_bytes(bytes(1 << 20))
    (tmp_path / "stamper.py").write_text(STAMPER, encoding="utf-8")
    (tmp_path / "qemu-system-fake").write_text(REFUSES, encoding="utf-8")
    (tmp_path / "qemu-system-fake").chmod(0o755)
    run = tmp_path / "run"
    return Launch(
        fleet=run / "demo/plain-1vm-r1",
        run_root=run,
        binary=str(tmp_path / "qemu-system-fake"),
        disk=tmp_path / "disk.img",
        stamper=tmp_path / "stamper.py",
        stagger=0,
        accelerator="tcg",
    )


def vm_of(wanted: Launch) -> Vm:
    return Vm("vm1", wanted.fleet / "vm1", PORT, "-nonsense 1\n")


def test_a_qemu_that_refuses_is_quoted(wanted: Launch) -> None:
    with pytest.raises(FleetError, match=r"QEMU of vm1 refuses to start: .*-nonsense: Invalid"):
        start(wanted, [vm_of(wanted)])
    assert below(wanted.run_root) == []


def test_interrupts_go_back_when_qemu_refuses(
    wanted: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.sched_getaffinity(0)
    where = tmp_path / "irq/9/smp_affinity_list"
    where.parent.mkdir(parents=True)
    where.write_text("0-255\n", encoding="ascii")
    monkeypatch.setattr(interrupts, "IRQS", tmp_path / "irq")
    monkeypatch.setattr(interrupts, "require_no_balancer", lambda: None)
    here = min(os.sched_getaffinity(0))
    place = {"node": 0, "cpus": [here], "idle": [], "emulator_cpus": [here]}
    pinning = {"interrupts": True, "host_cpus": [here], "vms": {"vm1": place}}
    placed = replace(wanted, placement=Placement.of(pinning))
    with pytest.raises(FleetError, match="QEMU of vm1 refuses to start"):
        start(placed, [vm_of(wanted)])
    assert pinning["interrupts_moved"] == 1
    assert where.read_text(encoding="ascii").strip() == "0-255"
    assert os.sched_getaffinity(0) == before


DAEMON = """#!/usr/bin/env python3
import json, os, pathlib, socket, sys
folder = pathlib.Path(sys.argv[2]).parent
if os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
server = socket.socket(socket.AF_UNIX)
server.bind(f"{folder}/qmp.sock")
server.listen(1)
daemon = os.fork()
if daemon:
    (folder / "pid").write_text(str(daemon))
    os._exit(0)
stream = server.accept()[0].makefile("rw")
print(json.dumps({"QMP": {}}), file=stream, flush=True)
for line in stream:
    command = json.loads(line)["execute"]
    if command == "cont":
        print("sev_snp_launch_finish: failed", file=sys.stderr)
        sys.exit(1)
    answer = [{"cpu-index": 0, "thread-id": os.getpid()}] if "query" in command else {}
    print(json.dumps({"return": answer}), file=stream, flush=True)
"""


def test_a_launch_that_fails_when_vcpus_are_let_go_is_quoted(wanted: Launch) -> None:
    Path(wanted.binary).write_text(DAEMON, encoding="utf-8")
    here = min(os.sched_getaffinity(0))
    place = {"node": 0, "cpus": [here], "idle": [], "emulator_cpus": [here]}
    placement = Placement.of({"host_cpus": [here], "vms": {"vm1": place}})
    vm = Vm("vm1", wanted.fleet / "vm1", PORT, f"-pidfile {wanted.fleet}/vm1/pid\n")
    with pytest.raises(FleetError, match="its log: sev_snp_launch_finish: failed"):
        start(replace(wanted, placement=placement), [vm])
    assert below(wanted.run_root) == []
    events = [entry["event"] for entry in vm.records("host")]
    assert events == ["qemu_started", "qemu_ready", "vcpus_released"]


def test_remarks_on_processor_features_hide_no_reason(wanted: Launch) -> None:
    vm = vm_of(wanted)
    vm.dir.mkdir(parents=True)
    remark = "qemu: warning: TCG doesn't support requested feature: CPUID[eax=01h].ECX.pcid"
    (vm.dir / "qemu.log").write_text(f"the reason\n{remark}\n", encoding="utf-8")
    assert complaint(vm, 1) == "the reason"
    (vm.dir / "qemu.log").write_text(f"{remark}\n", encoding="utf-8")
    assert complaint(vm, 1) == "it ended with status 1 and no reason"


def test_a_qemu_that_is_missing_is_named(wanted: Launch) -> None:
    (wanted.stamper.parent / "qemu-system-fake").unlink()
    with pytest.raises(FleetError, match="qemu-system-fake"):
        start(wanted, [vm_of(wanted)])


def test_a_stamper_that_hangs_is_told(wanted: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "STAMPER_SECONDS", 0.5)
    wanted.stamper.write_text("import time; time.sleep(60)", encoding="utf-8")
    with pytest.raises(FleetError, match="the stamper did not start in"):
        start(wanted, [vm_of(wanted)])
    assert below(wanted.run_root) == []


def test_a_stamper_that_fails_is_quoted(wanted: Launch) -> None:
    wanted.stamper.write_text("raise SystemExit('no such folder')", encoding="utf-8")
    with pytest.raises(FleetError, match="the stamper does not start: no such folder"):
        start(wanted, [vm_of(wanted)])


def test_a_port_in_use_starts_nothing(wanted: Launch) -> None:
    with (
        socket.create_server(("127.0.0.1", PORT)),
        pytest.raises(FleetError, match=f"port {PORT} on 127.0.0.1 is in use"),
    ):
        start(wanted, [vm_of(wanted)])
    assert not wanted.fleet.exists()


def test_another_fleet_on_the_host_is_in_the_way(wanted: Launch) -> None:
    other = Vm("vm1", wanted.run_root / "other/cvm-1vm-r1/vm1", 43981)
    with fakes.qemu(other) as child:
        with pytest.raises(FleetError, match=f"1 processes of other fleets .* is {child.pid}"):
            start(wanted, [vm_of(wanted)])
        assert child.poll() is None


def test_what_a_killed_run_left_of_the_same_fleet_is_ended(wanted: Launch) -> None:
    left = vm_of(wanted)
    with fakes.qemu(left) as child:
        with pytest.raises(FleetError, match="refuses to start"):
            start(wanted, [left])
        assert child.wait(5)


def test_a_full_disk_is_told_with_what_to_do(
    wanted: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/state/run/vm1/qemu.args")

    monkeypatch.setattr(launch, "make_overlay", full)
    with pytest.raises(FleetError, match="No space left on device") as told:
        start(wanted, [vm_of(wanted)])
    assert told.value.hint == "make room on that file system"
