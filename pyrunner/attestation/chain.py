"""A chain of certificates: AMD's root (ARK), its intermediate (ASK or ASVK), VCEK or VLEK.

Source: AMD 57230, chapter on certificate formats: root and intermediate are RSA, all three
certificates are signed with RSASSA-PSS and SHA-384; the VCEK's and VLEK's keys are ECDSA P-384.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from pyrunner.attestation.certificates import (
    Certificate,
    read_certificate,
    read_certificates,
    signed_with,
)
from pyrunner.attestation.failures import AttestationError, Failure, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

PAIR = 2


@dataclass(frozen=True, slots=True)
class Chain:
    """The three certificates.

    Attributes:
        endorsement: VCEK or VLEK.
        intermediate: ASK, or ASVK above a VLEK.
        root: ARK.
    """

    endorsement: Certificate
    intermediate: Certificate
    root: Certificate


def read_chain(endorsement: bytes, authorities: bytes) -> Chain:
    """Read a chain, whether it holds or not.

    Args:
        endorsement: VCEK or VLEK, PEM or DER.
        authorities: intermediate and root, PEM, in either order.

    Raises:
        AttestationError: a file holds something else.
    """
    leaf = read_certificate(endorsement, "endorsement certificate")
    found = read_certificates(authorities, "chain file")
    if len(found) != PAIR:
        message = f"chain file: {len(found)} certificates; intermediate and root are wanted"
        raise AttestationError.of(Reason.CHAIN_FILE, message)
    # Only a root bears its issuer's name.
    intermediate, root = sorted(found, key=lambda each: each.subject_der == each.issuer_der)
    return Chain(leaf, intermediate, root)


@dataclass(frozen=True, slots=True)
class Link:
    """A certificate and the one that is to have signed it.

    Attributes:
        role: what the certificate is in its chain.
        reason: what to say if the signature does not hold.
        authority: whether the certificate signs another one.
    """

    role: str
    certificate: Certificate
    issuer: Certificate
    reason: Reason
    authority: bool

    @property
    def name(self) -> str:
        """The certificate as messages name it."""
        return f"the {self.role} certificate ({self.certificate.subject})"


def links(chain: Chain) -> tuple[Link, ...]:
    """Take a chain apart, root first."""
    leaf, middle, root = chain.endorsement, chain.intermediate, chain.root
    return (
        Link("root", root, root, Reason.ROOT_SIGNATURE, authority=True),
        Link("intermediate", middle, root, Reason.INTERMEDIATE_SIGNATURE, authority=True),
        Link("endorsement", leaf, middle, Reason.ENDORSEMENT_SIGNATURE, authority=False),
    )


def check_chain(chain: Chain, at: datetime) -> list[Failure]:
    """Check a chain in itself; what its root is worth is another question.

    Args:
        chain: as read.
        at: the time at which all three are to be valid.
    """
    failures = [failure for link in links(chain) for failure in check_link(link, at)]
    if p384(chain.endorsement) is None:
        message = f"the key of {chain.endorsement.subject} is not ECDSA P-384"
        failures.append(Failure(Reason.ENDORSEMENT_KEY, message))
    return failures


def check_link(link: Link, at: datetime) -> list[Failure]:
    """Check one certificate of a chain: form, signature, issuer, right to sign, validity."""
    return [*_form(link), *_signature(link), *_validity(link, at)]


def _form(link: Link) -> Iterator[Failure]:
    each = link.certificate
    if not each.exact:
        message = f"{link.name} was altered outside its signed part"
        yield Failure(Reason.CERTIFICATE_ENCODING, message)
    if not each.pss_sha384:
        message = f"{link.name} is not signed with RSASSA-PSS and SHA-384"
        yield Failure(Reason.CERTIFICATE_ALGORITHM, message)
    if each.unknown_critical:
        message = f"{link.name} has unknown critical extensions: {', '.join(each.unknown_critical)}"
        yield Failure(Reason.CRITICAL_EXTENSION, message)
    if link.authority and not each.authority:
        yield Failure(Reason.NOT_AN_AUTHORITY, f"{link.name} may not sign certificates")


def _signature(link: Link) -> Iterator[Failure]:
    each, issuer = link.certificate, link.issuer
    if not signed_with(issuer.public_key, each.signature, each.signed):
        message = f"{link.name} is not signed by the key of {issuer.subject}"
        yield Failure(link.reason, message)
    if each.issuer_der != issuer.subject_der:
        message = f"{link.name} names another issuer than {issuer.subject}"
        yield Failure(Reason.ISSUER_NAME, message)


def _validity(link: Link, at: datetime) -> Iterator[Failure]:
    first, last = link.certificate.not_before, link.certificate.not_after
    if at < first:
        yield Failure(Reason.NOT_YET_VALID, f"{link.name} is valid from {first:%F %T} UTC on")
    if at > last:
        yield Failure(Reason.EXPIRED, f"{link.name} was valid until {last:%F %T} UTC")


def p384(certificate: Certificate) -> ec.EllipticCurvePublicKey | None:
    """Return the certificate's key if it is ECDSA P-384."""
    key = certificate.public_key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP384R1):
        return key
    return None
