"""What tests of programs for bpftrace need, and why they are skipped without it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from plugins.module_utils.fleet.errors import FleetError
from plugins.module_utils.fleet.trace_ability import require_tools

PROGRAMS = Path(__file__).parents[2] / "roles/boot_timeline/files/trace"
HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def bpftrace() -> str:
    """The path of bpftrace, which may compile here: that needs no right but root's."""
    path = shutil.which("bpftrace")
    if path is None:
        pytest.skip("bpftrace is not installed: apt-get install bpftrace")
    if os.geteuid():
        pytest.skip("bpftrace runs as root only")
    return path


@pytest.fixture(scope="session")
def attaches(bpftrace: str) -> str:
    """The path of bpftrace, which may attach here."""
    try:
        require_tools()
    except FleetError as error:
        pytest.skip(f"{error}: {error.hint}")
    words = [bpftrace, "-e", "tracepoint:sched:sched_process_exec { exit(); } BEGIN { exit(); }"]
    tried = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    if tried.returncode:
        pytest.skip(f"bpftrace may not attach here: {tried.stderr.strip()[-200:]}")
    return bpftrace


@pytest.fixture(scope="session")
def fake_qemu(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program with the functions that programs for TCG attach to."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler: apt-get install gcc libc6-dev")
    binary = tmp_path_factory.mktemp("fake") / "qemu-system-fake"
    subprocess.run([compiler, "-O1", "-o", binary, HERE / "fake_qemu.c"], check=True)
    return binary
