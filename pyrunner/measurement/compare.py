"""Records against what is expected of them.

Source: docs/measurement-protocol.md, section 7, point 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrunner.measurement.reasons import Failure, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyrunner.attestation.report import Report
    from pyrunner.measurement.evidence import Entry
    from pyrunner.measurement.record import Record
    from pyrunner.measurement.references import Reference, References


def check_expected(entries: Sequence[Entry], purposes: Sequence[str]) -> Iterator[Failure]:
    """Check that things were measured at all, whole or in parts."""
    there = {name for entry in entries for name in (entry.purpose.text, entry.purpose.thing)}
    for purpose in purposes:
        if purpose not in there:
            yield Failure(Reason.EXPECTED_MISSING, f"there is no record {purpose}")


def check_references(
    entries: Sequence[Entry], report: Report | None, wanted: References
) -> Iterator[Failure]:
    """Compare launch digest and records with references.

    Args:
        entries: all records.
        report: None if it could not be taken apart.
        wanted: the references.
    """
    digest = wanted.launch_digest
    if digest and report is not None and report.measurement != digest:
        message = f"the launch digest is {report.measurement.hex()}, the reference {digest.hex()}"
        yield Failure(Reason.REFERENCE_LAUNCH_DIGEST, message)
    records = {entry.purpose.text: entry.record for entry in entries}
    for purpose, reference in wanted.records.items():
        if purpose in records:
            yield from differences(purpose, records[purpose], reference)
        else:
            message = f"there is no record {purpose}, and there is a reference for it"
            yield Failure(Reason.REFERENCE_MISSING, message)


def differences(purpose: str, record: Record, reference: Reference) -> Iterator[Failure]:
    """Compare a record with its reference."""
    if reference.length not in (None, record.total):
        message = f"{purpose} has {record.total} bytes, the reference {reference.length}"
        yield Failure(Reason.REFERENCE_LENGTH, message)
    if reference.ranges not in (None, record.ranges):
        message = f"{purpose} was measured at other addresses than the reference's"
        yield Failure(Reason.REFERENCE_RANGES, message)
    if record.algorithm is not reference.algorithm:
        message = (
            f"{purpose} was measured with {record.algorithm.word}, the reference is of "
            f"{reference.algorithm.word}: the two cannot be compared"
        )
        yield Failure(Reason.REFERENCE_ALGORITHM, message)
    elif record.digest != reference.digest:
        message = (
            f"{purpose} has digest {record.digest.hex()}, the reference {reference.digest.hex()}"
        )
        yield Failure(Reason.REFERENCE_DIGEST, message)
