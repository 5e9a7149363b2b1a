"""Checks of a VM's trace against its boot as the stamper saw it: two witnesses, one clock."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pyrunner.errors import TestbedError
from pyrunner.parsers.trace import TRACE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyrunner.model import Variant
    from pyrunner.parsers.trace import VmTrace

START: Final = "qemu_exec"
LAUNCH: Final = ("snp_init", "snp_launch_start", "snp_launch_update", "snp_launch_finish")
LAUNCHED: Final = "snp_launch_finished"
RUN: Final = "vcpu_run"
ORDER: Final = (START, *LAUNCH, LAUNCHED, RUN)
"""The host's events, in the order in which they come; not every host has all of SNP's."""

SHARE: Final = 0.01
"""How far the sum of the phases may be from the whole boot."""
LEAST: Final = 0.05
"""Seconds that the stamper may be late in any case: on a short boot 1 % is less than it takes."""
EARLY: Final = 0.001
"""Seconds by which a cause may seem to come after its effect: rounding, and clocks of two CPUs."""
LATE_HINT: Final = (
    "the host was too busy to stamp in time: leave it processors of its own (fleet_host_cores), or "
    "look for other load"
)


def check_complete(trace: VmTrace, variant: Variant) -> None:
    """See that the host's events are there, in order, and that nothing was launched in vain.

    Raises:
        TestbedError: naming VM and event.
    """
    protected = variant != "plain"
    wanted = [START, RUN, *((LAUNCH[1], LAUNCHED) if protected and trace.launches else ())]
    for event in wanted:
        if event not in trace.times:
            raise _wrong(trace, f"event {event} is missing", "did bpftrace lose it? see trace.log")
    for event in (*LAUNCH, LAUNCHED):
        if event in trace.times and not protected:
            raise _wrong(trace, f"event {event} in a plain VM", "the cell ran another variant")
    there = [event for event in ORDER if event in trace.times]
    for before, after in pairwise(there):
        if trace.times[after] < trace.times[before]:
            raise _wrong(trace, f"event {after} comes before {before}", "")
    for moment in ("ready", "end"):
        if moment not in trace.counted:
            raise _wrong(trace, f"the counters of {moment} are missing", "did bpftrace end early?")


def check_agree(
    trace: VmTrace, stamped: Iterable[tuple[float, int]], started: float, end_to_end: float
) -> None:
    """See that both witnesses saw the same events at the same times, within :func:`bound`.

    Args:
        trace: what bpftrace saw.
        stamped: (when, byte) of the debug console as the stamper has it.
        started: when QEMU was started, by the host's stamp.
        end_to_end: duration of the whole boot, in s.

    Raises:
        TestbedError: naming VM, event and how far they are apart.
    """
    stamps = list(stamped)
    seen, told = ([byte for _, byte in each] for each in (trace.port, stamps))
    if seen != told:
        raise _wrong(trace, f"bytes {_hex(seen)}, while debugcon.jsonl has {_hex(told)}", "")
    allowed = bound(end_to_end)
    _check_delay(trace, START, trace.times[START] - started, allowed)
    for (caused, byte), (stamp, _) in zip(trace.port, stamps, strict=True):
        _check_delay(trace, f"byte 0x{byte:02x}", stamp - caused, allowed)


def check_sum(trace: VmTrace, phases: dict[str, float], end_to_end: float) -> None:
    """See that phases by both witnesses add up to the whole boot, which the stamper measured.

    Raises:
        TestbedError: they are more than 1 % apart.
    """
    total = sum(phases.values())
    if abs(total - end_to_end) > SHARE * end_to_end:
        raise _wrong(
            trace,
            f"the phases {', '.join(phases)} add up to {total:.3f} s, the boot took "
            f"{end_to_end:.3f} s: more than {100 * SHARE:.0f} % apart",
            LATE_HINT,
        )


def bound(end_to_end: float) -> float:
    """How many seconds the stamper may be late."""
    return max(LEAST, SHARE * end_to_end)


def _check_delay(trace: VmTrace, event: str, delay: float, allowed: float) -> None:
    """See that the later witness is not too late, and not too early."""
    if not -EARLY <= delay <= allowed:
        raise _wrong(
            trace,
            f"{event}: stamper and bpftrace are {1000 * delay:+.1f} ms apart, at most "
            f"{1000 * allowed:.1f} ms are allowed",
            LATE_HINT,
        )


def _wrong(trace: VmTrace, what: str, hint: str) -> TestbedError:
    return TestbedError(f"{trace.vm}: {TRACE_FILE}: {what}", hint)


def _hex(values: Iterable[int]) -> str:
    return " ".join(f"{value:02x}" for value in values) or "(none)"
