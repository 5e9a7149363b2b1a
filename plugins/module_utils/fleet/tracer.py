"""The tracer of a fleet: one bpftrace that sees what only the host can see of its VMs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import FleetError
from .processes import end, is_tracer, owner_of, pid_in
from .trace_ability import program_for, version
from .trace_records import Seen, lost_events, read_output, records

if TYPE_CHECKING:
    from pathlib import Path

    from .processes import Process

ATTACH_SECONDS = 90.0
POLL_SECONDS = 0.02
END_SECONDS = 20.0
READINGS = 50
ATTACHED = re.compile(r"^attached (\d+) (\d+)$", re.MULTILINE)
REMARKS = ("RLIMIT_MEMLOCK",)
"""What bpftrace says of a limit that kernels since 5.11 do not have."""
PROGRAM, OUTPUT, LOG, PID, STATE = "trace.bt", "trace.out", "trace.log", "tracer.pid", "trace.json"
TRACE = "trace.jsonl"


@dataclass(frozen=True)
class Tracing:
    """How a fleet is to be traced.

    Attributes:
        mode: ``off``, ``auto`` (where the host can, else say why not) or ``required``.
        programs: folder of the parts of programs, from role boot_timeline.
        port: I/O port of the guests' boot events.
    """

    mode: str = "off"
    programs: Path | None = None
    port: int = 0


def start_tracer(tracing: Tracing, fleet: Path, binary: str, accelerator: str) -> None:
    """Start bpftrace and wait until it is attached; QEMU comes after that.

    What comes of it is noted in the fleet's folder: mode, whether it runs, and if not, why.

    Raises:
        FleetError: it is required, and this host cannot have it.
    """
    state: dict[str, Any] = {"mode": tracing.mode, "running": False}
    if tracing.mode != "off":
        try:
            state |= attach(tracing.programs, fleet, binary, accelerator, tracing.port)
        except FleetError as error:
            if tracing.mode == "required":
                raise FleetError(f"fleet_trace is required: {error}", error.hint) from error
            state |= {"reason": str(error), "hint": error.hint}
    (fleet / STATE).write_text(json.dumps(state) + "\n", encoding="utf-8")


def attach(
    programs: Path | None, fleet: Path, binary: str, accelerator: str, port: int
) -> dict[str, Any]:
    """Put the program together and run it; tell what runs."""
    if programs is None:
        raise FleetError("there are no programs for bpftrace", "run role boot_timeline first")
    found = program_for(programs, accelerator, binary)
    (fleet / PROGRAM).write_text(found.text, encoding="utf-8")
    return {
        "running": True,
        "version": version(),
        "parts": list(found.parts),
        "left_out": found.left_out,
        "clock_offset_ns": run_bpftrace(fleet, port),
    }


def run_bpftrace(fleet: Path, port: int) -> int:
    """Run it for what this process starts from now on.

    Returns:
        What its clock is ahead of CLOCK_MONOTONIC by, in ns.
    """
    words = ["bpftrace", "-q", str(fleet / PROGRAM), str(os.getpid()), str(port)]
    began = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    with (fleet / OUTPUT).open("wb") as output, (fleet / LOG).open("wb") as log:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=log,
            cwd="/",
            start_new_session=True,
        )
    (fleet / PID).write_text(f"{process.pid}\n", encoding="utf-8")
    try:
        return clock_offset(began, await_attached(process, fleet))
    except FleetError:
        process.kill()
        process.wait()
        raise


def await_attached(process: subprocess.Popen[bytes], fleet: Path) -> int:
    """Wait for the first line: bpftrace reads what probes print once all of them are attached.

    Returns:
        When its program began, on the clock that it stamps with, in ns.
    """
    deadline = time.monotonic() + ATTACH_SECONDS
    while time.monotonic() < deadline:
        line = ATTACHED.search((fleet / OUTPUT).read_text(encoding="utf-8", errors="replace"))
        if line:
            if int(line[1]) != process.pid:
                raise FleetError(
                    "the kernel knows this process by another number: a container's PID namespace",
                    "run the testbed on the host itself, or with the host's PID namespace",
                )
            return int(line[2])
        if process.poll() is not None:
            raise FleetError(f"bpftrace does not start: {complaint(fleet)}", attach_hint(fleet))
        time.sleep(POLL_SECONDS)
    raise FleetError(f"bpftrace was not attached within {ATTACH_SECONDS:.0f} s")


def clock_offset(began: int, stamp: int) -> int:
    """Find out which clock bpftrace stamps with; what it is ahead of CLOCK_MONOTONIC by, in ns.

    Its ``nsecs`` is CLOCK_BOOTTIME where the kernel offers that to BPF (5.8), CLOCK_MONOTONIC
    otherwise; they differ by the time that the host was suspended.
    """
    now = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    for offset in (suspended(), 0):
        if began <= stamp - offset <= now:
            return offset
    raise FleetError("bpftrace's clock is none that the stamper's can be compared with")


def suspended() -> int:
    """How long the host was suspended since it booted, in ns: CLOCK_BOOTTIME counts that.

    The least of several differences: whatever comes in between makes one larger.
    """
    return min(
        -time.clock_gettime_ns(time.CLOCK_MONOTONIC) + time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        for _ in range(READINGS)
    )


def complaint(fleet: Path) -> str:
    """What bpftrace said."""
    said = (fleet / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    told = [line for line in said if line.strip() and not any(each in line for each in REMARKS)]
    return "\n".join(told)[-400:] or "(nothing)"


def attach_hint(fleet: Path) -> str:
    """What may help where bpftrace could not attach."""
    if "permitted" in complaint(fleet):
        return "kernel lockdown (`cat /sys/kernel/security/lockdown`) or a container forbids BPF"
    return f"try it by hand: bpftrace {fleet / PROGRAM} 1 1"


def require_tracer(fleet: Path) -> None:
    """Check that a tracer that is required still runs.

    Raises:
        FleetError: it is gone, with what it said.
    """
    state = trace_state(fleet)
    if state.get("mode") == "required" and pid_in(fleet / PID) and owner_of(fleet / PID) is None:
        raise FleetError(
            f"bpftrace, which traces {fleet}, ended unexpectedly; its log: {complaint(fleet)}",
            "was it killed, or out of memory? see the host's kernel log",
        )


def stop_tracer(fleet: Path, ran: list[Process]) -> None:
    """Let bpftrace print its counters, and make ``trace.jsonl`` of what it saw."""
    end([process for process in ran if is_tracer(process)], END_SECONDS)
    if trace_state(fleet).get("running") and (fleet / OUTPUT).exists():
        write_trace(fleet)
        (fleet / OUTPUT).unlink(missing_ok=True)


def write_trace(fleet: Path) -> None:
    """Write ``trace.jsonl``: times on the stamper's clock, VMs as ``fleet.json`` has them.

    A trace that was cut short is none: ``fleet.json`` then says so, and why.
    """
    described = fleet / "fleet.json"
    if not described.exists():  # the VMs did not start
        return
    told = json.loads(described.read_text(encoding="utf-8"))
    try:
        seen = read_whole(fleet)
    except FleetError as error:
        told["trace"] |= {"running": False, "reason": str(error), "hint": error.hint}
        described.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        return
    lines = records(seen, told["trace"]["clock_offset_ns"], (vm["pid"] for vm in told["vms"]))
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (fleet / TRACE).write_text(text, encoding="utf-8")


def read_whole(fleet: Path) -> Seen:
    """Read what bpftrace printed, to its end.

    Raises:
        FleetError: it is not whole, or not ours.
    """
    with (fleet / OUTPUT).open(encoding="utf-8", errors="replace") as printed:
        seen = read_output(printed)
    if not seen.detached:
        raise FleetError(
            f"bpftrace ended early; its log: {complaint(fleet)}",
            "was it killed, or out of memory? see the host's kernel log",
        )
    seen.lost += lost_events((fleet / LOG).read_text(encoding="utf-8", errors="replace"))
    return seen


def trace_state(fleet: Path) -> dict[str, Any]:
    """What was noted when the tracer was started; empty if none was."""
    with suppress(FileNotFoundError):
        state: dict[str, Any] = json.loads((fleet / STATE).read_text(encoding="utf-8"))
        return state
    return {}
