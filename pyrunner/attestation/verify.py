"""Whether a report is genuine: its signature, its signer's chain, and that both are one chip's.

What a genuine report must say to be wanted is policy.py's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pyrunner.attestation.binding import check_binding, check_product
from pyrunner.attestation.chain import check_chain, p384
from pyrunner.attestation.claims import Claims, read_claims
from pyrunner.attestation.failures import AttestationError, Failure, Reason
from pyrunner.attestation.fields import SigningKey
from pyrunner.attestation.revocation import RevocationList, check_revocation
from pyrunner.attestation.roots import Trust, trust_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pyrunner.attestation.certificates import Certificate
    from pyrunner.attestation.chain import Chain
    from pyrunner.attestation.report import Report


@dataclass(frozen=True, slots=True)
class Anchors:
    """What a chain is judged by.

    Attributes:
        at: time at which certificates and list are to be valid, with its zone.
        root: the one root to trust, emulated if it is not AMD's; None trusts AMD's.
        revoked: the root's revocation list, if there is one at hand.
    """

    at: datetime
    root: Certificate | None = None
    revoked: RevocationList | None = None


@dataclass(frozen=True, slots=True)
class Endorsed:
    """What a chain turned out to be worth.

    Attributes:
        trust: its root's worth; None if the root is not trusted.
        claims: what its endorsement certificate says; None if that cannot be read.
        failures: all that is wrong with the chain.
    """

    trust: Trust | None
    claims: Claims | None
    failures: tuple[Failure, ...]


def endorse(chain: Chain, anchors: Anchors) -> Endorsed:
    """Check everything about a chain that does not need a report; use it for many reports."""
    failures = check_chain(chain, anchors.at)
    found = trust_in(chain.root, anchors.root)
    trust = found if isinstance(found, Trust) else None
    if not isinstance(found, Trust):
        failures.append(found)
    if anchors.revoked is not None:
        failures += check_revocation(chain, anchors.revoked, anchors.at)
    claims = None
    try:
        claims = read_claims(chain.endorsement)
    except AttestationError as error:
        failures += error.failures
    if claims and trust:
        failures += check_product(claims, trust)
    return Endorsed(trust, claims, tuple(failures))


def check_report(report: Report, endorsement: Certificate, claims: Claims | None) -> list[Failure]:
    """Check that the endorsement certificate's key signed the report, and for this chip and TCB."""
    failures = list(_signed(report, endorsement))
    if claims:
        failures += check_binding(report, claims)
    return failures


def _signed(report: Report, endorsement: Certificate) -> Iterator[Failure]:
    unsigned = _why_unsigned(report)
    if unsigned:
        yield Failure(Reason.UNSIGNED, f"the report is not signed: {unsigned}")
    elif not signature_holds(report, endorsement):
        yield Failure(
            Reason.REPORT_SIGNATURE, f"the report is not signed by the key of {endorsement.subject}"
        )


def _why_unsigned(report: Report) -> str:
    """Source: AMD 56860, section 7.3: SIGNING_KEY, and MASK_CHIP_KEY, which bars the VCEK."""
    if report.signing_key is SigningKey.NONE:
        return "it was asked for without a signature"
    if report.mask_chip_key and report.signing_key is SigningKey.VCEK:
        return "the host masks the chip's key (MASK_CHIP_KEY)"
    return "" if any(report.signature) else "its signature is zero"


def signature_holds(report: Report, endorsement: Certificate) -> bool:
    """Tell whether an endorsement certificate's key signed a report (ECDSA P-384, SHA-384)."""
    key = p384(endorsement)
    if key is None:
        return False
    signature = encode_dss_signature(*report.signature)
    try:
        key.verify(signature, report.signed, ec.ECDSA(hashes.SHA384()))
    except InvalidSignature:
        return False
    return True
