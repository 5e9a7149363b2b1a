"""Certificates in files: DER, or PEM read strictly, so that no altered file reads like its origin.

Source: RFC 7468, "Textual Encodings of PKIX, PKCS, and CMS Structures", in its strict form.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final

from pyrunner.attestation.failures import AttestationError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

BLOCK: Final = re.compile(
    rb"-----BEGIN (?P<label>[A-Z0-9 ]+)-----\r?\n"
    rb"(?P<text>(?:[A-Za-z0-9+/=]+\r?\n)+)"
    rb"-----END (?P=label)-----[ \t]*(?:\r?\n[ \t\r\n]*|\Z)"
)
DER_SEQUENCE: Final = 0x30


def encode(certificates: Iterable[bytes]) -> bytes:
    """Write certificates in DER as PEM, one behind the other."""
    texts = (base64.encodebytes(der) for der in certificates)
    begin, end = b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n"
    return b"".join(begin + text + end for text in texts)


def blocks(data: bytes, label: str, source: str, reason: Reason) -> list[bytes]:
    """Take the DER objects out of a file.

    Args:
        data: a DER object, or PEM blocks with nothing but whitespace around them.
        label: what the blocks hold, e.g. "CERTIFICATE".
        source: the file to blame.
        reason: what to raise.

    Raises:
        AttestationError: it is neither, or holds anything else too.
    """
    if data[:1] == bytes([DER_SEQUENCE]):
        return [data]
    found, rest = [], data.lstrip(b" \t\r\n")
    while block := BLOCK.match(rest):
        if block["label"] != label.encode("ascii"):
            break
        found.append(_decode(block["text"], source, reason))
        rest = rest[block.end() :]
    if not found or rest:
        message = f"{source}: block {len(found) + 1} is no {label} in PEM, and the file is not DER"
        raise AttestationError.of(reason, message)
    return found


def _decode(text: bytes, source: str, reason: Reason) -> bytes:
    joined = b"".join(text.split())
    try:
        der = base64.b64decode(joined, validate=True)
    except binascii.Error as error:
        raise AttestationError.of(reason, f"{source}: not base64: {error}") from error
    if base64.b64encode(der) != joined:  # unused bits of the last digit
        raise AttestationError.of(reason, f"{source}: the base64 text has bits beyond its end")
    return der
