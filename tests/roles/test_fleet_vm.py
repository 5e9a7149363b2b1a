"""A VM's arguments, folder and traces."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.module_utils.fleet.errors import FleetError
from plugins.module_utils.fleet.vm import SUN_PATH_BYTES, Vm
from tests.roles import fakes

ARGUMENTS = """\
# plain VM

-name vm1,process=vm1
  -daemonize
-append console=ttyS0 quiet  two
-drive if=none,file=/a folder/overlay.qcow2
"""


def vm_in(folder: Path, arguments: str = "") -> Vm:
    return Vm.from_params(folder, {"name": "vm1", "ssh_port": 43001, "args": arguments})


def test_a_line_is_an_option_and_its_value(tmp_path: Path) -> None:
    assert vm_in(tmp_path, ARGUMENTS).command("/opt/qemu") == [
        "/opt/qemu",
        *("-name", "vm1,process=vm1"),
        "-daemonize",
        *("-append", "console=ttyS0 quiet  two"),
        *("-drive", "if=none,file=/a folder/overlay.qcow2"),
    ]


def test_sockets_fit_exactly_or_the_message_says_what_to_shorten() -> None:
    room = SUN_PATH_BYTES - len("/" + "/vm1/debugcon.sock")
    assert vm_in(Path("/" + "x" * room)).name == "vm1"
    with pytest.raises(FleetError, match=r"have 108 bytes, 107 is the limit") as told:
        vm_in(Path("/" + "x" * (room + 1)))
    assert "shorter testbed_state_dir" in told.value.hint


def test_bytes_count_not_letters() -> None:
    room = SUN_PATH_BYTES - len("/" + "/vm1/debugcon.sock")
    with pytest.raises(FleetError, match="108 bytes"):
        vm_in(Path("/" + "ü" + "x" * (room - 1)))


def test_a_pid_file_counts_only_with_its_own_qemu(tmp_path: Path) -> None:
    vm, other = vm_in(tmp_path), vm_in(tmp_path / "other")
    with fakes.qemu(other) as child:
        vm.dir.mkdir()
        (vm.dir / "pid").write_text(f"{child.pid}\n", encoding="utf-8")
        assert vm.qemu() is None
        found = other.qemu()
        assert found
        assert found.pid == child.pid


@pytest.mark.parametrize("text", ["", "no number", "999999999"])
def test_a_useless_pid_file_is_no_qemu(tmp_path: Path, text: str) -> None:
    vm = vm_in(tmp_path)
    vm.dir.mkdir()
    (vm.dir / "pid").write_text(text, encoding="utf-8")
    assert vm.qemu() is None


def test_a_vm_runs_as_asked_only_with_the_same_arguments(tmp_path: Path) -> None:
    vm = vm_in(tmp_path, ARGUMENTS)
    with fakes.qemu(vm):
        assert not vm.runs_as_asked()
        (vm.dir / "qemu.args").write_text(ARGUMENTS, encoding="utf-8")
        assert vm.runs_as_asked()
        assert not vm_in(tmp_path, ARGUMENTS + "-m 2G\n").runs_as_asked()
    assert not vm.runs_as_asked()


def test_half_a_record_does_not_count_yet(tmp_path: Path) -> None:
    vm = vm_in(tmp_path)
    assert vm.records("serial") == []
    fakes.say(vm.dir, "serial", {"t": 1.0, "text": "one"})
    with (vm.dir / "serial.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"t": 2.0, "te')
    assert vm.records("serial") == [{"t": 1.0, "text": "one"}]


def test_last_words_are_the_last(tmp_path: Path) -> None:
    vm = vm_in(tmp_path)
    assert vm.last_words() == "(nothing)"
    said = [{"text": f" line {number} "} for number in range(5)]
    fakes.say(vm.dir, "serial", *said, {"eof": True})
    assert vm.last_words() == "line 2 | line 3 | line 4"


def test_why_a_vm_gave_up_comes_before_its_last_words(tmp_path: Path) -> None:
    vm = vm_in(tmp_path)
    panic = {"text": "[    3.1] Kernel panic - not syncing: no init"}
    fakes.say(vm.dir, "serial", panic, *({"text": f"call {number}"} for number in range(5)))
    assert vm.last_words(2) == "[    3.1] Kernel panic - not syncing: no init | call 3 | call 4"
