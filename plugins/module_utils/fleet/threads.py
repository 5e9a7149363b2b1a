"""Processors and memory of threads: what Linux lets them use, and how to say so."""

from __future__ import annotations

import ctypes
import os
import platform
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import FleetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROC = Path("/proc")
SET_MEMPOLICY = 238
"""Number of the system call on x86-64 (Linux, arch/x86/entry/syscalls/syscall_64.tbl)."""
MPOL_BIND = 2
MASK_BITS = 1024
LONG_BITS = 64
OFF = "fleet_pinning=off does without"


def run_on(thread: int, cpus: Iterable[int]) -> None:
    """Let a thread (0: the calling one, and what it starts) run on `cpus` only, if it still runs.

    Raises:
        FleetError: the kernel does not allow it.
    """
    wanted = set(cpus)
    try:
        os.sched_setaffinity(thread, wanted)
    except ProcessLookupError:
        return  # it has just ended; whoever needs it notices
    except OSError as error:
        raise FleetError(
            f"cannot let thread {thread or 'of this module'} run on processors {sorted(wanted)}: "
            f"{error.strerror}",
            "does a cpuset (systemd's AllowedCPUs, a container) keep them from this user?",
        ) from error


@contextmanager
def only_on(cpus: Iterable[int]) -> Iterator[None]:
    """Run on `cpus`, and so does what is started meanwhile; of none at all, anywhere."""
    wanted = set(cpus)
    before = os.sched_getaffinity(0)
    if wanted:
        run_on(0, wanted)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def take_memory_of(node: int) -> None:
    """Let the calling thread, and what it starts, take memory of NUMA node `node` only.

    The policy of the process, not of QEMU's memory backend (``host-nodes``): private memory of
    SEV-SNP guests comes from guest_memfd, which no program maps and mbind(2) thus does not reach;
    it is taken by the policy of the thread that touches it. Other memory follows the same policy
    (Linux, Documentation/admin-guide/mm/numa_memory_policy.rst, "Scope of Memory Policies"), so one
    way does for every variant.

    Raises:
        FleetError: the kernel does not allow it.
    """
    if platform.machine() != "x86_64":
        raise FleetError("memory can be bound to a NUMA node on x86-64 only", OFF)
    mask = (ctypes.c_ulong * (MASK_BITS // LONG_BITS))()
    mask[node // LONG_BITS] = 1 << (node % LONG_BITS)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(SET_MEMPOLICY, MPOL_BIND, ctypes.byref(mask), MASK_BITS):
        raise FleetError(
            f"cannot take memory of NUMA node {node} only: {os.strerror(ctypes.get_errno())}",
            f"does a container forbid set_mempolicy, or a cpuset that node? {OFF}",
        )


def affinities(pid: int) -> dict[int, frozenset[int]]:
    """The processors of every thread of a process, as ``Cpus_allowed_list`` has them."""
    found = {}
    for task in (PROC / str(pid) / "task").iterdir():
        with suppress(ProcessLookupError):  # a worker thread that has just ended
            found[int(task.name)] = frozenset(os.sched_getaffinity(int(task.name)))
    return found


def memory_policies(pid: int) -> set[str]:
    """The policies of a process's memory, such as ``bind:0`` (numa_maps(5), proc(5))."""
    lines = (PROC / str(pid) / "numa_maps").read_text(encoding="ascii").splitlines()
    return {line.split()[1] for line in lines}
