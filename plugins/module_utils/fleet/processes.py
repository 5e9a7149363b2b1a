"""QEMU processes of the testbed, found by what they were started with."""

from __future__ import annotations

import os
import re
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TERM_SECONDS = 10.0
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Process:
    """A running process.

    Attributes:
        pid: its number.
        arguments: what it was started with.
    """

    pid: int
    arguments: tuple[str, ...]


def running(pid: int) -> Process | None:
    """The process `pid`, or None if there is none or it is a zombie."""
    try:
        command = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return None
    if not command:  # a zombie, or a kernel thread
        return None
    return Process(pid, tuple(command.decode("utf-8", "replace").rstrip("\0").split("\0")))


def pid_in(path: Path) -> int | None:
    """The number in a pid file, or None if there is no such number."""
    with suppress(OSError, ValueError):
        return int(path.read_text(encoding="utf-8").strip())
    return None


def owner_of(pid_file: Path) -> Process | None:
    """The living process whose pid file this is.

    The process must name the pid file's folder in its arguments, for numbers are used again.
    """
    pid = pid_in(pid_file)
    process = running(pid) if pid else None
    return process if process and mentions(process, pid_file.parent) else None


def mentions(process: Process, folder: Path) -> bool:
    """Whether a process was started with something inside `folder`, or with `folder` itself.

    The path must begin where a word or an option's value does: another testbed's folder may end
    like this one's.
    """
    inside = re.compile(rf"(?:^|[=:,]){re.escape(str(folder))}(?:/|$)")
    return any(inside.search(word) for word in process.arguments)


def programs(process: Process) -> list[str]:
    """Names of what runs: the program, or an interpreter and its script."""
    return [Path(word).name for word in process.arguments[:2]]


def is_stamper(process: Process) -> bool:
    """Whether it is role boot_timeline's program."""
    return "stamper.py" in programs(process)


def is_tracer(process: Process) -> bool:
    """Whether it is a bpftrace."""
    return programs(process)[:1] == ["bpftrace"]


def is_testbeds(process: Process) -> bool:
    """Whether it is a QEMU, stamper or tracer, rather than a pager that looks at their files."""
    recorder = is_stamper(process) or is_tracer(process)
    return recorder or any("qemu-" in name for name in programs(process))


def below(folder: Path) -> list[Process]:
    """QEMUs, stampers and tracers that work on something inside `folder`."""
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    found = [process for pid in pids if pid != os.getpid() and (process := running(pid))]
    return [p for p in found if is_testbeds(p) and mentions(p, folder)]


def end(processes: list[Process], patience: float = TERM_SECONDS) -> None:
    """Ask processes to end; insist with those that do not.

    Args:
        processes: whom to end; one that is gone already is fine.
        patience: seconds to wait after asking.
    """
    for process in processes:
        send(process, signal.SIGTERM)
    left = wait_gone(processes, patience)
    for process in left:
        send(process, signal.SIGKILL)
    wait_gone(left, patience)


def send(process: Process, number: signal.Signals) -> None:
    """Send a signal, if the process is still the same one."""
    if running(process.pid) == process:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


def wait_gone(processes: list[Process], seconds: float) -> list[Process]:
    """Wait up to `seconds`; return those that are still there."""
    deadline = time.monotonic() + seconds
    left = [process for process in processes if running(process.pid) == process]
    while left and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        left = [process for process in left if running(process.pid) == process]
    return left
