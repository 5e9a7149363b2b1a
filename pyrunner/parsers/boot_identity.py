"""Is it this VM that speaks? Its name on serial against the folder that the stream lies in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pyrunner.errors import TestbedError
from pyrunner.parsers.boot_rules import SPOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyrunner.parsers.streams import Record

LINE: Final = re.compile(r"testbed: event=(?P<event>[a-z_]+) vm=(?P<vm>vm[0-9]+)")
MIXED: Final = "streams of two VMs are interleaved: the wiring of the recorder is at fault"


def refuse_others(vm: str, serial: Sequence[Record]) -> None:
    """See that no other VM's name is on this VM's serial line.

    Raises:
        TestbedError: naming VM, file and event.
    """
    for event, name, _ in _spoken(serial):
        if name != vm:
            raise TestbedError(
                f"{vm}: serial.jsonl: event {event} of {name} is in this VM's stream", MIXED
            )


def check_told(vm: str, serial: Sequence[Record], times: Mapping[str, float]) -> None:
    """See that the VM names itself, and where the debug console's events allow it.

    One line is enough: the kernel's own messages may run into another.

    Args:
        vm: name of the VM.
        serial: its serial stream.
        times: the events' times, in s of the host's clock.

    Raises:
        TestbedError: the VM never names itself, or the debug console is another VM's.
    """
    told = [(event, t) for event, _, t in _spoken(serial) if event in SPOKEN]
    if not told:
        message = f"{vm}: serial.jsonl: no line tells an event ({', '.join(SPOKEN)}) with its name"
        raise TestbedError(message, "without it nobody knows whose stream this is")
    for event, t in told:
        earliest, latest = SPOKEN[event]
        if t < times[earliest] or (latest and t > times[latest]):
            raise TestbedError(
                f"{vm}: serial.jsonl: event {event} is told {t - times[event]:+.3f} s away from "
                "where debugcon.jsonl has it",
                MIXED,
            )


def _spoken(serial: Sequence[Record]) -> Iterator[tuple[str, str, float]]:
    """Yield (event, VM, time) of the lines in which a guest names itself."""
    for record in serial:
        match = LINE.search(str(record.data.get("text", "")))
        if match:
            yield match["event"], match["vm"], record.t
