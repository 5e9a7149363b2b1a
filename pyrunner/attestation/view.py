"""A verdict as people and as programs read it."""

from __future__ import annotations

from dataclasses import fields
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, Any

from pyrunner.attestation.fields import NO_VMPL, Cpuid, FirmwareVersion, GuestPolicy
from pyrunner.attestation.tcb import Tcb

if TYPE_CHECKING:
    from pyrunner.attestation.judgement import Judgement
    from pyrunner.attestation.report import Report

HIDDEN = frozenset({"signed", "signature"})


def word(verdict: Judgement) -> str:
    """The verdict in a word: verified, emulated or refused."""
    if not verdict.verified:
        return "refused"
    return "emulated" if verdict.emulated else "verified"


def as_dict(verdict: Judgement, **more: object) -> dict[str, Any]:
    """Make what ``--json`` prints: plain values, bytes in hexadecimal.

    Args:
        verdict: what came of a report, or of what has one in it.
        more: what else there is to tell, between the failures and the report.
    """
    trust = verdict.trust
    return {
        "schema": 1,
        "verified": verdict.verified,
        "verdict": word(verdict),
        "root": {"name": trust.root, "emulated": trust.emulated} if trust else None,
        "failures": [
            {"reason": failure.reason.value, "message": failure.message}
            for failure in verdict.failures
        ],
        **more,
        "report": report_dict(verdict.report) if verdict.report else None,
    }


def report_dict(report: Report) -> dict[str, Any]:
    """Every field of a report but the signature, as plain values."""
    return {
        field.name: _plain(getattr(report, field.name))
        for field in fields(report)
        if field.name not in HIDDEN
    }


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Tcb):
        return value.parts
    if isinstance(value, Cpuid):
        return {"family": value.family, "model": value.model, "stepping": value.stepping}
    if isinstance(value, FirmwareVersion):
        return str(value)
    if isinstance(value, IntFlag):
        return int(value)
    return value.name if isinstance(value, IntEnum) else value


def rows(report: Report) -> list[tuple[str, str]]:
    """Name and value of what people look for in a report, in its order."""
    cpuid = report.cpuid
    asked = "asked for by the host" if report.vmpl == NO_VMPL else str(report.vmpl)
    processor = f"{cpuid.product or 'unknown'}, family {cpuid.family:#x}" if cpuid else ""
    return [
        ("version", str(report.version)),
        ("processor", f"{processor} model {cpuid.model:#x}" if cpuid else "not named (version 2)"),
        ("firmware", str(report.current_firmware)),
        ("reported TCB", str(report.reported_tcb)),
        ("VMPL", asked),
        ("guest SVN", str(report.guest_svn)),
        ("policy", _flags(report.policy, GuestPolicy.RESERVED_ONE)),
        ("platform", _flags(report.platform_info)),
        ("signing key", report.signing_key.name),
        ("measurement", report.measurement.hex()),
        ("report data", report.report_data.hex()),
        ("host data", report.host_data.hex()),
        ("chip id", report.chip_id.hex()),
    ]


def _flags(value: IntFlag, hidden: int = 0) -> str:
    """Name the bits that are set; the policy's ABI version has no names and is left out."""
    names = [flag.name for flag in type(value) if flag & value and not flag & hidden]
    return f"{int(value):#x} {' '.join(name for name in names if name)}".rstrip()
