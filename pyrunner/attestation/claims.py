"""What AMD certifies of the chip (VCEK) or of the cloud provider (VLEK) in its own extensions.

Source: AMD 57230, table of the certificate's extensions, below 1.3.6.1.4.1.3704.1; values are DER
integers and IA5 strings, hwID is bare bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pyrunner.attestation.failures import AttestationError, Reason
from pyrunner.attestation.fields import SigningKey
from pyrunner.attestation.tcb import Tcb, TcbLayout

if TYPE_CHECKING:
    from pyrunner.attestation.certificates import Certificate

BASE: Final = "1.3.6.1.4.1.3704.1"
STRUCT_VERSION: Final = f"{BASE}.1"
PRODUCT_NAME: Final = f"{BASE}.2"
HW_ID: Final = f"{BASE}.4"
CSP_ID: Final = f"{BASE}.5"
SPL: Final = {
    TcbLayout.LEGACY: (1, 2, 4, 5, 6, 7, 3, 8),
    TcbLayout.TURIN: (9, 1, 2, 3, 5, 6, 7, 8),
}
"""Last number of the object ids below .3, in the order of the TCB version's bytes."""
LAYOUTS: Final = {0: TcbLayout.LEGACY, 1: TcbLayout.TURIN}
"""Struct version -> layout."""
HW_ID_SIZES: Final = {TcbLayout.LEGACY: 64, TcbLayout.TURIN: 8}
CHIP_ID_SIZE: Final = 64
INTEGER: Final = 0x02
IA5_STRING: Final = 0x16
BYTE: Final = 0xFF
SIGNED_BYTE: Final = 0x7F
"""DER writes a zero byte before what would look negative."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a VCEK or VLEK certificate says.

    Attributes:
        key: which of the two it is.
        product: product line, e.g. "Milan".
        product_name: the same with the chip's stepping where the certificate has it.
        tcb: TCB version that the key was derived for.
        chip_id: 64 bytes as in a report; empty in a VLEK.
    """

    key: SigningKey
    product: str
    product_name: str
    tcb: Tcb
    chip_id: bytes


def read_claims(certificate: Certificate) -> Claims:
    """Read the extensions of a VCEK or VLEK certificate.

    Raises:
        AttestationError: one is missing or malformed.
    """
    found = certificate.extensions
    struct_version = _integer(found, STRUCT_VERSION)
    if struct_version not in LAYOUTS:
        raise _wrong(f"{STRUCT_VERSION} says struct version {struct_version}; known are 0 and 1")
    layout = LAYOUTS[struct_version]
    name = _text(found, PRODUCT_NAME)
    return Claims(
        key=_key(found),
        product=name.split("-", 1)[0],
        product_name=name,
        tcb=Tcb(layout, bytes(_integer(found, f"{BASE}.3.{number}") for number in SPL[layout])),
        chip_id=_chip_id(found, HW_ID_SIZES[layout]),
    )


def _wrong(what: str) -> AttestationError:
    return AttestationError.of(
        Reason.ENDORSEMENT_EXTENSIONS, f"the endorsement certificate's extension {what}"
    )


def _value(found: dict[str, bytes], oid: str, tag: int) -> bytes:
    """Content of a short DER element."""
    if oid not in found:
        raise _wrong(f"{oid} is missing")
    encoded = found[oid]
    if encoded[:2] != bytes([tag, len(encoded) - 2 & BYTE]):
        raise _wrong(f"{oid} is malformed: {encoded.hex()}")
    return encoded[2:]


def _integer(found: dict[str, bytes], oid: str) -> int:
    content = _value(found, oid, INTEGER)
    value = int.from_bytes(content, "big")
    if value > BYTE or content != value.to_bytes(1 + (value > SIGNED_BYTE), "big"):
        raise _wrong(f"{oid} is not a number from 0 to 255: {content.hex()}")
    return value


def _text(found: dict[str, bytes], oid: str) -> str:
    content = _value(found, oid, IA5_STRING)
    if not content.isascii() or not content.decode("ascii").isprintable():
        raise _wrong(f"{oid} is not printable text: {content.hex()}")
    return content.decode("ascii")


def _key(found: dict[str, bytes]) -> SigningKey:
    if (HW_ID in found) == (CSP_ID in found):
        raise _wrong(f"{HW_ID} (a VCEK's) or {CSP_ID} (a VLEK's) is wanted, and only one")
    return SigningKey.VCEK if HW_ID in found else SigningKey.VLEK


def _chip_id(found: dict[str, bytes], size: int) -> bytes:
    if HW_ID not in found:
        return b""
    if len(found[HW_ID]) != size:
        raise _wrong(f"{HW_ID} has {len(found[HW_ID])} bytes, not {size}")
    return found[HW_ID].ljust(CHIP_ID_SIZE, b"\0")
