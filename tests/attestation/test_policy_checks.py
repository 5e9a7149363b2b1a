"""What a genuine report must say is checked field by field."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from pyrunner.attestation.failures import Reason
from pyrunner.attestation.fields import NO_VMPL
from pyrunner.attestation.policy import Expectations, check_policy, report_data_of
from pyrunner.attestation.report import parse
from tests.builders import snp_reports

DEBUG, MIGRATION = 0xB0000, 0x70000


def failed(wanted: dict[str, Any], values: dict[str, Any]) -> list[Reason]:
    """Which expectations a report with these values does not meet."""
    report = parse(snp_reports.signed_report(**values))
    return [failure.reason for failure in check_policy(report, Expectations(**wanted))]


@pytest.mark.parametrize(
    ("wanted", "good", "bad", "reason"),
    [
        ({"vmpl": 0}, {"vmpl": 0}, {"vmpl": 2}, Reason.VMPL),
        ({"vmpl": 2}, {"vmpl": 2}, {"vmpl": 0}, Reason.VMPL),
        ({"vmpl": 0}, {"vmpl": 0}, {"vmpl": NO_VMPL}, Reason.VMPL),
        ({}, {}, {"policy": DEBUG}, Reason.DEBUG_ALLOWED),
        ({}, {}, {"policy": MIGRATION}, Reason.MIGRATION_AGENT_ALLOWED),
        ({"measurement": b"\x4d" * 48}, {}, {"measurement": b"\x4d" * 47 + b"\x4c"},
         Reason.MEASUREMENT),
        ({"report_data": report_data_of(b"n")}, {"report_data": hashlib.sha512(b"n").digest()},
         {"report_data": report_data_of(b"m")}, Reason.REPORT_DATA),
        ({"host_data": bytes(32)}, {}, {"host_data": b"\1" + bytes(31)}, Reason.HOST_DATA),
        ({"min_guest_svn": 3}, {"guest_svn": 3}, {"guest_svn": 2}, Reason.GUEST_SVN),
        ({"min_tcb": {"snp": 8}}, {}, {"reported_tcb": b"\3\0\0\0\0\0\7\xff"}, Reason.TCB_TOO_OLD),
        ({"min_tcb": {"microcode": 115, "tee": 0}}, {},
         {"reported_tcb": b"\3\0\0\0\0\0\x08\x72"}, Reason.TCB_TOO_OLD),
        ({"min_tcb": {"fmc": 0}}, snp_reports.turin_values(), {}, Reason.TCB_TOO_OLD),
    ],
)  # fmt: skip
def test_each_expectation(
    wanted: dict[str, Any], good: dict[str, Any], bad: dict[str, Any], reason: Reason
) -> None:
    assert failed(wanted, good) == []
    assert failed(wanted, bad) == [reason]


@pytest.mark.parametrize(
    ("allowed", "values"),
    [("allow_debug", {"policy": DEBUG}), ("allow_migration_agent", {"policy": MIGRATION})],
)
def test_permissions_can_be_allowed(allowed: str, values: dict[str, Any]) -> None:
    assert failed({allowed: True}, values) == []


def test_all_that_is_not_as_wanted_is_told() -> None:
    wanted = {"vmpl": 1, "measurement": bytes(48), "min_guest_svn": 1, "min_tcb": {"tee": 1}}
    assert failed(wanted, {"policy": DEBUG | MIGRATION}) == [
        Reason.VMPL,
        Reason.MEASUREMENT,
        Reason.DEBUG_ALLOWED,
        Reason.MIGRATION_AGENT_ALLOWED,
        Reason.TCB_TOO_OLD,
        Reason.GUEST_SVN,
    ]
