"""A little DER, to see that nothing outside the signed part of a certificate was altered.

Source: ITU-T X.690; RFC 5280, section 4.1 (Certificate: signed part, algorithm, signature).
"""

from __future__ import annotations

from typing import Final

SEQUENCE: Final = 0x30
BIT_STRING: Final = 0x03
SHORT: Final = 0x80


def element(tag: int, content: bytes) -> bytes:
    """Encode an element in the one way that DER has for it."""
    size = len(content)
    if size < SHORT:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, SHORT | len(length)]) + length + content


def signed_object_is_exact(der: bytes, signed: bytes, signature: bytes) -> bool:
    """Tell whether a signed object is its signed part, that part's algorithm, the signature.

    The signature does not cover the outer algorithm nor the count of unused bits; both could be
    altered without a trace otherwise.

    Args:
        der: the whole certificate or revocation list.
        signed: its signed part.
        signature: its signature.
    """
    tail = element(BIT_STRING, b"\0" + signature)
    start = der.find(signed)
    algorithm = der[start + len(signed) : len(der) - len(tail)]
    return (
        bool(algorithm)
        and algorithm in signed
        and der == element(SEQUENCE, signed + algorithm + tail)
    )
