"""X.509 certificates of the kinds that an SEV-SNP chain has.

Everything that is needed is read at once, so that a damaged certificate fails here and nowhere
later. Source: AMD 57230, chapter on certificate formats; RFC 5280.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pyrunner.attestation.der import signed_object_is_exact
from pyrunner.attestation.failures import AttestationError, Reason
from pyrunner.attestation.pem import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

SALT: Final = 48
DAMAGED: Final = (
    *(ValueError, TypeError, OverflowError, UnsupportedAlgorithm),
    *(x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType),
)
"""What the library raises for certificates that it cannot make sense of."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is used of a certificate.

    Attributes:
        source: the file that it comes from.
        subject: its name, readable, with nothing that a terminal would act on.
        subject_der: its name, to compare.
        exact: nothing outside the signed part was altered.
        pss_sha384: it is signed with RSASSA-PSS and SHA-384.
        authority: it may sign certificates.
        unknown_critical: object ids of critical extensions that this program does not know.
        extensions: object id -> content, of extensions that are not of X.509 itself.
    """

    source: str
    subject: str
    subject_der: bytes
    issuer_der: bytes
    serial: int
    not_before: datetime
    not_after: datetime
    public_key: CertificatePublicKeyTypes
    public_key_der: bytes
    signed: bytes
    signature: bytes
    exact: bool
    pss_sha384: bool
    authority: bool
    unknown_critical: tuple[str, ...]
    extensions: dict[str, bytes]


def read_certificates(data: bytes, source: str) -> list[Certificate]:
    """Read the certificates of a file, PEM or DER.

    Raises:
        AttestationError: the file holds something else, or a damaged certificate.
    """
    ders = blocks(data, "CERTIFICATE", source, Reason.CERTIFICATE_UNREADABLE)
    return [_read(der, source) for der in ders]


def read_certificate(data: bytes, source: str) -> Certificate:
    """Read the certificate of a file that holds one.

    Raises:
        AttestationError: as :func:`read_certificates`, or there are several.
    """
    found = read_certificates(data, source)
    if len(found) != 1:
        message = f"{source}: {len(found)} certificates, where one is wanted"
        raise AttestationError.of(Reason.CERTIFICATE_UNREADABLE, message)
    return found[0]


def signed_with(key: object, signature: bytes, signed: bytes) -> bool:
    """Tell whether an RSA key made a signature with RSASSA-PSS and SHA-384, as AMD's do."""
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    digest = hashes.SHA384()
    try:
        key.verify(signature, signed, padding.PSS(padding.MGF1(digest), SALT), digest)
    except InvalidSignature:
        return False
    return True


@contextmanager
def oddities_accepted() -> Iterator[None]:
    """Keep the library from warning of what is as it should be, or is refused elsewhere.

    Every VCEK has serial number 0 (AMD 57230), which RFC 5280 does not want; and an altered name
    may be of a length that X.520 does not want.
    """
    with warnings.catch_warnings():
        for message in ("Parsed a serial number", "Attribute's length must be"):
            warnings.filterwarnings("ignore", message, category=UserWarning)
        yield


def printable(text: str) -> str:
    """Replace what a terminal would act on."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _read(der: bytes, source: str) -> Certificate:
    try:
        with oddities_accepted():
            return _used(x509.load_der_x509_certificate(der), der, source)
    except DAMAGED as error:
        message = f"{source}: not a certificate: {printable(str(error))}"
        raise AttestationError.of(Reason.CERTIFICATE_UNREADABLE, message) from error


def _used(found: x509.Certificate, der: bytes, source: str) -> Certificate:
    key = found.public_key()
    signed, signature = found.tbs_certificate_bytes, found.signature
    unknown = [
        item for item in found.extensions if isinstance(item.value, x509.UnrecognizedExtension)
    ]
    return Certificate(
        source=source,
        subject=printable(found.subject.rfc4514_string()),
        subject_der=found.subject.public_bytes(),
        issuer_der=found.issuer.public_bytes(),
        serial=found.serial_number,
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
        public_key=key,
        public_key_der=key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        signed=signed,
        signature=signature,
        exact=signed_object_is_exact(der, signed, signature),
        pss_sha384=_pss_sha384(found),
        authority=_authority(found),
        unknown_critical=tuple(item.oid.dotted_string for item in unknown if item.critical),
        extensions={item.oid.dotted_string: item.value.value for item in unknown},
    )


def _pss_sha384(found: x509.Certificate) -> bool:
    return found.signature_algorithm_oid == x509.SignatureAlgorithmOID.RSASSA_PSS and isinstance(
        found.signature_hash_algorithm, hashes.SHA384
    )


def _authority(found: x509.Certificate) -> bool:
    """Whether basic constraints and key usage, both, let it sign certificates."""
    try:
        basic = found.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = found.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return basic.ca and usage.key_cert_sign
