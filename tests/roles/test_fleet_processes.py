"""The testbed's processes are found, and nobody else's are touched."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from plugins.module_utils.fleet.processes import Process, below, end, running
from plugins.module_utils.fleet.stopping import remove, stop
from plugins.module_utils.fleet.vm import Vm
from tests.roles import fakes

if TYPE_CHECKING:
    from pathlib import Path


def pids(folder: Path) -> list[int]:
    return [process.pid for process in below(folder)]


@pytest.mark.parametrize(
    "word",
    ["{}/vm1/pid", "unix:{}/vm1/qmp.sock,server=on", "if=none,file={}/vm1/overlay.qcow2", "{}"],
)
def test_a_qemu_is_found_by_any_file_of_the_fleet(tmp_path: Path, word: str) -> None:
    with fakes.process("qemu-system-x86_64", word.format(tmp_path / "fleet")) as child:
        assert pids(tmp_path / "fleet") == [child.pid]
        assert pids(tmp_path) == [child.pid]


def test_a_stamper_is_found(tmp_path: Path) -> None:
    script = tmp_path / "stamper.py"
    script.write_text("print('here', flush=True); input()", encoding="utf-8")
    words = [sys.executable, str(script), str(tmp_path / "fleet/vm1")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        assert pids(tmp_path / "fleet") == [child.pid]
        child.communicate(b"\n")
    assert pids(tmp_path / "fleet") == []


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("less", "{}/vm1/qemu.log"),
        ("tail", "{}/vm1/serial.log"),
        ("qemu-system-x86_64", "/other{}/vm1/pid"),
        ("qemu-system-x86_64", "{}-2/vm1/pid"),
        ("qemu-system-x86_64", "unix:/other{}/vm1/qmp.sock"),
    ],
)
def test_others_are_left_alone(tmp_path: Path, name: str, word: str) -> None:
    with fakes.process(name, word.format(tmp_path)) as child:
        assert pids(tmp_path) == []
        assert not stop(tmp_path)
        assert child.poll() is None


def test_fleets_do_not_end_each_other(tmp_path: Path) -> None:
    one = Vm("vm1", tmp_path / "one/vm1", 43001)
    other = Vm("vm1", tmp_path / "other/vm1", 43002)
    with fakes.qemu(one) as ours, fakes.qemu(other) as theirs:
        ran = stop(tmp_path / "one")
        assert [process.pid for process in ran] == [ours.pid]
        assert ours.wait(5)
        assert theirs.poll() is None


def test_stopping_keeps_logs_and_drops_what_is_bulky(tmp_path: Path) -> None:
    vm = Vm("vm1", tmp_path / "fleet/vm1", 43001)
    with fakes.qemu(vm):
        (vm.dir / "overlay.qcow2").touch()
        assert stop(tmp_path / "fleet")
    assert [path.name for path in vm.dir.iterdir()] == ["qemu.log"]
    assert stop(tmp_path / "fleet") == []


def test_removing_tells_whether_there_was_anything(tmp_path: Path) -> None:
    vm = Vm("vm1", tmp_path / "run/c/plain-1vm-r1/vm1", 43001)
    with fakes.qemu(vm) as child:
        assert remove(tmp_path / "run")
        assert child.wait(5)
    assert not (tmp_path / "run").exists()
    assert not remove(tmp_path / "run")


def test_who_does_not_end_when_asked_is_made_to(tmp_path: Path) -> None:
    with fakes.process("qemu-system-x86_64", f"{tmp_path}/pid", script=fakes.STUBBORN) as child:
        found = below(tmp_path)
        end(found, patience=0.3)
        assert child.wait(5) == -9


def test_a_number_that_is_used_again_is_somebody_else() -> None:
    end([Process(os.getpid(), ("qemu-system-x86_64", "-pidfile", "/state/run/vm1/pid"))], 0.1)
    assert running(os.getpid())
