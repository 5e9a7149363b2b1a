"""Leftovers that really are on this machine, planted by the tests."""

from __future__ import annotations

import mmap
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from plugins.module_utils.leftovers.look import left, look
from plugins.module_utils.leftovers.scope import Scope
from plugins.module_utils.preflight.host import Host
from tests.roles import fakes

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTEN = """\
import socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
sys.stdin.read()
"""


def told(state: Path, *ports: int) -> dict[str, str]:
    """What is left of a testbed in `state`, by kind; of several findings the last."""
    answers = look(Scope(Host(), state, state, ports))
    return {finding["kind"]: finding["told"] for finding in left(answers)}


def test_nothing_is_left_of_a_testbed_that_never_was(tmp_path: Path) -> None:
    assert told(tmp_path / "never") == {}


def test_a_qemu_its_pid_file_and_folder_are_left(tmp_path: Path) -> None:
    pid = tmp_path / "run/c/vm1/pid"
    pid.parent.mkdir(parents=True)
    with fakes.process("qemu-system-x86_64", "-pidfile", str(pid)) as child:
        pid.write_text(f"{child.pid}\n", encoding="utf-8")
        found = told(tmp_path)
    assert set(found) == {"qemu", "pids", "folders"}
    assert f"kill {child.pid}" in found["qemu"]
    assert set(told(tmp_path)) == {"pids", "folders"}


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A stamper of this testbed that listens on a port, and that port."""
    script = tmp_path / "stamper.py"
    script.write_text(LISTEN, encoding="utf-8")
    words = [sys.executable, str(script), str(tmp_path / "run/c/vm1")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        yield child, int(child.stdout.readline())
        child.communicate(b"")


def test_a_port_is_left_with_who_has_it(
    tmp_path: Path, listener: tuple[subprocess.Popen[bytes], int]
) -> None:
    child, port = listener
    found = told(tmp_path)
    assert set(found) == {"stampers", "ports"}
    assert f"port {port}: process {child.pid} " in found["ports"]


def test_a_port_of_a_stranger_is_not_ours(tmp_path: Path) -> None:
    code = "import time; time.sleep(60)"
    with socket.create_server(("127.0.0.1", 0)) as server:
        os.set_inheritable(server.fileno(), True)  # noqa: FBT003 - its one argument
        words = [sys.executable, "-c", code]
        with subprocess.Popen(words, pass_fds=[server.fileno()]) as child:
            await_arguments(child)
            port = server.getsockname()[1]
            server.close()
            assert told(tmp_path, port) == {}
            child.kill()


def test_sockets_are_left_whatever_they_are_called(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "console"))
        assert "console" in told(tmp_path)["sockets"]


def await_arguments(child: subprocess.Popen[bytes]) -> None:
    """Wait for the kernel to have noted a child's arguments: it is let go before that."""
    while not Path(f"/proc/{child.pid}/cmdline").read_bytes():
        time.sleep(0.01)


def test_a_build_is_at_work_while_its_log_is_open(tmp_path: Path) -> None:
    staging = tmp_path / "artifacts/ovmf/.staging-1"
    staging.mkdir(parents=True)
    (tmp_path / "logs").mkdir()
    assert set(told(tmp_path)) == {"scratch"}
    with (tmp_path / "logs/ovmf-1.log").open("w") as log:
        words = ["sleep", "60"]
        with subprocess.Popen(words, stdout=log) as child:
            await_arguments(child)
            assert set(told(tmp_path)) == {"builds"}
            child.kill()
    assert set(told(tmp_path)) == {"scratch"}


def mount(words: list[str]) -> Iterator[None]:
    """Mount, and unmount again; skip where this user may not."""
    made = subprocess.run(["mount", *words], capture_output=True, check=False, text=True)
    if made.returncode:
        pytest.skip(f"only root may mount, and not everywhere: {made.stderr.strip()}")
    yield
    subprocess.run(["umount", words[-1]], check=True)


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Path]:
    """A file system mounted in a build root of a testbed."""
    point = tmp_path / "artifacts/build_root/1/rootfs/work/ovmf.a b"
    point.mkdir(parents=True)
    for _ in mount(["-t", "tmpfs", "none", str(point)]):
        yield point


def test_a_mount_is_left_and_keeps_its_folder_from_being_removed(
    tmp_path: Path, tmpfs: Path
) -> None:
    found = told(tmp_path)
    assert set(found) == {"mounts", "scratch"}
    assert f"umount '{tmpfs}'" in found["mounts"]
    answers = look(Scope(Host(), tmp_path, tmp_path))
    assert [f["path"] for f in left(answers) if f["kind"] == "scratch"] == [""]


HUGE = Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")
TAKE = """\
import mmap, sys
taken = mmap.mmap(-1, 2 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000)  # MAP_HUGETLB
if sys.argv[1] == "touch":
    taken[0] = 1
print("has it", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def huge_page() -> Iterator[None]:
    """One more huge page than there was."""
    there = HUGE.read_text("ascii") if HUGE.exists() else "0"
    if not os.access(HUGE, os.W_OK):
        pytest.skip("only root may reserve huge pages, where the kernel has them")
    HUGE.write_text(f"{int(there) + 1}\n", encoding="ascii")
    yield
    HUGE.write_text(there, encoding="ascii")


@pytest.mark.parametrize("how", ["touch", "promise"])
def test_huge_pages_of_ours_are_left_and_those_of_others_are_not(
    tmp_path: Path, huge_page: None, how: str
) -> None:
    del huge_page
    for script, ours in ((tmp_path / "stamper.py", True), (tmp_path / "database.py", False)):
        script.write_text(TAKE, encoding="utf-8")
        words = [sys.executable, str(script), how, str(tmp_path / "run/c/vm1")]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            assert child.stdout
            if child.stdout.readline() != b"has it\n":
                pytest.skip("somebody else took the page")
            assert ("huge_pages" in told(tmp_path)) is ours
            child.communicate(b"")


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[str]:
    """A loop device of a file of the testbed."""
    image = tmp_path / "rootfs.img"
    image.write_bytes(bytes(mmap.PAGESIZE))
    made = subprocess.run(
        ["losetup", "--find", "--show", str(image)], capture_output=True, check=False, text=True
    )
    if made.returncode:
        pytest.skip(f"no loop device to be had: {made.stderr.strip()}")
    yield made.stdout.strip()
    subprocess.run(["losetup", "--detach", made.stdout.strip()], check=True)


def test_a_loop_device_is_left(tmp_path: Path, loop: str) -> None:
    assert f"losetup -d {loop}" in told(tmp_path)["loops"]
