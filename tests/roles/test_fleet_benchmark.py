"""A suite in a fleet: the barrier, the output, and guests that fail.

The guests are shells of this machine instead of VMs behind SSH; all else is as on a host.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from plugins.module_utils.fleet import benchmark, ssh
from plugins.module_utils.fleet.benchmark import Suite, run_suite
from plugins.module_utils.fleet.errors import FleetError
from plugins.module_utils.fleet.vm import Vm
from tests.roles import fakes

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

SCRIPT = """
. ./settings
cp request.json out/
{before}
echo READY
read -r _go
echo STARTED >&2
date +%s.%N > out/began
{after}
exec tar -c -C out .
"""


class Fleet:
    """Two VMs with QEMUs and guests that are none."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        """Let both run below `folder`."""
        self.folder = folder
        self.vms = [Vm(f"vm{n}", folder / f"vm{n}", 43000 + n) for n in (1, 2)]
        self.qemus: list[subprocess.Popen[bytes]] = [
            stack.enter_context(fakes.qemu(vm)) for vm in self.vms
        ]

    def run(self, before: str = "", after: str = "", timeout: float = 20) -> dict[str, object]:
        """Run a suite whose script does `before` being ready and `after` go."""
        script = SCRIPT.format(before=before, after=after)
        files = {"guest.sh": script, "settings": "n=7\n", "request.json": "{}\n"}
        return run_suite(
            self.folder, self.vms, Suite("suite", files, self.folder / "keys", timeout)
        )


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    """Guests live below ``guests/<vm>`` instead of in a VM's /run."""

    def shell(vm: Vm, _keys: Path, remote: str) -> list[str]:
        there = remote.replace("/run/testbed", f"{tmp_path}/guests/{vm.name}")
        return ["env", f"VM={vm.name}", "bash", "-c", there]

    monkeypatch.setattr(ssh, "command", shell)
    with ExitStack() as stack:
        yield Fleet(tmp_path / "fleet", stack)


def test_all_begin_when_the_last_is_ready(fleet: Fleet) -> None:
    slow = "[ $VM = vm1 ] || sleep 0.7; date +%s.%N > out/ready"
    summary = fleet.run(before=slow)
    assert summary == json.loads((fleet.folder / "suite.json").read_text("utf-8"))
    out = [vm.dir / "suite" for vm in fleet.vms]
    ready = [float((path / "ready").read_text("utf-8")) for path in out]
    began = [float((path / "began").read_text("utf-8")) for path in out]
    assert ready[1] - ready[0] > 0.5
    assert min(began) > max(ready)


def test_output_comes_back_with_digests_and_duration(fleet: Fleet) -> None:
    fleet.run(after="sleep 0.3; echo $n $VM > out/log")
    summary = json.loads((fleet.folder / "suite.json").read_text("utf-8"))
    assert (fleet.vms[1].dir / "suite/log").read_text("utf-8") == "7 vm2\n"
    for part in summary["vms"].values():
        assert sorted(part["files"]) == ["began", "log", "request.json"]
        assert part["exit"] == 0
        assert 0.3 <= part["seconds"] < 10
        assert 0 <= part["go"] - summary["barrier"] < 1
        assert 0 <= part["started"] - part["go"] < 10


def test_who_watches_keeps_off_the_vms_processors(fleet: Fleet) -> None:
    last = max(os.sched_getaffinity(0))
    (fleet.folder / "fleet.json").write_text(
        json.dumps({"pinning": {"host_cpus": [last]}}), "utf-8"
    )
    before = os.sched_getaffinity(0)
    fleet.run(after="awk '/^Cpus_allowed_list/ {print $2}' /proc/self/status > out/cpus")
    assert (fleet.vms[1].dir / "suite/cpus").read_text("utf-8") == f"{last}\n"
    assert os.sched_getaffinity(0) == before


def test_a_vcpu_that_was_moved_meanwhile_spoils_the_suite(fleet: Fleet) -> None:
    place = {"node": 0, "cpus": [0], "idle": [], "emulator_cpus": [0], "threads": {"0": 1}}
    record = {"pinning": {"vms": {"vm1": place}}}
    (fleet.folder / "fleet.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(FleetError, match=r"QEMU of vm1 has lost the threads \[1\] of its vCPUs"):
        fleet.run()
    assert not (fleet.folder / "suite.json").exists()


def test_a_guest_that_fails_says_why(fleet: Fleet) -> None:
    broken = "[ $VM = vm1 ] || { echo no stressor fork >&2; exit 3; }"
    with pytest.raises(FleetError, match="vm2, suite suite: exit status 3, no stressor fork"):
        fleet.run(after=broken)
    assert not (fleet.folder / "suite.json").exists()


def test_a_guest_that_does_not_get_ready_says_why(fleet: Fleet) -> None:
    with pytest.raises(FleetError, match="vm1, suite suite: exit status 1, disk full"):
        fleet.run(before="[ $VM = vm2 ] || { echo disk full >&2; exit 1; }")


def test_a_guest_that_is_late_is_named(fleet: Fleet) -> None:
    with pytest.raises(FleetError, match="suite suite: vm2 did not finish within 1 s") as told:
        fleet.run(after="[ $VM = vm1 ] || sleep 30", timeout=1)
    assert "suite_timeout" in told.value.hint


def test_a_guest_that_never_gets_ready_is_named(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "DELIVERY_SECONDS", 1.0)
    with pytest.raises(FleetError, match="vm1, vm2 did not become ready within 1 s"):
        fleet.run(before="sleep 30")


@pytest.mark.parametrize("kept", [700, 1536, 3000, 9000, 13400])
def test_output_that_is_cut_anywhere_is_noticed(fleet: Fleet, kept: int) -> None:
    cut = f"head -c 10000 /dev/urandom > out/big; tar -c -C out . | head -c {kept}; exit 0"
    with pytest.raises(FleetError, match="vm1, suite suite: its output is truncated"):
        fleet.run(after=cut)


def test_a_qemu_that_is_killed_ends_the_suite_at_once(fleet: Fleet) -> None:
    began = time.monotonic()
    fleet.qemus[1].kill()
    fleet.qemus[1].wait()
    with pytest.raises(FleetError, match="QEMU of vm2 ended unexpectedly; its log: said by QEMU"):
        fleet.run(after="sleep 30", timeout=60)
    assert time.monotonic() - began < 10
