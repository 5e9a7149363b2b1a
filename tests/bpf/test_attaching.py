"""bpftrace attached for real: to the kernel's tracepoints, and to a program shaped like QEMU."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from plugins.module_utils.fleet.processes import below, pid_in
from plugins.module_utils.fleet.tracer import (
    Tracing,
    require_tracer,
    start_tracer,
    stop_tracer,
    trace_state,
)
from tests.bpf.conftest import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REQUIRED = Tracing("required", PROGRAMS, 0x5D0)
PATIENCE = 30.0


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Path]:
    """A fleet's folder; whatever works on it is ended with the test."""
    yield tmp_path
    for process in below(tmp_path):
        os.kill(process.pid, signal.SIGKILL)


def records_of(fleet: Path, vm: int) -> list[dict[str, Any]]:
    """Stop the tracer of a fleet whose VM has the number `vm`, and read what it saw."""
    described = {"trace": trace_state(fleet), "vms": [{"name": "vm1", "pid": vm}]}
    (fleet / "fleet.json").write_text(json.dumps(described))
    stop_tracer(fleet, below(fleet))
    assert below(fleet) == []
    return [json.loads(line) for line in (fleet / "trace.jsonl").read_text().splitlines()]


def test_a_program_with_qemus_functions(
    attaches: str, fake_qemu: Path, fleet: Path, elsewhere: subprocess.Popen[bytes]
) -> None:
    """From its first instruction on, through two forks, to its end, and nobody else's."""
    assert attaches
    start_tracer(REQUIRED, fleet, str(fake_qemu), "tcg")
    require_tracer(fleet)
    began = time.clock_gettime(time.CLOCK_MONOTONIC)
    vm = daemonized(fake_qemu, fleet / "pid")
    stranger = daemonized_by(elsewhere, fake_qemu, fleet / "other")
    os.kill(stranger, signal.SIGKILL)
    os.kill(vm, signal.SIGTERM)
    await_gone(vm)
    ended = time.clock_gettime(time.CLOCK_MONOTONIC)

    found = records_of(fleet, vm)
    assert [(r.get("event"), r.get("byte")) for r in found if "t" in r][1:9] == [
        ("qemu_exec", None),
        ("snp_launch_start", None),
        ("snp_launch_finished", None),
        ("vcpu_run", None),
        ("port", 0x10),
        ("port", 0x11),
        ("port", 0x12),
        ("counts", None),
    ]
    assert {r["pid"] for r in found[1:-1]} == {vm}
    assert all(began <= r["t"] <= ended for r in found[1:-1])
    launch = {r["event"]: r["t"] for r in found[2:4]}
    assert 0.02 <= launch["snp_launch_finished"] - launch["snp_launch_start"] < 1
    counts = {r["until"]: r["counts"] for r in found if r.get("event") == "counts"}
    assert counts["ready"] == {
        "exits": [[0, 0x10000, 30]],
        "vmgexits": [[0x80000010, 5], [0x80000018, 5]],
        "vmpl": [[0, 1], [2, 5]],
    }
    assert counts["end"] == {**counts["ready"], "exits": [[0, 0x10000, 30], [0, 0x10003, 12]]}
    assert found[-1]["eof"] is True
    assert found[-1]["lost"] == 0


def daemonized(binary: Path, pid_file: Path) -> int:
    """Run it as the fleet module runs QEMU; give the number of what it has become."""
    subprocess.run([binary, pid_file], check=True, timeout=PATIENCE)
    return await_pid(pid_file)


@pytest.fixture
def elsewhere() -> Iterator[subprocess.Popen[bytes]]:
    """A shell that has been there before the tracer: what it starts is somebody else's."""
    with subprocess.Popen(["sh"], stdin=subprocess.PIPE) as shell:
        yield shell


def daemonized_by(shell: subprocess.Popen[bytes], binary: Path, pid_file: Path) -> int:
    """Have another one run it; give the number of what it has become."""
    assert shell.stdin is not None
    shell.stdin.write(f"{binary} {pid_file}\n".encode())
    shell.stdin.flush()
    return await_pid(pid_file)


def await_pid(pid_file: Path) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if pid := pid_in(pid_file):
            return pid
        time.sleep(0.02)
    raise AssertionError(f"nobody wrote {pid_file}")


def await_gone(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise AssertionError(f"{pid} does not end")
