"""Certificate chains as an emulated chip has them, right or wrong."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.builders.snp_reports import CHIP_ID, TCB, ec_key

if TYPE_CHECKING:
    from collections.abc import Iterable

RSA_BITS: Final = 2048
"""AMD's have 4096, which take seconds to make."""
OID: Final = "1.3.6.1.4.1.3704.1"
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
NOW: Final = START + timedelta(days=1)
END: Final = START + timedelta(days=2)
SPL: Final = (1, 2, 4, 5, 6, 7, 3, 8)
TURIN_SPL: Final = (9, 1, 2, 3, 5, 6, 7, 8)


class Then:
    """In the place of ``datetime``: the chains made here hold at no other time."""

    @staticmethod
    def now(_zone: object) -> datetime:
        """Show the day that they are made for."""
        return NOW


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """Make a key once for a name."""
    assert name
    return rsa.generate_private_key(65537, RSA_BITS)


def name(common_name: str) -> x509.Name:
    """Make a certificate's name."""
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What to put into a certificate.

    Attributes:
        signer: name of the RSA key that signs.
        extensions: object id -> content.
        critical: object ids of extensions that are critical.
    """

    subject: str
    issuer: str
    key: Any
    signer: str
    serial: int = 1
    authority: bool = False
    start: datetime = START
    end: datetime = END
    digest: hashes.SHA256 | hashes.SHA384 = field(default_factory=hashes.SHA384)
    pss: bool = True
    extensions: dict[str, bytes] = field(default_factory=dict)
    critical: frozenset[str] = frozenset()


def certificate(spec: Spec) -> bytes:
    """Make a certificate; DER."""
    builder = (
        x509.CertificateBuilder(name(spec.issuer), name(spec.subject), spec.key, spec.serial)
        .not_valid_before(spec.start)
        .not_valid_after(spec.end)
    )
    for oid, content in spec.extensions.items():
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), content)
        builder = builder.add_extension(unknown, critical=oid in spec.critical)
    if spec.authority:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        builder = builder.add_extension(_usage(), critical=True)
    pss = padding.PSS(padding.MGF1(spec.digest), 48) if spec.pss else None
    made = builder.sign(rsa_key(spec.signer), spec.digest, rsa_padding=pss)
    return made.public_bytes(Encoding.DER)


def _usage() -> x509.KeyUsage:
    others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    more = ("key_agreement", "encipher_only", "decipher_only")
    return x509.KeyUsage(
        **dict.fromkeys((*others, *more), False), key_cert_sign=True, crl_sign=True
    )


ROOT: Final = "SVSM testbed emulated root (no hardware)"
INTERMEDIATE: Final = "SVSM testbed emulated intermediate"


def root(**values: Any) -> bytes:  # noqa: ANN401 - as Spec
    """Make the emulated root; values as in :class:`Spec`."""
    key = rsa_key(values.get("signer", "root")).public_key()
    usual: dict[str, Any] = {
        "subject": ROOT,
        "issuer": ROOT,
        "key": key,
        "signer": "root",
        "authority": True,
    }
    return certificate(Spec(**(usual | values)))


def intermediate(**values: Any) -> bytes:  # noqa: ANN401 - as Spec
    """Make the emulated intermediate; values as in :class:`Spec`."""
    key = rsa_key("intermediate").public_key()
    usual: dict[str, Any] = {"subject": INTERMEDIATE, "issuer": ROOT, "key": key, "signer": "root"}
    return certificate(Spec(**(usual | {"authority": True, "serial": 2} | values)))


def vcek(**values: Any) -> bytes:  # noqa: ANN401 - as Spec
    """Make an emulated chip's certificate; values as in :class:`Spec`."""
    usual: dict[str, Any] = {
        "subject": "SVSM testbed emulated VCEK",
        "issuer": INTERMEDIATE,
        "key": ec_key().public_key(),
        "signer": "intermediate",
        "extensions": claims(),
    }
    return certificate(Spec(**(usual | values)))


def claims(
    tcb: bytes = TCB, chip_id: bytes = CHIP_ID, product: str = "Milan-B0"
) -> dict[str, bytes]:
    """Make a VCEK's extensions, in Turin's form for a chip id of 8 bytes."""
    turin = len(chip_id) < 64
    oids = TURIN_SPL if turin else SPL
    text = product.encode()
    return {
        f"{OID}.1": integer(int(turin)),
        f"{OID}.2": bytes([0x16, len(text)]) + text,
        **{f"{OID}.3.{oid}": integer(value) for oid, value in zip(oids, tcb, strict=True)},
        f"{OID}.4": chip_id,
    }


def vlek_claims() -> dict[str, bytes]:
    """Make a VLEK's extensions."""
    found = claims(product="Milan")
    del found[f"{OID}.4"]
    return found | {f"{OID}.5": b"\x16\x05cloud"}


def integer(value: int) -> bytes:
    """Encode a number from 0 to 255 in DER."""
    content = bytes([value]) if value < 128 else bytes([0, value])
    return bytes([2, len(content)]) + content


def pem(ders: Iterable[bytes], label: str = "CERTIFICATE") -> bytes:
    """Write DER objects as PEM."""
    texts = (
        f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n"
        for der in ders
    )
    return "".join(texts).encode()


def chain_file(middle: bytes | None = None, top: bytes | None = None) -> bytes:
    """Make a chain file of intermediate and root, the usual ones by default."""
    return pem([middle or intermediate(), top or root()])


def revocation_list(serials: Iterable[int] = (), signer: str = "root", issuer: str = ROOT) -> bytes:
    """Make a revocation list that holds as long as the certificates; DER."""
    builder = x509.CertificateRevocationListBuilder(name(issuer), START, END)
    for serial in serials:
        entry = x509.RevokedCertificateBuilder(serial, START).build()
        builder = builder.add_revoked_certificate(entry)
    pss = padding.PSS(padding.MGF1(hashes.SHA384()), 48)
    made = builder.sign(rsa_key(signer), hashes.SHA384(), rsa_padding=pss)
    return made.public_bytes(Encoding.DER)
