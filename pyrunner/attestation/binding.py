"""That report, endorsement certificate and root speak of the same chip.

Source: AMD 57230, table of extensions: a VCEK is made for one chip (hwID) and one TCB version
(SPLs), which a report names as CHIP_ID and REPORTED_TCB (AMD 56860, section 7.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrunner.attestation.failures import Failure, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyrunner.attestation.claims import Claims
    from pyrunner.attestation.report import Report
    from pyrunner.attestation.roots import Trust


def check_binding(report: Report, claims: Claims) -> Iterator[Failure]:
    """Compare a report with what its signer's certificate says."""
    if report.signing_key is not claims.key:
        message = (
            f"the report names {report.signing_key.name} as its signing key, "
            f"the certificate is a {claims.key.name}"
        )
        yield Failure(Reason.SIGNING_KEY, message)
    if report.reported_tcb != claims.tcb:
        message = (
            f"the report's TCB version is {report.reported_tcb}, the certificate's {claims.tcb}"
        )
        yield Failure(Reason.TCB_MISMATCH, message)
    yield from _chip_id(report, claims)
    if report.cpuid and report.cpuid.product != claims.product:
        found = report.cpuid
        told = found.product or "unknown"
        message = (
            f"the report's processor is {told} (family {found.family:#x}, model "
            f"{found.model:#x}), the certificate's {claims.product}"
        )
        yield Failure(Reason.PRODUCT_MISMATCH, message)


def _chip_id(report: Report, claims: Claims) -> Iterator[Failure]:
    """Compare chip ids, where there are two.

    A VLEK is not a chip's. A host may mask the chip id (MASK_CHIP_ID), which leaves it zero: then
    the signature alone ties the report to the VCEK, of which each chip has its own.
    """
    if claims.chip_id and any(report.chip_id) and report.chip_id != claims.chip_id:
        message = (
            f"the report's chip id is {report.chip_id.hex()}, "
            f"the certificate's {claims.chip_id.hex()}"
        )
        yield Failure(Reason.CHIP_ID_MISMATCH, message)


def check_product(claims: Claims, trust: Trust) -> Iterator[Failure]:
    """Compare the product lines of the endorsement certificate and of AMD's root."""
    if trust.product and claims.product != trust.product:
        message = f"the endorsement certificate is for {claims.product}, the root {trust.product}'s"
        yield Failure(Reason.PRODUCT_MISMATCH, message)
