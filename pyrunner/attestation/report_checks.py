"""What is wrong with a report's form, before anything in it is used.

Strict, as whoever knows a field's meaning may give it one later: nothing reserved may be in use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrunner.attestation import fields, layout
from pyrunner.attestation.failures import Failure, Reason
from pyrunner.attestation.tcb import Tcb, TcbLayout

if TYPE_CHECKING:
    from collections.abc import Iterator

VMPLS = (0, 1, 2, 3, fields.NO_VMPL)


def malformed(raw: bytes, tcb_layout: TcbLayout) -> list[Failure]:
    """Find everything that a report of the right length has wrong in form.

    Args:
        raw: 1,184 bytes.
        tcb_layout: the layout of its TCB versions.
    """
    found = {name: _number(raw, *place) for name, place in layout.INTEGERS.items()}
    if found["version"] not in layout.VERSIONS:
        # What else is wrong depends on the version.
        known = ", ".join(map(str, layout.VERSIONS))
        message = f"the report has version {found['version']}; known are {known}"
        return [Failure(Reason.REPORT_VERSION, message)]
    return [
        *_values(found),
        *_reserved_bits(found),
        *_reserved_bytes(raw, found["version"]),
        *_reserved_tcb(raw, tcb_layout),
        *_padding(raw),
    ]


def _number(raw: bytes, offset: int, size: int) -> int:
    return int.from_bytes(raw[offset : offset + size], "little")


def _values(found: dict[str, int]) -> Iterator[Failure]:
    algorithm = found["signature_algorithm"]
    if algorithm != layout.ECDSA_P384_SHA384:
        yield Failure(
            Reason.SIGNATURE_ALGORITHM,
            f"the report names signature algorithm {algorithm}; only 1, ECDSA P-384 with SHA-384, "
            "is known",
        )
    if found["vmpl"] not in VMPLS:
        yield Failure(Reason.REPORT_VALUE, f"VMPL {found['vmpl']:#x} does not exist")
    key = found["key_info"] >> 2 & 7
    if key not in list(fields.SigningKey):
        yield Failure(Reason.REPORT_VALUE, f"signing key {key} is reserved")
    if not found["policy"] & fields.GuestPolicy.RESERVED_ONE:
        yield Failure(Reason.REPORT_RESERVED, "bit 17 of POLICY is reserved and must be one")


def _reserved_bits(found: dict[str, int]) -> Iterator[Failure]:
    for name, known in (
        ("policy", fields.POLICY_BITS),
        ("platform_info", fields.PLATFORM_BITS),
        ("key_info", fields.KEY_BITS),
    ):
        if found[name] & ~known:
            yield Failure(
                Reason.REPORT_RESERVED,
                f"reserved bits {found[name] & ~known:#x} of {name.upper()} are not zero",
            )


def _reserved_bytes(raw: bytes, version: int) -> Iterator[Failure]:
    for first, end in layout.reserved(version):
        if any(raw[first:end]):
            yield Failure(
                Reason.REPORT_RESERVED,
                f"bytes {first:#x} to {end - 1:#x} are reserved in version {version} and not zero",
            )


def _reserved_tcb(raw: bytes, tcb_layout: TcbLayout) -> Iterator[Failure]:
    for name, (offset, size) in layout.TCBS.items():
        if not Tcb(tcb_layout, raw[offset : offset + size]).reserved_is_zero:
            yield Failure(Reason.REPORT_RESERVED, f"reserved bytes of {name.upper()} are not zero")


def _padding(raw: bytes) -> Iterator[Failure]:
    for first, end in layout.PADDING:
        if any(raw[first:end]):
            yield Failure(
                Reason.SIGNATURE_PADDING,
                f"bytes {first:#x} to {end - 1:#x}, padding of the signature, are not zero",
            )
