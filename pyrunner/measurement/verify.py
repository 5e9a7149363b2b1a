"""The whole way from an evidence file to a verdict.

Source: docs/measurement-protocol.md, section 7.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyrunner.attestation.chain import read_chain
from pyrunner.attestation.failures import AttestationError
from pyrunner.attestation.judgement import Judgement
from pyrunner.attestation.policy import Expectations, check_policy
from pyrunner.attestation.report import parse
from pyrunner.attestation.verify import check_report, endorse
from pyrunner.measurement.certificates import ChainFiles, chain_files
from pyrunner.measurement.checks import (
    check_counters,
    check_key,
    check_records,
    check_signatures,
)
from pyrunner.measurement.compare import check_expected, check_references
from pyrunner.measurement.evidence import Evidence, read_evidence
from pyrunner.measurement.reasons import UNREADABLE, Failure, MeasurementError, Reason
from pyrunner.measurement.references import References

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyrunner.attestation.report import Report
    from pyrunner.attestation.roots import Trust
    from pyrunner.attestation.verify import Anchors


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What evidence has to show.

    Attributes:
        nonce: the verifier's, 64 bytes, random and used once.
        launch_digest: of the SVSM's image, 48 bytes: nobody else's key is to be believed.
        after_counter: greatest counter that was seen of the same key; 0 for none.
        expected: things that must have been measured, whole or in parts.
        references: what records and launch digest are to be.
        min_tcb: component (attestation.tcb.COMPONENTS) -> least version of REPORTED_TCB.
    """

    nonce: bytes
    launch_digest: bytes
    after_counter: int = 0
    expected: tuple[str, ...] = ()
    references: References = field(default_factory=References)
    min_tcb: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Judgement):
    """What came of it; ``evidence`` is None if the file could not be taken apart."""

    unreadable_reasons = UNREADABLE

    failures: tuple[Failure, ...]
    evidence: Evidence | None


@dataclass(slots=True)
class Examination:
    """The checks of one evidence file, and what is learnt on the way.

    Attributes:
        evidence: as read.
        anchors: what the report's chain is judged by.
        wanted: what the evidence has to show.
        given: certificates to use if the evidence has none.
        report: None until it is taken apart.
        trust: None until the chain's root is found to be trusted.
    """

    evidence: Evidence
    anchors: Anchors
    wanted: Wanted
    given: ChainFiles | None
    report: Report | None = None
    trust: Trust | None = None

    def failures(self) -> Iterator[Failure]:
        """Find all that is wrong, what is cheap to find first: signatures come last."""
        wanted, entries = self.wanted, self.evidence.entries
        yield from self._read_report()
        yield from check_key(self.evidence.key, self.report, wanted.nonce)
        yield from check_records(entries, self.evidence.key.key_id, wanted.nonce)
        yield from check_counters(entries, wanted.after_counter)
        yield from check_expected(entries, wanted.expected)
        yield from check_references(entries, self.report, wanted.references)
        yield from self._check_chain()
        yield from check_signatures(self.evidence)

    def _read_report(self) -> Iterator[Failure]:
        """Take the report apart and see that it says what is wanted; its data is check_key's."""
        try:
            self.report = parse(self.evidence.key.report)
        except AttestationError as error:
            yield from error.failures
            return
        digest, least = self.wanted.launch_digest, self.wanted.min_tcb
        policy = Expectations(vmpl=0, measurement=digest, min_tcb=least)
        yield from check_policy(self.report, policy)

    def _check_chain(self) -> Iterator[Failure]:
        """See that a chip that is vouched for signed the report."""
        try:
            files = self._chain_files()
            chain = read_chain(files.endorsement, files.authorities)
        except (MeasurementError, AttestationError) as error:
            yield from error.failures
            return
        endorsed = endorse(chain, self.anchors)
        self.trust = endorsed.trust
        yield from endorsed.failures
        if self.report is not None:
            yield from check_report(self.report, chain.endorsement, endorsed.claims)

    def _chain_files(self) -> ChainFiles:
        if self.evidence.key.certificates:
            return chain_files(self.evidence.key.certificates)
        if self.given is None:
            message = "the evidence has no certificates, as the host gave none, and none were given"
            raise MeasurementError.of(Reason.CERTIFICATES_MISSING, message)
        return self.given


def verify(
    data: bytes, anchors: Anchors, wanted: Wanted, chain: ChainFiles | None = None
) -> Verdict:
    """Verify an evidence file; finds all that is wrong, not the first.

    Only a file that is not in form ends the work early: nothing behind the fault can be found.

    Args:
        data: the whole file.
        anchors: what the report's chain is judged by.
        wanted: what the evidence has to show.
        chain: certificates to use if the evidence has none.
    """
    try:
        evidence = read_evidence(data)
    except MeasurementError as error:
        return Verdict(evidence=None, report=None, trust=None, failures=error.failures)
    examination = Examination(evidence, anchors, wanted, chain)
    failures = tuple(examination.failures())
    return Verdict(
        evidence=evidence,
        report=examination.report,
        trust=examination.trust,
        failures=failures,
    )


def first_failure(
    data: bytes, anchors: Anchors, wanted: Wanted, chain: ChainFiles | None = None
) -> Failure | None:
    """Find one thing that is wrong with an evidence file, the one that takes least to find.

    Args:
        data: the whole file.
        anchors: what the report's chain is judged by.
        wanted: what the evidence has to show.
        chain: certificates to use if the evidence has none.

    Returns:
        None if :func:`verify` would find it verified.
    """
    try:
        evidence = read_evidence(data)
    except MeasurementError as error:
        return error.failures[0]
    return next(Examination(evidence, anchors, wanted, chain).failures(), None)
