"""What a genuine report must say to be the one that is wanted.

Source: AMD 56860, section 4.3 (guest policy), section 7.3 (ATTESTATION_REPORT).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyrunner.attestation.failures import Failure, Reason
from pyrunner.attestation.fields import NO_VMPL, GuestPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyrunner.attestation.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """What is wanted; None leaves a field unchecked.

    Attributes:
        vmpl: privilege level of the software that asked for the report.
        measurement: launch digest, 48 bytes.
        report_data: 64 bytes; see :func:`report_data_of`.
        host_data: 32 bytes.
        min_guest_svn: least security version of the guest.
        min_tcb: component (tcb.COMPONENTS) -> least version of REPORTED_TCB.
        allow_debug: whether the host may read and write the guest's memory.
        allow_migration_agent: whether another VM may have the guest's memory.
    """

    vmpl: int | None = None
    measurement: bytes | None = None
    report_data: bytes | None = None
    host_data: bytes | None = None
    min_guest_svn: int | None = None
    min_tcb: Mapping[str, int] = field(default_factory=dict)
    allow_debug: bool = False
    allow_migration_agent: bool = False


def report_data_of(nonce: bytes) -> bytes:
    """Report data that a guest gives for a nonce: its SHA-512, 64 bytes.

    Args:
        nonce: fresh and unforeseeable bytes.
    """
    return hashlib.sha512(nonce).digest()


def check_policy(report: Report, wanted: Expectations) -> list[Failure]:
    """Find everything in a report that is not as wanted."""
    return [*_identity(report, wanted), *_permissions(report, wanted), *_versions(report, wanted)]


def _identity(report: Report, wanted: Expectations) -> Iterator[Failure]:
    if wanted.vmpl is not None and report.vmpl != wanted.vmpl:
        seen = "the host, not the guest" if report.vmpl == NO_VMPL else f"VMPL {report.vmpl}"
        message = f"{seen} asked for the report, VMPL {wanted.vmpl} was expected"
        yield Failure(Reason.VMPL, message)
    for reason, name, seen_bytes, expected in (
        (Reason.MEASUREMENT, "measurement", report.measurement, wanted.measurement),
        (Reason.REPORT_DATA, "report data", report.report_data, wanted.report_data),
        (Reason.HOST_DATA, "host data", report.host_data, wanted.host_data),
    ):
        if expected is not None and seen_bytes != expected:
            message = f"the {name} is {seen_bytes.hex()}, {expected.hex()} was expected"
            yield Failure(reason, message)


def _permissions(report: Report, wanted: Expectations) -> Iterator[Failure]:
    if report.policy & GuestPolicy.DEBUG and not wanted.allow_debug:
        message = "the guest policy lets the host debug the guest: its memory is not protected"
        yield Failure(Reason.DEBUG_ALLOWED, message)
    if report.policy & GuestPolicy.MIGRATE_MA and not wanted.allow_migration_agent:
        message = "the guest policy allows a migration agent, which can read the guest's memory"
        yield Failure(Reason.MIGRATION_AGENT_ALLOWED, message)


def _versions(report: Report, wanted: Expectations) -> Iterator[Failure]:
    parts = report.reported_tcb.parts
    for name in report.reported_tcb.below(wanted.min_tcb):
        seen = parts.get(name, "not there")
        message = f"{name} of the TCB version is {seen}, at least {wanted.min_tcb[name]} is wanted"
        yield Failure(Reason.TCB_TOO_OLD, message)
    if wanted.min_guest_svn is not None and report.guest_svn < wanted.min_guest_svn:
        message = f"the guest SVN is {report.guest_svn}, at least {wanted.min_guest_svn} is wanted"
        yield Failure(Reason.GUEST_SVN, message)
