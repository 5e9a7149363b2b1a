"""AMD's revocation lists: which intermediates and roots are no longer to be trusted.

VCEKs are not listed: all have serial number 0, and a chip's new TCB version brings a new VCEK.
Source: AMD 57230, chapter on the key service's interface (crl); RFC 5280, section 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from pyrunner.attestation.certificates import DAMAGED, printable, signed_with
from pyrunner.attestation.der import signed_object_is_exact
from pyrunner.attestation.failures import AttestationError, Failure, Reason
from pyrunner.attestation.pem import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pyrunner.attestation.chain import Chain


@dataclass(frozen=True, slots=True)
class RevocationList:
    """What is used of a revocation list.

    Attributes:
        next_update: when it is out of date; None if it does not say.
        serials: what it revokes.
        exact: nothing outside the signed part was altered.
    """

    issuer_der: bytes
    last_update: datetime
    next_update: datetime | None
    serials: frozenset[int]
    signed: bytes
    signature: bytes
    exact: bool


def read_revocation_list(data: bytes, source: str = "revocation list") -> RevocationList:
    """Read a revocation list, PEM or DER.

    Raises:
        AttestationError: it is something else.
    """
    reason = Reason.REVOCATION_LIST_UNREADABLE
    ders = blocks(data, "X509 CRL", source, reason)
    if len(ders) != 1:
        raise AttestationError.of(reason, f"{source}: {len(ders)} lists, where one is wanted")
    try:
        return _used(x509.load_der_x509_crl(ders[0]), ders[0])
    except DAMAGED as error:
        message = f"{source}: not a revocation list: {printable(str(error))}"
        raise AttestationError.of(reason, message) from error


def _used(found: x509.CertificateRevocationList, der: bytes) -> RevocationList:
    return RevocationList(
        issuer_der=found.issuer.public_bytes(),
        last_update=found.last_update_utc,
        next_update=found.next_update_utc,
        serials=frozenset(entry.serial_number for entry in found),
        signed=found.tbs_certlist_bytes,
        signature=found.signature,
        exact=signed_object_is_exact(der, found.tbs_certlist_bytes, found.signature),
    )


def check_revocation(chain: Chain, listed: RevocationList, at: datetime) -> Iterator[Failure]:
    """Check that a list is the root's, in date, and names neither root nor intermediate."""
    made_by_root = listed.issuer_der == chain.root.subject_der and signed_with(
        chain.root.public_key, listed.signature, listed.signed
    )
    if not (made_by_root and listed.exact):
        message = f"the revocation list is not signed by {chain.root.subject}"
        yield Failure(Reason.REVOCATION_LIST_SIGNATURE, message)
    if at < listed.last_update or (listed.next_update and at > listed.next_update):
        until = f"{listed.next_update:%F %T}" if listed.next_update else "any time"
        message = f"the revocation list holds from {listed.last_update:%F %T} to {until} UTC"
        yield Failure(Reason.REVOCATION_LIST_TIME, message)
    for role, each in (("root", chain.root), ("intermediate", chain.intermediate)):
        if each.serial in listed.serials:
            message = f"the {role} certificate ({each.subject}, serial {each.serial}) is revoked"
            yield Failure(Reason.REVOKED, message)
