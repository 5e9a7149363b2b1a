"""Whether this host lets bpftrace attach, and why not."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from .errors import FleetError
from .trace_program import Program, events_folder, program

BTF = Path("/sys/kernel/btf/vmlinux")
LIST_SECONDS = 60.0


def program_for(folder: Path, accelerator: str, binary: str) -> Program:
    """Put together the program for this host's fleets.

    Args:
        folder: where the parts of programs are.
        accelerator: ``kvm`` or ``tcg``.
        binary: QEMU, by name or path.

    Raises:
        FleetError: it cannot run here; the hint says what would help.
    """
    require_tools()
    path = shutil.which(binary)
    if path is None:
        raise FleetError(f"there is no {binary}")
    path = str(Path(path).resolve())
    functions = functions_of(path) if accelerator == "tcg" else set()
    return program(folder, accelerator, path, functions)


def require_tools() -> None:
    """Check for rights, bpftrace, BTF and tracefs.

    Raises:
        FleetError: one is missing.
    """
    if os.geteuid():
        raise FleetError("bpftrace needs root", "let Ansible become root on this host")
    if shutil.which("bpftrace") is None:
        raise FleetError(
            "there is no bpftrace",
            "install the package bpftrace: host_setup_tracing_packages",
        )
    if not BTF.exists():
        raise FleetError(
            f"there is no {BTF}: bpftrace does not know the types of tracepoints' fields",
            "boot a kernel with CONFIG_DEBUG_INFO_BTF=y, as distributions' are",
        )
    if events_folder() is None:
        raise FleetError(
            "tracefs is not mounted", "mount it: `mount -t tracefs nodev /sys/kernel/tracing`"
        )


def version() -> str:
    """Which bpftrace it is."""
    words = ["bpftrace", "--version"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def functions_of(binary: str) -> set[str]:
    """Names of the functions that bpftrace finds in a program; empty where it is stripped."""
    words = ["bpftrace", "-l", f"uprobe:{binary}:*"]
    try:
        said = subprocess.run(
            words, capture_output=True, text=True, check=False, timeout=LIST_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise FleetError(f"bpftrace did not list {binary} in {LIST_SECONDS:.0f} s") from error
    return {line.rpartition(":")[2] for line in said.stdout.splitlines()}
