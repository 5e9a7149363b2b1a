"""Whether the ranges of a record can be what an SVSM measured.

Source: docs/measurement-protocol.md, sections 1.2 and 7, point 7.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pyrunner.measurement.layout import ADDRESSES
from pyrunner.measurement.reasons import Failure, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyrunner.measurement.evidence import Entry


def check_ranges(entry: Entry) -> Iterator[Failure]:
    """Check that there are ranges, and each of them, and all of them together."""
    ranges, name = entry.record.ranges, entry.purpose.text
    if not ranges:
        yield Failure(Reason.RANGE_NONE, f"the record {name} has no range")
    for index, (start, length) in enumerate(ranges):
        if not length:
            yield Failure(Reason.RANGE_EMPTY, f"range {index} of the record {name} is empty")
        if start + length > ADDRESSES:
            message = f"range {index} of the record {name} goes beyond the last address"
            yield Failure(Reason.RANGE_WRAPS, message)
    yield from _overlap(entry)
    total = sum(length for _, length in ranges)
    if total != entry.record.total:
        message = f"the record {name} is of {entry.record.total} bytes, its ranges of {total}"
        yield Failure(Reason.RANGE_TOTAL, message)


def _overlap(entry: Entry) -> Iterator[Failure]:
    """Compare neighbours: a range that overlaps any other overlaps one next to it, or another does.

    Empty ranges overlap nothing.
    """
    for (first, length), (second, _) in pairwise(sorted(r for r in entry.record.ranges if r[1])):
        if first + length > second:
            message = f"ranges of the record {entry.purpose.text} overlap at {second:#x}"
            yield Failure(Reason.RANGE_OVERLAP, message)
            return


def check_addresses(entries: Sequence[Entry]) -> Iterator[Failure]:
    """Compare what a purpose names of addresses and length with what was measured.

    Args:
        entries: all parts of one thing, in their order.
    """
    purpose = entries[0].purpose
    if purpose.length is None:
        return
    ranges = [each for entry in entries for each in entry.record.ranges]
    total = sum(length for _, length in ranges)
    if total != purpose.length:
        message = f"{purpose.thing} is of {purpose.length} bytes, {total} were measured"
        yield Failure(Reason.RANGE_PURPOSE, message)
    elif purpose.gpa is not None and not _is_one(ranges, purpose.gpa):
        message = f"{purpose.thing} names other addresses than were measured"
        yield Failure(Reason.RANGE_PURPOSE, message)


def _is_one(ranges: Sequence[tuple[int, int]], gpa: int) -> bool:
    """Whether ranges are memory from an address on without a gap, in order."""
    for start, length in ranges:
        if start != gpa:
            return False
        gpa += length
    return True
