"""The whole way from files to a verdict."""

from __future__ import annotations

from pyrunner.attestation.chain import Chain, read_chain
from pyrunner.attestation.encoding import report_bytes
from pyrunner.attestation.failures import UNREADABLE, AttestationError, Failure
from pyrunner.attestation.judgement import Judgement
from pyrunner.attestation.policy import Expectations, check_policy
from pyrunner.attestation.report import Report, parse
from pyrunner.attestation.verify import Anchors, Endorsed, check_report, endorse


class Verdict(Judgement):
    """What came of a report."""

    unreadable_reasons = UNREADABLE

    failures: tuple[Failure, ...]


def appraise(
    report: bytes,
    endorsement: bytes,
    authorities: bytes,
    anchors: Anchors,
    wanted: Expectations | None = None,
) -> Verdict:
    """Verify a report and see that it says what is wanted; finds all that is wrong, not the first.

    Args:
        report: raw or hexadecimal.
        endorsement: VCEK or VLEK certificate, PEM or DER.
        authorities: intermediate and root certificates, PEM.
        anchors: what the chain is judged by.
        wanted: what the report must say; None wants only what every guest should have.
    """
    failures: list[Failure] = []
    parsed = chain = None
    try:
        parsed = parse(report_bytes(report))
    except AttestationError as error:
        failures += error.failures
    try:
        chain = read_chain(endorsement, authorities)
    except AttestationError as error:
        failures += error.failures
    endorsed = endorse(chain, anchors) if chain else Endorsed(None, None, ())
    failures += endorsed.failures
    failures += _about(parsed, chain, endorsed, wanted or Expectations())
    return Verdict(report=parsed, trust=endorsed.trust, failures=tuple(failures))


def _about(
    report: Report | None, chain: Chain | None, endorsed: Endorsed, wanted: Expectations
) -> list[Failure]:
    if report is None:
        return []
    signed = check_report(report, chain.endorsement, endorsed.claims) if chain else []
    return [*signed, *check_policy(report, wanted)]
