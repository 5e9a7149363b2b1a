"""Putting VMs where they should run: threads that are real, a QEMU that only speaks QMP."""

from __future__ import annotations

import json
import os
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from plugins.module_utils.fleet import pinning
from plugins.module_utils.fleet.errors import FleetError
from plugins.module_utils.fleet.pinning import let_go, require_in_place, room_of, settle
from plugins.module_utils.fleet.placement import Placement, placement_of
from plugins.module_utils.fleet.threads import affinities, memory_policies, only_on, run_on
from plugins.module_utils.fleet.vm import Vm
from plugins.module_utils.topology import Place
from tests.roles import fakes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE = min(os.sched_getaffinity(0))
ELSEWHERE = max(os.sched_getaffinity(0))
TWO = pytest.mark.skipif(HERE == ELSEWHERE, reason="one processor: nothing to choose from")
NOT_THERE = 1023
"""A processor that no machine of this size has."""


@pytest.fixture
def vm(tmp_path: Path) -> Vm:
    """A VM with a folder."""
    (tmp_path / "vm1").mkdir()
    return Vm("vm1", tmp_path / "vm1", 43001)


@contextmanager
def qmp(vm: Vm, answers: dict[str, Any]) -> Iterator[list[str]]:
    """Answer QMP commands on the VM's socket, after an event each; give what was asked."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(vm.dir / "qmp.sock"))
    server.listen(1)
    asked: list[str] = []

    def serve() -> None:
        stream = server.accept()[0].makefile("rw")
        print(json.dumps({"QMP": {}}), file=stream, flush=True)
        for line in stream:
            command = json.loads(line)["execute"]
            asked.append(command)
            if command not in answers:
                stream.close()
                return
            print(json.dumps({"event": "RTC_CHANGE"}), file=stream)
            print(json.dumps(answers[command]), file=stream, flush=True)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield asked
    finally:
        server.close()
        thread.join(5)


def vcpus(*threads: int) -> dict[str, Any]:
    """What QEMU says of its vCPUs, the last one first."""
    listed = [{"cpu-index": n, "thread-id": thread} for n, thread in enumerate(threads)]
    return {"qmp_capabilities": {"return": {}}, "query-cpus-fast": {"return": listed[::-1]}}


def place(*cpus: int, others: int = HERE, node: int = 0) -> Place:
    return Place(node, cpus, (), (others,))


@TWO
def test_vcpus_are_pinned_before_they_run(vm: Vm) -> None:
    with fakes.process("vcpu0") as first, fakes.process("vcpu1") as second:
        answers = {**vcpus(first.pid, second.pid), "cont": {"return": {}}}
        with qmp(vm, answers) as asked:
            threads = let_go(vm, place(ELSEWHERE, HERE))
        assert os.sched_getaffinity(first.pid) == {ELSEWHERE}
        assert os.sched_getaffinity(second.pid) == {HERE}
        assert threads == {str(ELSEWHERE): first.pid, str(HERE): second.pid}
    assert asked == ["qmp_capabilities", "query-cpus-fast", "cont"]
    ready, released = vm.records("host")
    assert (ready["event"], released["event"]) == ("qemu_ready", "vcpus_released")
    assert ready["t"] <= released["t"] <= pinning.now()


def test_as_many_vcpus_as_places(vm: Vm) -> None:
    with (
        qmp(vm, vcpus(11, 11)),
        pytest.raises(FleetError, match="vm1 has 1 threads for vCPUs and places for 2"),
    ):
        let_go(vm, place(HERE, ELSEWHERE))


def test_a_processor_that_is_not_there_is_named(vm: Vm) -> None:
    with (
        fakes.process("vcpu0") as thread,
        qmp(vm, vcpus(thread.pid)) as asked,
        pytest.raises(FleetError, match=rf"run on processors \[{NOT_THERE}\]"),
    ):
        let_go(vm, place(NOT_THERE))
    assert "cont" not in asked


def test_a_qemu_that_refuses_or_goes_is_told(vm: Vm) -> None:
    with fakes.process("vcpu0") as thread:
        refused = {"cont": {"error": {"class": "GenericError", "desc": "no room"}}}
        with (
            qmp(vm, {**vcpus(thread.pid), **refused}),
            pytest.raises(FleetError, match="cont: no room"),
        ):
            let_go(vm, place(HERE))
        (vm.dir / "qmp.sock").unlink()
        with qmp(vm, vcpus(thread.pid)), pytest.raises(FleetError, match="hung up"):
            let_go(vm, place(HERE))
    (vm.dir / "qmp.sock").unlink()
    with pytest.raises(FleetError, match="QEMU does not answer: No such file"):
        let_go(vm, place(HERE))


def test_what_is_started_in_a_room_stays_there() -> None:
    seen: dict[str, object] = {}
    # Of a library's memory it may be another than the default.
    before = memory_policies(os.getpid())

    def start() -> None:
        with room_of(place(HERE, others=ELSEWHERE)), fakes.process("qemu") as child:
            seen["cpus"] = affinities(child.pid)[child.pid]
            seen["memory"] = memory_policies(child.pid)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert seen == {"cpus": {ELSEWHERE}, "memory": {"bind:0"}}
    assert memory_policies(os.getpid()) == before


def test_a_node_that_is_not_there_is_named() -> None:
    told: list[FleetError] = []

    def start() -> None:
        with pytest.raises(FleetError, match="memory of NUMA node 900 only") as error:
            room_of(place(HERE, node=900)).__enter__()
        told.append(error.value)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "fleet_pinning=off" in told[0].hint


def test_a_watcher_keeps_off_and_comes_back() -> None:
    before = os.sched_getaffinity(0)
    with only_on([ELSEWHERE]):
        assert os.sched_getaffinity(0) == {ELSEWHERE}
    with only_on([]):
        assert os.sched_getaffinity(0) == before
    assert os.sched_getaffinity(0) == before


@contextmanager
def running(vm: Vm, where: Place) -> Iterator[tuple[int, Placement]]:
    """A VM whose QEMU has one thread, its vCPU, and that was started as its placement says."""
    with fakes.qemu(vm) as child:
        run_on(child.pid, where.cpus)
        record = {"vms": {vm.name: {**vars(where), "threads": {str(where.cpus[0]): child.pid}}}}
        (vm.dir.parent / "fleet.json").write_text(json.dumps({"pinning": record}), "utf-8")
        yield child.pid, placement_of(vm.dir.parent)


@TWO
def test_a_vcpu_that_was_moved_is_noticed(vm: Vm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinning, "memory_policies", lambda _: {"bind:0"})
    with running(vm, place(ELSEWHERE)) as (pid, placement):
        require_in_place([vm], placement)
        run_on(pid, {HERE, ELSEWHERE})
        with pytest.raises(FleetError, match=rf"vm1: thread {pid} \(a vCPU\) may run on") as told:
            require_in_place([vm], placement)
    assert "cpuset" in told.value.hint


@TWO
def test_a_thread_that_a_vcpu_started_is_taken_off_its_processor(
    vm: Vm, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(vm, place(HERE, others=ELSEWHERE)) as (pid, placement):
        with fakes.process("kvm-nx-lpage-recovery") as helper:
            run_on(helper.pid, {HERE})
            threads = {pid: frozenset({HERE}), helper.pid: frozenset({HERE})}
            monkeypatch.setattr(pinning, "affinities", lambda _: threads)
            settle([vm], placement)
            assert os.sched_getaffinity(helper.pid) == {ELSEWHERE}
        assert os.sched_getaffinity(pid) == {HERE}
        settle([vm], placement)  # it has ended meanwhile


@TWO
def test_another_thread_on_a_vcpus_processor_is_noticed(vm: Vm) -> None:
    with fakes.qemu(vm) as child:
        run_on(child.pid, {ELSEWHERE})
        pinning.require_threads("vm1", child.pid, place(HERE, others=ELSEWHERE), {})
        with pytest.raises(FleetError, match="not a vCPU"):
            pinning.require_threads("vm1", child.pid, place(ELSEWHERE, others=HERE), {})


def test_a_vcpu_that_is_gone_is_noticed(vm: Vm) -> None:
    with fakes.qemu(vm) as child, pytest.raises(FleetError, match=r"lost the threads \[7\]"):
        pinning.require_threads("vm1", child.pid, place(HERE), {7: HERE})


def test_memory_of_anywhere_is_noticed(vm: Vm) -> None:
    with (
        running(vm, place(HERE)) as (_, placement),
        pytest.raises(FleetError, match="vm1: memory of its QEMU follows default, not bind:0"),
    ):
        require_in_place([vm], placement)


def test_a_fleet_that_is_not_pinned_has_nothing_to_check(vm: Vm) -> None:
    with fakes.qemu(vm):
        require_in_place([vm], placement_of(vm.dir.parent))
        (vm.dir.parent / "fleet.json").write_text(
            json.dumps({"pinning": {"mode": "off", "pinned": False}}), "utf-8"
        )
        require_in_place([vm], placement_of(vm.dir.parent))
