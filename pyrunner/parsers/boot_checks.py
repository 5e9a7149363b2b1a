"""Checks of one VM's boot: events in their order, each seen once, each in a record of its own."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pyrunner.errors import TestbedError
from pyrunner.parsers.boot_rules import DEBUGCON_BYTES, FINER_BYTES, ONCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyrunner.parsers.boot_rules import Rule
    from pyrunner.parsers.streams import Record

REBOOTED: Final = "the VM booted more than once: look at its serial.log"


def check_order(vm: str, rules: Sequence[Rule], times: dict[str, float]) -> None:
    """See that the events come in the order of the table.

    Raises:
        TestbedError: naming VM, file and event.
    """
    for before, after in pairwise(rules):
        early = times[before.event] - times[after.event]
        if early > 0:
            raise TestbedError(
                f"{vm}: {after.source}.jsonl: event {after.event} comes {early:.6f} s before "
                f"{before.event} ({before.source}.jsonl): the order is swapped",
                "streams are mixed up, or the guest's hooks are in the wrong order",
            )


def check_apart(vm: str, rules: Sequence[Rule], times: dict[str, float]) -> None:
    """See that no record is taken for two events: then the earlier one was never seen.

    Raises:
        TestbedError: naming VM, file and event.
    """
    for before, after in pairwise(rules):
        if before.source == after.source and times[before.event] == times[after.event]:
            raise TestbedError(
                f"{vm}: {before.source}.jsonl: event {before.event} is missing: the record of "
                f"{after.event} is the first",
                "did the recorder join the two into one line?",
            )


def check_once(
    vm: str, rules: Sequence[Rule], times: dict[str, float], streams: dict[str, list[Record]]
) -> None:
    """See that nothing tells of a second boot.

    Raises:
        TestbedError: naming VM, file and event.
    """
    for rule, following in pairwise(rules):
        late = [t for t in rule.sightings(streams[rule.source]) if t > times[following.event]]
        if late and rule.burst:
            raise TestbedError(
                f"{vm}: {rule.source}.jsonl: event {rule.event} is duplicated: seen again "
                f"{late[0] - times[following.event]:.3f} s after {following.event}",
                REBOOTED,
            )
    for source, line in ONCE:
        count = sum(line in str(record.data.get("text", "")) for record in streams[source])
        if count > 1:
            raise TestbedError(
                f"{vm}: {source}.jsonl: kernel_start is duplicated: {line!r} is there "
                f"{count} times",
                REBOOTED,
            )


def check_bytes(vm: str, records: list[Record]) -> None:
    """See that the guest wrote only bytes that mean something.

    Raises:
        TestbedError: naming VM, file and event.
    """
    for number, record in enumerate(records, 1):
        value = record.data.get("byte")
        if value not in DEBUGCON_BYTES and value not in FINER_BYTES:
            shown = f"0x{value:02x}" if isinstance(value, int) else repr(value)
            raise TestbedError(
                f"{vm}: debugcon.jsonl line {number}: unknown byte {shown}",
                "something else writes to the debug console's port",
            )
