"""Reports as files hold them: the bytes themselves, or hexadecimal digits."""

from __future__ import annotations

import re
from typing import Final

from pyrunner.attestation.failures import AttestationError, Reason
from pyrunner.attestation.layout import LENGTH

WHITESPACE: Final = b" \t\r\n"
HEX: Final = re.compile(rb"[0-9a-f]*|[0-9A-F]*")
"""One case throughout: a lone digit of the other case is a flipped bit, not somebody's style."""


def report_bytes(data: bytes) -> bytes:
    """Find the report in what a file holds.

    Args:
        data: 1,184 bytes, or the same in hexadecimal with any whitespace between the digits.

    Raises:
        AttestationError: it is neither.
    """
    if len(data) == LENGTH:
        return data
    digits = data.translate(None, WHITESPACE)
    if not digits or not HEX.fullmatch(digits):
        raise AttestationError.of(
            Reason.REPORT_ENCODING,
            f"{len(data)} bytes are neither a report ({LENGTH} bytes) nor hexadecimal digits of "
            "one case",
        )
    if len(digits) != 2 * LENGTH:
        raise AttestationError.of(
            Reason.REPORT_LENGTH,
            f"the report has {len(digits)} hexadecimal digits, not {2 * LENGTH}",
        )
    return bytes.fromhex(digits.decode("ascii"))
